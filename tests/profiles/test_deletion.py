"""One deleted interaction leaves everything as if it had never been."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from profiles.models import (
    AspectReading,
    Evidence,
    Interaction,
    Profile,
    ProfileVector,
    Reading,
    Review,
    Statement,
    User,
)
from profiles.queries.due import users_to_state
from profiles.queries.portraits import portrait_of
from profiles.services import corrections
from profiles.services.interactions import delete_interaction
from tests.factories import make_interaction
from tests.profiles.readers import START, Room
from tests.profiles.test_supersession import undone
from tests.profiles.writers import Deed, drawn_anew, record

pytestmark = pytest.mark.django_db

SUBJECTS = ("crime", "love", "travel")
# The first two are copies of one another, so that one of them speaks for both.
TEXTS = (
    "The acting was superb, and I loved the plot from the first page to the very last one.",
    "The acting was superb, and I loved the plot from the first page to the very last one!",
    "The acting is dreadful. What a waste of an evening.",
    "The plot drags, but the acting is wonderful.",
    "",
)

DEED = st.builds(
    Deed,
    subject=st.sampled_from(SUBJECTS),
    number=st.integers(0, 7),
    stars=st.sampled_from((1, 2, 5)),
    text=st.sampled_from(TEXTS),
)
HISTORY = st.lists(
    DEED, min_size=3, max_size=10, unique_by=lambda deed: (deed.subject, deed.number)
)
FOND = [Deed("crime", number, 5, TEXTS[number % 2]) for number in range(4)]


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.crowd(9)
    room.space()
    return room


def everything(room: Room) -> dict[str, Any]:
    """All that is told and kept of everybody, under names that do not depend on keys."""
    current = Statement.objects.filter(workspace=room.workspace, valid_until=None)
    of = "evidence__interaction__item__external_id"
    columns = ("polarity", "strength", "confidence", "level", "status", "is_hidden")
    lines = (of, "evidence__weight", "evidence__quote")
    rows: dict[str, Any] = {
        "statements": current.values_list("user__external_id", "tag__key", *columns),
        "evidence": current.values_list("user__external_id", "tag__key", *lines),
        "readings": Reading.objects.values_list(
            "review__interaction__item__external_id", "sentiment", "confidence", "safety"
        ),
        "aspects": AspectReading.objects.values_list(
            "reading__review__interaction__item__external_id", "tag__key", "polarity"
        ),
        "copies": Review.objects.values_list(
            "interaction__item__external_id", "duplicate_of__interaction__item__external_id"
        ),
        "history": Interaction.objects.values_list("user__external_id", "item__external_id"),
    }
    found: dict[str, Any] = {name: sorted(each, key=repr) for name, each in rows.items()}
    found["figures"] = {
        row.user.external_id: (row.behaviour, row.sentiment)
        for row in Profile.objects.select_related("user")
    }
    found["tastes"] = [
        (user, slot, weight, list(vector))
        for user, slot, weight, vector in ProfileVector.objects.order_by(
            "user__external_id", "slot"
        ).values_list("user__external_id", "slot", "weight", "vector")
    ]
    ann = User.objects.get(workspace=room.workspace, external_id="ann")
    day = portrait_of(ann, as_of=START + timedelta(days=60))
    found["past day"] = [(one.tag, one.polarity, one.strength) for one in day.statements]
    return found


@settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(deeds=FOND, doomed={0}, word=("crime", -1), is_stated=True)
@example(deeds=FOND, doomed={1}, word=None, is_stated=True)
@example(deeds=FOND, doomed={0, 1, 2}, word=None, is_stated=True)
@given(
    deeds=HISTORY,
    doomed=st.sets(st.integers(0, 9), min_size=1, max_size=4),
    word=st.none() | st.tuples(st.sampled_from(SUBJECTS), st.sampled_from((1, -1))),
    is_stated=st.booleans(),
)
def test_recorded_and_deleted_is_never_recorded(room, deeds, doomed, word, is_stated):
    """Whatever was written, contradicted or declared, and whether or not it was stated between."""
    leave = {place for place in doomed if place < len(deeds)}
    found = []
    for is_deleted in (True, False):
        with undone():
            room.reader("ann")
            record(room, [one for at, one in enumerate(deeds) if is_deleted or at not in leave])
            ann = User.objects.get(workspace=room.workspace, external_id="ann")
            if word:
                corrections.declare(user=ann, tag_key_or_name=word[0], polarity=word[1])
            if is_deleted:
                if is_stated:
                    drawn_anew(room)
                for place in sorted(leave):
                    event = deeds[place].row("ann").event_id
                    assert delete_interaction(workspace=room.workspace, event_id=event)
            drawn_anew(room)
            found.append(everything(room))
    assert found[0] == found[1]


def test_its_user_is_due_and_its_evidence_is_gone_at_once(room):
    room.reader("ann")
    record(room, FOND)
    drawn_anew(room)
    ann = User.objects.get(workspace=room.workspace, external_id="ann")
    assert not users_to_state(room.workspace.pk).filter(pk=ann.pk)
    assert delete_interaction(workspace=room.workspace, event_id="ann/crime/0")
    assert users_to_state(room.workspace.pk).filter(pk=ann.pk)
    gone = {"interaction__user": ann, "interaction__item__external_id": "crime-0"}
    assert not Evidence.objects.filter(**gone).exists()
    assert not Review.objects.filter(**gone).exists()
    assert Reading.objects.filter(review__interaction__user=ann).count() == len(FOND) - 1


def test_what_is_not_there_or_elsewhere_is_not_deleted(room):
    room.reader("ann")
    record(room, FOND)
    assert not delete_interaction(workspace=room.workspace, event_id="nobody's")
    assert delete_interaction(workspace=room.workspace, event_id="ann/crime/0")
    assert not delete_interaction(workspace=room.workspace, event_id="ann/crime/0")


def test_one_without_an_event_id_is_named_by_its_key(room):
    met = make_interaction(room.reader("ann"), room.items["love"][0], "like")
    assert delete_interaction(workspace=room.workspace, event_id=str(met.event_key))
    assert not Interaction.objects.filter(pk=met.pk).exists()
