"""One interaction is enough for a statement where such statements come true, and only there."""

import numpy as np
import pytest

from profiles.calibration_admin import trusted_words
from profiles.modelling.calibration import Outcomes
from profiles.modelling.channels import channels_of, everybody_of
from profiles.modelling.choosing import propose, trusting
from profiles.modelling.curves import GROUPS, LONE, SHIPPED, Curves
from profiles.modelling.statements import StatementConfig
from profiles.modelling.trust import choose_curves, trusted_outcomes
from profiles.models import Calibration, Statement, User
from profiles.services import calibrations
from profiles.services.statements import state_users
from tests.profiles.readers import NOW, Room
from tests.profiles.test_claims import acts, bearings, mentions

CONFIG = StatementConfig()
NOTHING = mentions()
USERS, TAGS, WIDE = 240, 12, 10
# Item 1000 + 10 t + i bears tag t and nothing else.
BORNE = bearings(*[(1000 + at, at // WIDE, 1.0) for at in range(TAGS * WIDE)])


def world(*, is_faithful: bool):
    """Users who take to one item of their own tag, and dislike one of each of three others.

    Later a faithful one likes what bears the tag, an unfaithful one does not.
    """
    past, future, at = [], [], 0
    for user in range(USERS):
        own = user % TAGS
        for step, sign in ((0, 1.0), (1, -1.0), (2, -1.0), (3, -1.0)):
            item = 1000 + WIDE * ((own + step) % TAGS) + user % WIDE
            past.append((at, user, item, sign, 0))
            at += 1
        later = 1000 + WIDE * own + (user + 1) % WIDE
        future.append((100_000 + user, user, later, 1.0 if is_faithful else -1.0, 0))
    return acts(*past), acts(*future)


def chosen(*, is_faithful: bool):
    past, future = world(is_faithful=is_faithful)
    everybody = everybody_of(past, BORNE, NOTHING)
    outcomes = trusted_outcomes(past, future, BORNE, NOTHING, everybody, CONFIG)
    choice = choose_curves(outcomes.in_order(), CONFIG)
    channels = channels_of(past, BORNE, NOTHING, everybody, choice.config)
    stated = propose(past, channels, choice.config, insist=frozenset(), curves=choice.curves)
    return outcomes, choice, stated


def test_where_lone_likes_come_true_one_interaction_makes_a_statement_in_use():
    outcomes, choice, stated = chosen(is_faithful=True)
    assert (outcomes.group == GROUPS.index("observed+1")).sum() == USERS
    assert (choice.config.least_for, choice.is_own) == (1, True)
    likes = [one for each in stated.values() for one in each if one.polarity > 0]
    assert len(likes) == USERS
    assert all(one.is_active and len(one.lines) == 1 for one in likes)
    assert all(one.confidence >= CONFIG.active_confidence for one in likes)


def test_where_they_do_not_two_pieces_are_asked_for():
    outcomes, choice, stated = chosen(is_faithful=False)
    assert not np.isin(outcomes.group, [GROUPS.index(group) for group in LONE]).any()
    assert choice.config == CONFIG
    assert not stated


def test_lone_beliefs_are_never_told_by_the_curves_a_workspace_starts_from():
    past, _ = world(is_faithful=True)
    everybody = everybody_of(past, BORNE, NOTHING)
    channels = channels_of(past, BORNE, NOTHING, everybody, trusting(CONFIG, LONE))
    assert not propose(past, channels, trusting(CONFIG, LONE), insist=frozenset())
    assert not any(group in LONE for group in SHIPPED.by_group)


@pytest.mark.parametrize(
    ("groups", "asked"),
    [
        (("observed+1",), (1, 2)),
        (("observed-1",), (2, 1)),
        (("observed+!1",), (1, 2)),
        ((), (2, 2)),
    ],
)
def test_each_polarity_is_trusted_by_itself(groups, asked):
    found = trusting(CONFIG, groups)
    assert (found.least_for, found.least_against) == asked


def test_too_few_outcomes_keep_the_shipped_curves():
    few = Outcomes(
        user=np.arange(20),
        group=np.full(20, GROUPS.index("observed+")),
        raw=np.full(20, 0.8),
        is_confirmed=np.zeros(20, dtype=bool),
    )
    found = choose_curves(few, CONFIG)
    assert (found.curves, found.is_own) == (SHIPPED, False)
    assert found.told == pytest.approx(SHIPPED.told("observed+", 0.8))


def test_stored_curves_keep_what_single_interactions_were_found_to_tell():
    _, choice, _ = chosen(is_faithful=True)
    again = Curves.of_rows(choice.curves.as_rows())
    assert trusting(CONFIG, again.by_group) == choice.config


def readers(room: Room, *, later: float) -> None:
    """120 who like one book each and put two others down, and what they make of the next two."""
    keys = list(room.items)
    for turn in range(120):
        reader, own = room.reader(f"crowd-{turn}"), keys[turn % 3]
        room.rates(reader, own, 5, turn % 4)
        room.rates(reader, keys[(turn + 1) % 3], 1, 0, 1, after_days=30)
        room.rates(reader, own, later, 5, 6, after_days=90)


def stated_of(user: User) -> list[Statement]:
    """What is stated now of who liked a single book of crime."""
    state_users(user.workspace_id, [user.pk], now=NOW)
    return list(Statement.objects.filter(user=user, valid_until=None, tag__key="crime"))


@pytest.mark.django_db
@pytest.mark.parametrize(("later", "states"), [(5, True), (1, False)])
def test_a_workspace_states_from_one_interaction_where_its_histories_bear_that_out(
    workspace, later, states
):
    room = Room(workspace)
    readers(room, later=later)
    user = room.reader("newcomer")
    room.rates(user, "crime", 5, 0)
    room.rates(user, "love", 1, 0, 1, after_days=30)
    assert not stated_of(user)  # nothing has told yet how far to trust it
    calibrations.calibrate(workspace.pk, now=NOW)
    found = stated_of(user)
    assert [one.status for one in found] == (["active"] if states else [])
    assert all(
        (one.polarity, one.level, one.evidence.count()) == (1, "observed", 1) for one in found
    )


def test_staff_are_told_for_what_one_interaction_is_enough():
    knots = Curves({"observed+1": SHIPPED.by_group["observed+"]}).as_rows()
    assert "enough for a like here" in str(trusted_words(Calibration(knots=knots, is_used=True)))
    assert "needs two" in str(trusted_words(Calibration(knots=knots, is_used=False)))
    assert "needs two" in str(trusted_words(Calibration(knots=SHIPPED.as_rows(), is_used=True)))
