"""What staff change about a word or a weight reaches the portraits that were drawn with it."""

import pytest

from catalog.models import Tag
from profiles.models import Kind, Segment, Statement, User
from profiles.queries.due import users_to_describe, users_to_state
from profiles.queries.portraits import portrait_of
from profiles.services.descriptions import describe_to, describe_users
from profiles.services.segments import segment_users
from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from profiles.services.vocabulary import kind_changed, tag_changed
from tests.factories import make_tag
from tests.profiles.readers import NOW, Room

pytestmark = pytest.mark.django_db


def refresh(room: Room) -> None:
    ids = list(User.objects.filter(workspace=room.workspace).values_list("pk", flat=True))
    state_users(room.workspace.pk, ids, now=NOW)
    taste_users(room.workspace.pk, ids, now=NOW)
    segment_users(room.workspace.pk)
    describe_users(room.workspace.pk, ids)


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.space()
    room.crowd(24)
    refresh(room)
    return room


def due(queryset) -> set[str]:
    return set(queryset.values_list("external_id", flat=True))


def believers(tag: Tag) -> set[str]:
    held = Statement.objects.filter(tag=tag, valid_until=None)
    return set(held.values_list("user__external_id", flat=True))


def test_a_changed_tag_makes_those_due_who_met_it_and_nobody_else(room):
    crime, pk = room.tags["crime"], room.workspace.pk
    assert not due(users_to_state(pk))
    # One reader in three loves love and puts travel down, and never met crime.
    strangers = {f"crowd-{turn}" for turn in range(1, 24, 3)}
    assert tag_changed(crime) == 16
    assert due(users_to_state(pk)) == {f"crowd-{turn}" for turn in range(24)} - strangers
    assert due(users_to_describe(pk)) == believers(crime) != set()


def test_a_changed_field_makes_the_portraits_due_that_name_it(room):
    field = make_tag(room.workspace, "dark", is_field=True)
    Tag.objects.filter(key="crime").update(parent=field)
    tag_changed(field)
    assert due(users_to_describe(room.workspace.pk)) == believers(room.tags["crime"]) != set()


def test_those_who_spoke_of_a_changed_aspect_are_due(room):
    user = room.reader("writer")
    room.writes(user, "love", 1, "The acting is superb.", value=5)
    refresh(room)
    assert tag_changed(room.acting) == 1
    assert due(users_to_state(room.workspace.pk)) == {"writer"}


def test_a_blocked_tag_is_in_no_portrait_even_before_anything_is_worked_out_again(room):
    crime = room.tags["crime"]
    user = User.objects.get(external_id="crowd-0")
    assert "crime" in {one.tag for one in portrait_of(user).statements}
    Tag.objects.filter(pk=crime.pk).update(is_blocked=True)
    assert "crime" not in {one.tag for one in portrait_of(user, with_hidden=True).statements}
    assert "crime" not in describe_to(user, "en")


def test_a_blocked_tag_names_no_segment(room):
    crime = room.tags["crime"]
    assert any(crime.pk in each.tags for each in Segment.objects.all())
    Tag.objects.filter(pk=crime.pk).update(is_blocked=True)
    tag_changed(crime)
    segment_users(room.workspace.pk)
    assert not any(crime.pk in each.tags for each in Segment.objects.all())


def test_a_changed_kind_makes_those_due_who_did_it(room):
    pk = room.workspace.pk
    kinds = {kind.name: kind for kind in Kind.objects.filter(workspace=room.workspace)}
    assert kind_changed(kinds["view"]) == 0
    assert not due(users_to_state(pk))
    assert kind_changed(kinds["rate"]) == 24
    assert len(due(users_to_state(pk))) == 24
