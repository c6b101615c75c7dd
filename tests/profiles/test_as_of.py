"""Past days have their portrait, statements hold since what happened, and taste may drift."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone
from numpy.testing import assert_allclose

from profiles.modelling.replay import Clock, distance, past_and_future
from profiles.models import Interaction, Profile, Statement, User
from profiles.queries.portraits import portrait_of
from profiles.services import corrections
from profiles.services.statements import state_users
from tests.profiles.readers import NOW, START, Room
from tests.profiles.test_claims import acts

DAY = 86_400.0


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.crowd(12)
    return room


def state(user: User) -> None:
    state_users(user.workspace_id, [user.pk], now=timezone.now())


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def test_two_portraits_are_as_far_apart_as_the_weight_they_do_not_share():
    assert distance({1: 0.8, 2: -0.4}, {1: 0.8, 2: -0.4}) == 0.0
    assert distance({1: 0.8}, {2: 0.8}) == 1.0
    assert_allclose(distance({1: 0.8, 2: -0.4}, {1: 0.4, 2: -0.4}), 1 - 0.8 / 1.2)
    assert_allclose(distance({1: 0.6}, {1: -0.6}), 1.0)
    assert distance({}, {}) == 0.0


def test_the_first_seven_tenths_of_a_history_are_its_past_as_it_was_then():
    rows = [(at, 7, 50 + at, 1.0, 0) for at in range(10)] + [(90, 8, 50, 1.0, 0)]
    met = acts(*rows)
    moments = np.array([*[at * DAY for at in range(10)], 3 * DAY])
    clock = Clock(moments, np.ones(11, dtype=bool), np.full(11, 2.0))
    past, future = past_and_future(met, clock)
    assert past.id.tolist() == [0, 1, 2, 3, 4, 5, 6, 90]
    assert future.id.tolist() == [7, 8, 9]
    assert_allclose(past.age, [6, 5, 4, 3, 2, 1, 0, 0])
    assert_allclose(past.fade[:3], [2**-3, 2**-2.5, 2**-2])
    assert_allclose(future.fade, 1.0)


@pytest.mark.django_db
def test_a_day_before_the_platform_s_first_run_has_its_portrait(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2)
    room.rates(user, "love", 5, 0, 1, 2, 3, after_days=200)
    assert not Statement.objects.filter(user=user).exists()
    then, later = portrait_of(user, as_of=day(20)), portrait_of(user, as_of=day(300))
    assert [view.tag for view in then.likes] == ["crime"]
    assert "love" in {view.tag for view in later.likes}
    (like,) = then.likes
    assert {ground.item for ground in like.evidence} == {"crime-0", "crime-1", "crime-2"}
    assert like.id == 0
    assert day(1) <= like.valid_from <= day(2)
    assert portrait_of(user, as_of=day(-1)).statements == ()


@pytest.mark.django_db
def test_a_portrait_of_today_drawn_again_is_the_portrait_of_today(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2, 3)
    room.rates(user, "love", 1, 0, 1, 2, 3, after_days=40)
    state(user)
    now = portrait_of(user)
    again = portrait_of(user, as_of=timezone.now() + timedelta(minutes=1))
    assert again.statements == now.statements


@pytest.mark.django_db
def test_what_was_said_stands_from_when_it_was_said(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2, 3)
    state(user)
    before = timezone.now()
    corrections.declare(user=user, tag_key_or_name="travel", polarity=-1)
    corrections.reject(statement=Statement.objects.get(user=user, tag__key="crime"))
    then = portrait_of(user, as_of=before)
    now = portrait_of(user, as_of=timezone.now())
    assert [view.tag for view in then.likes] == ["crime"]
    assert then.dislikes == []
    assert now.likes == []
    assert [view.tag for view in now.dislikes] == ["travel"]
    for_staff = portrait_of(user, as_of=timezone.now(), with_hidden=True)
    assert "crime" in {view.tag for view in for_staff.statements}


@pytest.mark.django_db
def test_what_the_user_hid_is_not_shown_in_their_past_either(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2, 3)
    state(user)
    corrections.hide(statement=Statement.objects.get(user=user, tag__key="crime"))
    assert portrait_of(user, as_of=day(30)).statements == ()


@pytest.mark.django_db
def test_the_figures_of_a_past_day_know_nothing_of_what_came_later(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2)
    room.rates(user, "love", 1, 0, 1, after_days=200)
    state(user)
    then, now = portrait_of(user, as_of=day(20)), portrait_of(user)
    assert (then.counts.interactions, now.counts.interactions) == (3, 5)
    assert (then.behaviour["ratings"], now.behaviour["ratings"]) == (3, 5)
    assert then.behaviour["pleased_share"] == 1.0 > now.behaviour["pleased_share"]
    today = portrait_of(user, as_of=timezone.now() + timedelta(minutes=1))
    assert (today.behaviour, today.sentiment) == (now.behaviour, now.sentiment)


@pytest.mark.django_db
def test_nothing_is_concluded_of_the_past_of_who_paused_profiling(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2)
    corrections.declare(user=user, tag_key_or_name="travel", polarity=1)
    corrections.pause(user=user)
    then = portrait_of(user, as_of=timezone.now())
    assert [view.tag for view in then.statements] == ["travel"]
    assert then.behaviour == {}


@pytest.mark.django_db
def test_a_like_holds_since_the_evidence_first_asked_for_it(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2, 3)
    room.rates(user, "travel", 5, 0, 1, 2, 3, after_days=60)
    state(user)
    held = {row.tag.key: row for row in Statement.objects.filter(user=user)}
    assert day(1) <= held["crime"].valid_from <= day(3)
    assert day(61) <= held["travel"].valid_from <= day(63)
    assert held["crime"].concluded_at > NOW


@pytest.mark.django_db
def test_a_turn_of_taste_is_dated_by_what_turned_it(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2)
    room.rates(user, "travel", 5, 0, 1, 2)
    state(user)
    old = Statement.objects.get(user=user, tag__key="crime")
    room.rates(user, "crime", 1, 3, 4, 5, 6, 7, after_days=90)
    state(user)
    old.refresh_from_db()
    new = Statement.objects.get(user=user, tag__key="crime", valid_until=None)
    assert (old.polarity, new.polarity) == (1, -1)
    assert old.valid_until == new.valid_from
    assert day(93) <= new.valid_from <= day(97)
    assert [view.polarity for view in portrait_of(user, as_of=day(50)).likes] == [1, 1]


@pytest.mark.django_db
def test_evidence_without_a_date_counts_from_its_arrival(room):
    user = room.reader()
    room.rates(user, "crime", 5, 0, 1, 2)
    Interaction.objects.filter(user=user).update(happened_at=None)
    arrived = Interaction.objects.filter(user=user).latest("received_at").received_at
    assert portrait_of(user, as_of=day(100)).statements == ()
    assert [view.tag for view in portrait_of(user, as_of=arrived).likes] == ["crime"]


@pytest.mark.django_db
def test_who_changes_taste_drifts_and_who_does_not_stays(room):
    steady, turned, new = room.reader(), room.reader(), room.reader()
    room.rates(steady, "crime", 5, *range(8))
    Interaction.objects.filter(user=steady, item__external_id="crime-7").update(
        happened_at=datetime(2026, 7, 1, tzinfo=UTC)
    )
    room.rates(turned, "crime", 5, 0, 1, 2)
    room.rates(turned, "love", 5, 0, 1, 2, 3, 4, 5, after_days=200)
    room.rates(turned, "crime", 1, 4, 5, 6, 7, after_days=200)
    room.rates(new, "crime", 5, 0, 1, 2)
    for user in (steady, turned, new):
        state(user)
    drift = {user: Profile.objects.get(user=user).behaviour["drift"] for user in (steady, turned)}
    assert drift[steady] < 0.2
    assert drift[turned] > 0.9
    assert Profile.objects.get(user=new).behaviour["drift"] is None
