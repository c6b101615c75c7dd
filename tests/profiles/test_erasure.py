"""What an erasure takes with it beyond the user's own rows."""

import pytest

from accounts.models import Workspace
from catalog.models import ItemTag, Tag
from catalog.queries.names import tag_names
from catalog.queries.vocabulary import list_tags
from profiles.models import Profile, Segment, User
from profiles.services import corrections
from profiles.services.segments import segment_users
from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from tests.profiles.readers import NOW, Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.space()
    return room


def says(user: User, words: str) -> Tag:
    return corrections.declare(user=user, tag_key_or_name=words, polarity=1).tag


def offered(workspace: Workspace) -> set[str]:
    listed = set(list_tags(workspace).values_list("key", flat=True))
    assert set(tag_names(workspace, "en")) <= listed
    return listed & set(tag_names(workspace, "en"))


def test_a_users_own_word_is_offered_to_others_once_three_say_it(room):
    readers = [room.reader() for _ in range(3)]
    for reader in readers[:2]:
        says(reader, "night trains")
        assert "night trains" not in offered(room.workspace)
    says(readers[2], "night trains")
    assert "night trains" in offered(room.workspace)
    corrections.erase(user=readers[0])
    assert "night trains" not in offered(room.workspace), "two are few enough to be told apart"


def test_a_users_word_that_staff_took_up_stays_offered(room):
    tag = says(room.reader(), "night trains")
    Tag.objects.filter(pk=tag.pk).update(source=Tag.Source.STAFF)
    says(room.reader(), "night trains")
    assert "night trains" in offered(room.workspace)


def test_a_users_own_word_goes_with_the_user_and_is_counted(room):
    user, other = room.reader(), room.reader()
    says(user, "my sister Anna")
    says(user, "night trains")
    says(other, "night trains")
    matched = says(user, "old maps")
    ItemTag.objects.create(
        workspace=room.workspace, item=room.items["crime"][0], tag=matched, model="t", version="1"
    )
    receipt = corrections.erase(user=user)
    left = Tag.objects.filter(source=Tag.Source.USER).values_list("key", flat=True)
    assert set(left) == {"night trains", "old maps"}
    assert receipt["catalog.tag"] == {"before": 1, "after": 0}


def test_a_word_of_one_user_names_no_segment(room):
    for user in room.crowd(24)[:8]:
        says(user, "my sister Anna")
    Tag.objects.filter(key="my sister anna").update(source=Tag.Source.USER)
    draw(room)
    assert not any("nna" in str(each.names) + str(each.description) for each in segments())


def draw(room: Room) -> None:
    ids = list(User.objects.filter(workspace=room.workspace).values_list("pk", flat=True))
    state_users(room.workspace.pk, ids, now=NOW)
    taste_users(room.workspace.pk, ids, now=NOW)
    segment_users(room.workspace.pk)


def segments() -> list[Segment]:
    return list(Segment.objects.order_by("number"))


def test_a_segment_that_lost_everybody_keeps_its_number_and_nothing_else(room):
    room.crowd(24)
    draw(room)
    numbers = [each.number for each in segments()]
    for user in User.objects.all():
        corrections.erase(user=user)
    segment_users(room.workspace.pk)
    assert [each.number for each in segments()] == numbers
    for each in segments():
        assert (each.size, each.names, each.description, each.tags) == (0, {}, {}, [])
        assert list(each.centroid) == [0.0]


def test_who_is_left_without_a_taste_is_left_without_a_segment(room):
    room.crowd(24)
    draw(room)
    User.objects.update(is_paused=True)
    segment_users(room.workspace.pk)
    assert not Profile.objects.filter(segment__isnull=False).exists()


def test_every_erasure_is_counted(room):
    for _ in range(2):
        corrections.erase(user=room.reader())
    assert Workspace.objects.get(pk=room.workspace.pk).erasures == 2
