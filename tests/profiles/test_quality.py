"""Bots that were planted are found, heavy readers are not, and nobody is left out unasked."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import NotFoundError
from profiles.modelling import quality
from profiles.modelling.quality import (
    CLOCKWORK,
    COPIES,
    FAST,
    MANY,
    ONE_VALUE,
    SLEEPLESS,
    Habits,
    QualityConfig,
    oddities_of,
    outliers_by_name,
)
from profiles.models import Interaction, Kind, Profile, QualityReport, Review, User
from profiles.oddity_words import counted_in_words, oddities_in_words
from profiles.queries.base import compared_with
from profiles.queries.company import load_company
from profiles.queries.evidence import sample_of
from profiles.queries.habits import load_habits
from profiles.queries.quality import list_odd_users
from profiles.services.quality import leave_out, look_over
from tests.factories import make_interaction, make_item, make_review, make_user

CONFIG = QualityConfig()
START = datetime(2026, 1, 1, 8, 30, tzinfo=UTC)


def habits(count: int = 60, seed: int = 2, **planted: dict[int, float]) -> Habits:
    """Ordinary readers; `planted` sets single figures, by name and row."""
    rng = np.random.default_rng(seed)
    columns = {
        "user": np.arange(count),
        "interactions": rng.integers(5, 40, count).astype(float),
        "a_minute": rng.integers(1, 4, count).astype(float),
        "gaps": rng.integers(5, 30, count).astype(float),
        "evenness": rng.uniform(0.8, 2.5, count),
        "hours": rng.integers(1, 6, count).astype(float),
        "reviews": rng.integers(0, 20, count).astype(float),
        "copies": rng.choice([0.0, 0.0, 0.05], count),
        "ratings": rng.integers(5, 40, count).astype(float),
        "one_value": rng.uniform(0.25, 0.7, count),
    }
    for name, figures in planted.items():
        for row, figure in figures.items():
            columns[name][row] = figure
    return Habits(**columns)


def test_ordinary_readers_show_no_sign():
    odd = oddities_of(habits(), CONFIG)
    assert not any(odd.signs)
    assert not odd.is_suspect.any()


def test_every_rule_speaks_with_its_figure():
    odd = oddities_of(
        habits(
            a_minute={0: 90.0},
            evenness={1: 0.02},
            gaps={1: 50.0},
            hours={2: 23.0},
            reviews={3: 12.0},
            copies={3: 0.9},
            ratings={4: 80.0},
            one_value={4: 1.0},
            interactions={5: 4_000.0},
        ),
        CONFIG,
    )
    assert odd.signs[:6] == (
        ((FAST, 90.0),),
        ((CLOCKWORK, 0.02),),
        ((SLEEPLESS, 23.0),),
        ((COPIES, 0.9),),
        ((ONE_VALUE, 1.0),),
        ((MANY, 4000.0),),
    )


def test_a_heavy_user_is_odd_and_no_suspect():
    odd = oddities_of(habits(interactions={5: 4_000.0}, ratings={5: 4_000.0}), CONFIG)
    assert odd.signs[5] == ((MANY, 4000.0),)
    assert not odd.is_suspect[5]


def test_two_telling_signs_make_a_suspect():
    odd = oddities_of(habits(a_minute={7: 90.0}, copies={7: 1.0}, reviews={7: 30.0}), CONFIG)
    assert np.flatnonzero(odd.is_suspect).tolist() == [7]
    assert odd.apart[7] == odd.apart.max()


def test_what_is_not_known_of_a_user_makes_nobody_odd():
    unknown = {name: {3: np.nan} for name in ("a_minute", "evenness", "hours", "copies")}
    odd = oddities_of(habits(**unknown), CONFIG)
    assert odd.signs[3] == ()
    assert odd.apart[3] < CONFIG.apart


def test_a_handful_of_users_is_compared_with_nobody():
    odd = oddities_of(habits(8, a_minute={0: 500.0}), CONFIG)
    assert odd.apart.tolist() == [0.5] * 8


def test_outliers_of_items_are_counted_by_both_rules():
    prices = [*range(10, 40), 5_000.0, np.nan]
    found = outliers_by_name({"price": prices, "empty": [np.nan]})
    assert list(found) == ["price"]
    assert (found["price"]["outside"], found["price"]["far"]) == (1, 1)
    assert (found["price"]["known"], found["price"]["missing"]) == (31, 1)


class Shop:
    """A workspace with thirty ordinary readers, one who reads very much, and planted bots."""

    def __init__(self, workspace) -> None:
        self.workspace = workspace
        self.items = [
            make_item(workspace, f"sold-{number}", attributes={"pages": 100 + number})
            for number in range(40)
        ]
        self.rate = Kind.objects.get(workspace=workspace, name="rate")
        rng = np.random.default_rng(7)
        for number in range(30):
            self.reads(f"reader-{number}", rng, count=int(rng.integers(6, 20)))
        self.reads("bookworm", rng, count=300)

    def reads(self, name: str, rng: np.random.Generator, *, count: int) -> User:
        hours = np.cumsum(rng.exponential(50, count)) + rng.uniform(0, 0.9, count)
        moments = [START + timedelta(hours=float(hour)) for hour in hours]
        evening = [at.replace(hour=17 + at.hour % 6) for at in moments]
        return self.rates(name, evening, rng.integers(1, 6, count).tolist())

    def rates(self, name: str, moments: list[datetime], values: list[float]) -> User:
        user = make_user(self.workspace, name)
        for place, (at, value) in enumerate(zip(moments, values, strict=True)):
            item = self.items[place % len(self.items)]
            make_interaction(user, item, "rate", value=value, happened_at=at)
        return user

    def plant_clockwork(self) -> User:
        """One interaction every ten minutes for two days, always five stars."""
        moments = [START + timedelta(minutes=10 * number) for number in range(280)]
        return self.rates("clock", moments, [5.0] * 280)

    def plant_copier(self) -> User:
        """Thirty reviews within a minute that say what the first one says."""
        user = make_user(self.workspace, "copier")
        reviews = [
            make_review(user, item, "Great! Buy it!", happened_at=START + timedelta(seconds=number))
            for number, item in enumerate(self.items[:30])
        ]
        Review.objects.filter(pk__in=[review.pk for review in reviews[1:]]).update(
            duplicate_of=reviews[0]
        )
        return user


@pytest.fixture
def shop(workspace) -> Shop:
    return Shop(workspace)


def test_planted_bots_are_found_and_ordinary_and_heavy_readers_are_not(shop):
    clock, copier = shop.plant_clockwork(), shop.plant_copier()
    look_over(shop.workspace.pk)
    found = {user.external_id: user for user in list_odd_users(shop.workspace.pk)}
    suspects = {name for name, user in found.items() if user.is_suspect}
    assert suspects == {clock.external_id, copier.external_id}
    kinds = {each["kind"] for each in found["clock"].oddities}
    assert {"clockwork", "sleepless", "one_value"} <= kinds
    assert {each["kind"] for each in found["copier"].oddities} >= {"fast", "copies"}
    assert [each["kind"] for each in found["bookworm"].oddities] == ["many"]


def test_each_reason_is_told_in_words(shop):
    shop.plant_copier()
    look_over(shop.workspace.pk)
    told = oddities_in_words(list_odd_users(shop.workspace.pk)[0].oddities)
    assert "30 interactions within one minute" in told
    assert "97% of the reviews say what an earlier one says" in told


def test_habits_are_counted_by_the_database(workspace):
    shop_items = [make_item(workspace, f"item-{number}") for number in range(4)]
    user = make_user(workspace)
    for place, minutes in enumerate((0, 10, 20, 60 * 5)):
        at = START + timedelta(minutes=minutes)
        make_interaction(
            user, shop_items[place], "rate", value=4.0 if place else 2.0, happened_at=at
        )
    found = load_habits(workspace.pk)
    gaps = np.array([600.0, 600.0, 16_800.0])
    assert found.interactions.tolist() == [4.0]
    assert (found.a_minute[0], found.gaps[0], found.hours[0]) == (1.0, 3.0, 2.0)
    np.testing.assert_allclose(found.evenness, gaps.std() / gaps.mean())
    assert (found.ratings[0], found.one_value[0]) == (4.0, 0.75)
    assert np.isnan(found.copies[0])


def test_days_without_a_time_tell_no_pace(workspace):
    user, item = make_user(workspace), make_item(workspace)
    for day in range(30):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        make_interaction(user, item, "view", happened_at=at)
    found = load_habits(workspace.pk)
    assert np.isnan([found.a_minute[0], found.evenness[0], found.hours[0]]).all()


def test_the_report_counts_what_is_missing_and_what_cannot_be(workspace):
    whole = make_item(workspace, title="Sea", text="A voyage.", attributes={"pages": 300})
    make_item(workspace)
    user = make_user(workspace, language="en")
    make_user(workspace)
    tomorrow = timezone.now() + timedelta(days=40)
    make_interaction(user, whole, "rate", value=9.0, happened_at=tomorrow)
    make_interaction(user, whole, "rate", happened_at=datetime(1700, 1, 1, tzinfo=UTC))
    for _ in range(2):
        make_interaction(user, whole, "view", happened_at=START)
    make_interaction(user, whole, "rate", value=1.0)
    figures = look_over(workspace.pk).figures
    assert figures["items"]["all"] == 2
    assert (figures["items"]["without_text"], figures["items"]["without_attributes"]) == (1, 1)
    assert figures["users"]["without_interactions"] == 1
    assert figures["interactions"] == {
        "all": 5,
        "without_date": 1,
        "without_value": 1,
        "in_the_future": 1,
        "too_early": 1,
        "off_scale": 1,
        "repeated": 1,
    }
    assert figures["attributes"] == {"pages": 1}
    told = {(line.of, line.what): line.count for line in counted_in_words(figures)}
    assert told["interactions", "with a value off the scale"] == 1


def test_the_items_whose_numbers_stand_out_are_named_the_farthest_first(workspace):
    for number in range(60):
        make_item(workspace, f"usual-{number}", attributes={"pages": 300 + number})
    for number in range(12):
        make_item(workspace, f"odd-{number:02}", attributes={"pages": 5_000 + 10 * number})
    make_item(workspace, "none")
    band = look_over(workspace.pk).figures["numbers"]["pages"]
    assert band["outside"] == 12
    named = [(each["id"], each["value"]) for each in band["outliers"]]
    assert named == [(f"odd-{number:02}", 5_000 + 10 * number) for number in range(11, 1, -1)]
    out = StringIO()
    call_command("quality", workspace=workspace.name, stdout=out)
    assert "odd-11" in out.getvalue()
    assert "usual-0" not in out.getvalue()


def test_only_staff_leave_a_user_out_of_what_others_are_compared_with(shop):
    bot = shop.plant_clockwork()
    look_over(shop.workspace.pk)
    assert bot in compared_with(shop.workspace.pk)
    leave_out(user=bot, is_out=True)
    assert bot not in compared_with(shop.workspace.pk)
    assert bot.pk not in sample_of(shop.workspace.pk)
    assert bot.pk not in load_company(shop.workspace.pk).users
    look_over(shop.workspace.pk)
    assert bot not in compared_with(shop.workspace.pk), "looking again took back staff's word"
    leave_out(user=bot, is_out=False)
    assert bot in compared_with(shop.workspace.pk)


def test_nobody_without_a_profile_can_be_left_out(workspace):
    with pytest.raises(NotFoundError):
        leave_out(user=make_user(workspace), is_out=True)


def test_what_is_no_longer_odd_is_taken_back(shop):
    bot = shop.plant_clockwork()
    look_over(shop.workspace.pk)
    Interaction.objects.filter(user=bot).exclude(
        pk__in=list(Interaction.objects.filter(user=bot).values_list("pk", flat=True)[:3])
    ).delete()
    look_over(shop.workspace.pk)
    assert Profile.objects.get(user=bot).oddities == []
    assert QualityReport.objects.count() == 2


def test_looking_twice_says_the_same(shop):
    shop.plant_copier()
    first = look_over(shop.workspace.pk).figures
    noted = dict(Profile.objects.values_list("pk", "oddities"))
    assert look_over(shop.workspace.pk).figures == first
    assert dict(Profile.objects.values_list("pk", "oddities")) == noted


def test_a_report_takes_the_same_queries_however_much_there_is(workspace):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            look_over(workspace.pk)
        return len(captured)

    make_interaction(make_user(workspace), make_item(workspace), "view", happened_at=START)
    once = queries()
    Shop(workspace)
    assert queries() <= once + 5, "profiles are made for those about whom something is odd"


def test_the_command_prints_the_report_and_who_may_be_a_bot(shop):
    shop.plant_clockwork()
    out = StringIO()
    call_command("quality", workspace=shop.workspace.name, stdout=out)
    told = " ".join(out.getvalue().split())
    assert "clock" in told
    assert "active around the clock" in told
    assert "Nobody was left out of anything" in told
    out = StringIO()
    call_command("quality", workspace=shop.workspace.name, json=True, stdout=out)
    assert json.loads(out.getvalue())["suspects"] == 1


def test_in_a_crowd_unknown_counts_are_the_median_and_unknown_shares_the_mean(monkeypatch):
    counts = np.array([[1.0], [2.0], [90.0], [np.nan]])
    shares = np.array([[0.0], [0.3], [np.nan], [0.9]])
    monkeypatch.setattr(quality, "NEAREST_UP_TO", 3)
    np.testing.assert_allclose(
        quality._completed(counts, shares), [[1, 0], [2, 0.3], [90, 0.4], [2, 0.9]]
    )
