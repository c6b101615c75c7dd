"""What somebody wrote is changed, contradicted or taken back, by real words read by the platform.

Only the statements that the words bear on give way, and they say what a portrait that was drawn
from the new words alone would say.
"""

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.models import Statement, User
from profiles.services.interactions import delete_interaction, record_interactions
from tests.profiles.readers import Room
from tests.profiles.test_supersession import TOLD, undone
from tests.profiles.writers import Deed, drawn_anew, record

pytestmark = pytest.mark.django_db

PRAISE, BLAME = "The acting of it is superb.", "The acting of it is dreadful."
ACTING = "acting"
CRIME = [Deed("crime", number, 5, f"{PRAISE} Number {number}.") for number in range(4)]
TRAVEL = [Deed("travel", number, 5, "") for number in range(3)]


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.crowd(9)
    room.space()
    return room


def stated(room: Room, user: str = "ann") -> dict[str, tuple[Any, ...]]:
    """The statements that hold now, by tag, with their keys in front."""
    rows = Statement.objects.filter(
        user__workspace=room.workspace, user__external_id=user, valid_until=None
    )
    return {row[1]: row for row in rows.values_list("pk", *TOLD)}


def revision_of(user: str) -> int:
    return User.objects.get(external_id=user).evidence_revision


def told(rows: dict[str, tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    return {row[1:] for row in rows.values()}


def test_a_changed_review_turns_what_its_words_said_and_nothing_else(room):
    room.reader("ann")
    record(room, [*CRIME, *TRAVEL])
    drawn_anew(room)
    before = stated(room)
    assert before[ACTING][2] == 1
    changed = [
        Deed(one.subject, one.number, one.stars, f"{BLAME} Number {one.number}.").row("ann")
        for one in CRIME
    ]
    found = record_interactions(workspace=room.workspace, rows=changed, now=timezone.now())
    assert {each.status for each in found} == {"updated"}
    drawn_anew(room)
    after = stated(room)
    assert after["crime"] == before["crime"]
    assert after["travel"] == before["travel"]
    assert after.get(ACTING) != before[ACTING]
    assert ACTING not in after or after[ACTING][2] == -1
    old = Statement.objects.get(pk=before[ACTING][0])
    assert old.valid_until is not None
    assert old.superseded_by_id == (after[ACTING][0] if ACTING in after else None)


def test_new_reviews_that_contradict_turn_the_aspect_and_leave_the_rest(room):
    room.reader("ann")
    record(room, [*CRIME[:3], *TRAVEL])
    drawn_anew(room)
    before = stated(room)
    record(room, [Deed("love", at, 1, f"{BLAME} Number {at}.") for at in range(8)])
    drawn_anew(room)
    after = stated(room)
    assert before[ACTING][2] == 1
    assert ACTING not in after or after[ACTING][2] == -1
    assert after["crime"][2] == before["crime"][2] == 1
    assert after["travel"][2] == before["travel"][2] == 1


def test_deleted_reviews_take_their_words_back(room):
    room.reader("ann")
    record(room, [*CRIME[:3], *TRAVEL])
    drawn_anew(room)
    before = stated(room)
    assert ACTING in before
    for place in range(2):
        assert delete_interaction(workspace=room.workspace, event_id=f"ann/crime/{place}")
    drawn_anew(room)
    after = stated(room)
    assert ACTING not in after
    assert Statement.objects.get(pk=before[ACTING][0]).superseded_by is None
    assert after["travel"][2] == before["travel"][2] == 1


CHANGE = st.tuples(
    st.integers(0, 3), st.sampled_from(("reworded", "contradicted", "deleted")), st.booleans()
)


@settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(CHANGE, min_size=1, max_size=5))
def test_any_changes_end_as_the_portrait_of_what_is_left(room, changes):
    """Through recording, cleaning and reading, and whether or not it was stated between."""
    with undone():
        for user in ("ann", "other", "twin"):
            room.reader(user)
        record(room, [*CRIME, *TRAVEL])
        record(room, [*CRIME, *TRAVEL], user="other")
        drawn_anew(room)
        before, known = stated(room), revision_of("other")
        left = {(one.subject, one.number): one for one in (*CRIME, *TRAVEL)}
        for place, change, is_stated in changes:
            old = left.get(("crime", place))
            if old is None:
                continue
            if change == "deleted":
                del left["crime", place]
                assert delete_interaction(
                    workspace=room.workspace, event_id=old.row("ann").event_id
                )
            else:
                words = "It is the best." if change == "reworded" else BLAME
                stars = 5 if change == "reworded" else 1
                new = Deed("crime", place, stars, f"{words} Number {place}.")
                left["crime", place] = new
                record_interactions(
                    workspace=room.workspace, rows=[new.row("ann")], now=timezone.now()
                )
            if is_stated:
                drawn_anew(room)
        record(room, list(left.values()), user="twin")
        drawn_anew(room)
        after, wanted = stated(room), stated(room, "twin")
        assert told(after) == told(wanted)
        if not any(is_stated for *_, is_stated in changes):
            for tag, row in before.items():
                stays = tag in wanted and wanted[tag][1:] == row[1:]
                assert (Statement.objects.get(pk=row[0]).valid_until is None) == stays
        assert revision_of("other") == known
