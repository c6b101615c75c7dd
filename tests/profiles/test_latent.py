from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from catalog.models import ItemTag
from profiles.latent_words import trial_in_words
from profiles.modelling.latent import LatentConfig, Ties, Trial, fit, guess, tried
from profiles.models import Evidence, LatentTrial, Statement, User
from profiles.queries.due import latents_due
from profiles.queries.latents import last_trial
from profiles.queries.portraits import portrait_of
from profiles.services import corrections, latents
from profiles.services.statements import state_users
from profiles.services.users import raise_portraits
from tests.factories import make_tag
from tests.profiles.readers import NOW, Room
from workers.tasks import portraits

CONFIG = LatentConfig(ridges=(1.0,), least_liked=1)


def test_ties_are_those_of_ease_on_centred_columns():
    liked = np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    # X'X of the centred columns is all 1s; P = (X'X + I)^-1 = [[2, -1], [-1, 2]] / 3.
    ties = fit(liked, 1.0)
    assert_allclose(ties.tie, [[0.0, 0.5], [0.5, 0.0]])
    assert_allclose(ties.chances(np.array([[1.0, 0.0]])), [[0.5 - 0.25, 0.5 + 0.25]])


def test_a_guess_is_a_tag_never_met_and_likelier_than_usual():
    ties = Ties(usual=np.array([0.5, 0.2, 0.3]), tie=np.array([[0, 0.4, -0.1], [0] * 3, [0] * 3]))
    liked = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    met = np.array([[True, False, False], [True, True, False], [False, False, False]])
    found = guess(ties, liked, met, CONFIG)
    assert_array_equal(found.user, [0])
    assert_array_equal(found.tag, [1])
    assert_allclose(found.chance, [0.2 + 0.5 * 0.4])


def test_popularity_wins_where_nothing_goes_together():
    rng = np.random.default_rng(1)
    share = np.linspace(0.05, 0.6, 30)
    liked = (rng.random((300, 30)) < share).astype(float)
    later = rng.random((300, 30)) < share
    assert not tried(liked, liked > 0, later, LatentConfig(judged=5)).is_won


def test_guesses_win_where_tastes_come_in_circles():
    rng = np.random.default_rng(2)
    circle = rng.integers(0, 3, 300)
    share = np.where(np.arange(30) // 10 == circle[:, None], 0.5, 0.02)
    liked = (rng.random((300, 30)) < share).astype(float)
    later = rng.random((300, 30)) < share
    trial = tried(liked, liked > 0, later, LatentConfig(judged=5))
    assert trial.recall > 1.5 * trial.popular


CIRCLES = (("crime", "noir", "police", "heist"), ("love", "court", "family", "letters"))


@pytest.fixture
def room(workspace) -> Room:
    """Readers of two circles: each met three of its circle's four tags, and later the fourth.

    The last reader of each circle has not met the fourth tag yet.
    """
    room = Room(workspace)
    for tag in {each for circle in CIRCLES for each in circle} - set(room.tags):
        room.tags[tag] = make_tag(workspace, tag)
        room.items[tag] = [room._book(room.tags[tag], tag, number) for number in range(8)]
    for turn in range(60):
        circle = CIRCLES[turn % 2]
        user = room.reader(f"circle-{turn}")
        left = turn // 2 % 4
        known = [tag for place, tag in enumerate(circle) if place != left]
        for place, tag in enumerate(known):
            room.rates(user, tag, 5, 0, 1, after_days=place * 10)
        if turn < 52:
            room.rates(user, circle[left], 5, 2, 3, after_days=90)
    return room


def guesses(user: User) -> dict[str, Statement]:
    rows = Statement.objects.filter(user=user, level="latent", valid_until=None)
    return {row.tag.key: row for row in rows.select_related("tag")}


@pytest.fixture
def user(room) -> User:
    latents.foretell(room.workspace.pk, now=NOW)
    return User.objects.get(external_id="circle-56")


@pytest.mark.django_db
def test_a_reader_is_expected_to_like_what_their_circle_likes(user):
    (found,) = guesses(user).values()
    assert found.tag.key == "crime"
    assert (found.polarity, found.status) == (1, Statement.Status.PROPOSED)
    assert found.confidence <= 0.5
    assert not Evidence.objects.filter(statement=found).exists()


@pytest.mark.django_db
def test_a_tag_that_one_item_alone_bears_is_not_guessed(room):
    """Everybody of the circle but one reader of it met the same book of crime."""
    for turn in range(0, 52, 8):
        known = User.objects.get(external_id=f"circle-{turn}")
        room.rates(known, "crime", 5, 0, after_days=90)
    of_crime = ItemTag.objects.filter(tag=room.tags["crime"])
    of_crime.exclude(item=room.items["crime"][0]).delete()
    latents.foretell(room.workspace.pk, now=NOW)
    user = User.objects.get(external_id="circle-56")
    assert last_trial(room.workspace.pk).outcome == LatentTrial.Outcome.WON
    assert guesses(user) == {}
    ItemTag.objects.create(
        workspace=room.workspace, item=room.items["crime"][1], tag=room.tags["crime"], model="t"
    )
    latents.foretell(room.workspace.pk, now=NOW)
    assert list(guesses(user)) == ["crime"]


@pytest.mark.django_db
def test_a_guess_is_no_fact_and_is_not_used(user):
    state_users(user.workspace_id, [user.pk], now=NOW)
    portrait = portrait_of(user)
    assert [view.tag for view in portrait.latent] == ["crime"]
    for facts in (portrait.facts, portrait.in_use, portrait.proposed):
        assert "crime" not in {view.tag for view in facts}


@pytest.mark.django_db
def test_guessing_twice_changes_no_row(room, user):
    before = list(Statement.objects.order_by("pk").values())
    assert latents_due(room.workspace.pk).exists()  # its own guesses changed portraits
    latents.foretell(room.workspace.pk, now=NOW)
    assert list(Statement.objects.order_by("pk").values()) == before
    assert not latents_due(room.workspace.pk).exists()


@pytest.mark.django_db
def test_what_was_guessed_and_then_liked_becomes_an_observation(room, user):
    (old,) = guesses(user).values()
    room.rates(user, "crime", 5, 4, 5, 6, after_days=100)
    state_users(room.workspace.pk, [user.pk], now=NOW)
    new = Statement.objects.get(user=user, tag__key="crime", valid_until=None)
    old.refresh_from_db()
    assert new.level == Statement.Level.OBSERVED
    assert old.superseded_by == new
    assert old.valid_until is not None


@pytest.mark.django_db
def test_what_was_met_is_not_guessed_any_more(room, user):
    room.rates(user, "crime", 3, 4)
    state_users(room.workspace.pk, [user.pk], now=NOW)
    assert "crime" in guesses(user)  # one lukewarm book says nothing yet
    latents.foretell(room.workspace.pk, now=NOW)
    assert guesses(user) == {}


@pytest.mark.django_db
def test_a_rejected_guess_is_never_made_again(room, user):
    corrections.reject(statement=guesses(user)["crime"])
    latents.foretell(room.workspace.pk, now=NOW)
    rows = Statement.objects.filter(user=user, tag__key="crime")
    assert [row.status for row in rows] == [Statement.Status.REJECTED]
    assert portrait_of(user).latent == []


@pytest.mark.django_db
def test_a_confirmed_guess_is_in_use_and_stays(room, user):
    corrections.confirm(statement=guesses(user)["crime"])
    latents.foretell(room.workspace.pk, now=NOW)
    state_users(room.workspace.pk, [user.pk], now=NOW)
    portrait = portrait_of(user)
    assert "crime" in {view.tag for view in portrait.in_use}
    assert portrait.latent == []


@pytest.mark.django_db
def test_too_few_readers_have_nothing_to_be_guessed_from(workspace):
    assert trial_in_words(last_trial(workspace.pk)).startswith("Nobody has tried")
    Room(workspace).crowd(6)
    assert latents.foretell(workspace.pk, now=NOW) == 0
    assert last_trial(workspace.pk).outcome == LatentTrial.Outcome.FEW_USERS
    assert "too few" in trial_in_words(last_trial(workspace.pk))


@pytest.mark.django_db
def test_a_trial_that_popularity_won_is_work_done_and_rests_like_other_work(room, monkeypatch):
    monkeypatch.setattr(latents, "tried", lost)
    for _ in range(2):
        raise_portraits([User.objects.first().pk])
        assert latents_due(room.workspace.pk).exists()
        portraits.latent(room.workspace.pk)
        assert LatentTrial.objects.get().outcome == LatentTrial.Outcome.LOST
    assert not Statement.objects.filter(level="latent").exists()


def lost(*given) -> Trial:
    return replace(tried(*given), is_won=False)


def test_what_was_tried_is_kept_and_tells_staff_why_there_are_guesses(room, user):
    trial = last_trial(room.workspace.pk)
    assert trial.outcome == LatentTrial.Outcome.WON
    assert trial.recall > trial.popular > 0
    assert trial.guesses == Statement.objects.filter(level="latent", valid_until=None).count()
    assert f"{trial.guesses} guesses are shown" in trial_in_words(trial)
    assert f"{round(100 * trial.recall)} %" in trial_in_words(trial)


def test_only_the_newest_trials_are_kept(room, monkeypatch):
    monkeypatch.setattr(latents, "KEPT_TRIALS", 2)
    for _ in range(3):
        latents.foretell(room.workspace.pk, now=NOW)
    assert LatentTrial.objects.filter(workspace=room.workspace).count() == 2


def test_the_order_of_users_moves_no_bit_of_ties_or_trials():
    rng = np.random.default_rng(3)
    liked = (rng.random((300, 30)) < 0.3).astype(float)
    later = rng.random((300, 30)) < 0.3
    order = rng.permutation(300)
    assert_array_equal(fit(liked, 10.0).tie, fit(liked[order], 10.0).tie)
    moved = tried(liked[order], liked[order] > 0, later[order], LatentConfig())
    assert tried(liked, liked > 0, later, LatentConfig()) == moved
