"""Whoever writes about users locks in one order, so that no two writers wait crosswise."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from catalog.models import Item, Tag
from profiles.models import Profile, Segment, User
from profiles.services import corrections
from profiles.services.descriptions import describe_users
from profiles.services.places import ensure_profiles
from profiles.services.segments import segment_users
from profiles.services.statements import state_users
from profiles.services.tastes import taste_users
from profiles.services.topics import hold_sensitive
from tests.likeness.people import make_staff
from tests.profiles.readers import NOW, Room
from workers.tasks.texts import tag_some

pytestmark = pytest.mark.django_db

OF_USERS = ["profiles_user", "profiles_segment", "profiles_profile", "accounts_workspace"]
ORDER = ["catalog_item", "catalog_tag", *OF_USERS]
WRITES = re.compile(r'\s*(?:UPDATE|INSERT INTO|DELETE FROM) "?(\w+)"?')
LOCKS = re.compile(r'\s*SELECT .* FROM "(\w+)".* FOR (?:NO KEY )?UPDATE', re.DOTALL)


@pytest.fixture
def room(workspace) -> Room:
    room = Room(workspace)
    room.space()
    room.crowd(24)
    ids = list(User.objects.filter(workspace=workspace).values_list("pk", flat=True))
    state_users(workspace.pk, ids, now=NOW)
    taste_users(workspace.pk, ids, now=NOW)
    segment_users(workspace.pk)
    return room


def statements_of(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work()
    return [query["sql"] for query in captured]


def locked_tables(statements: list[str]) -> list[str]:
    """The tables of ORDER as their rows were first locked."""
    found = [WRITES.match(sql) or LOCKS.match(sql) for sql in statements]
    tables = [match.group(1) for match in found if match]
    return list(dict.fromkeys(table for table in tables if table in ORDER))


def give_a_new_tag(room: Room, user: User) -> None:
    item = room.items["travel"][0]
    Item.objects.filter(pk=item.pk).update(given_tags=["islands"])
    tag_some(room.workspace.pk, [item.pk])


def call_a_tag_otherwise(room: Room, user: User) -> None:
    client = Client()
    client.force_login(make_staff("curator", room.workspace, role=Membership.Role.CURATOR))
    page = reverse("admin:catalog_tag_change", args=[room.tags["travel"].pk])
    client.post(page, {"names": '{"en": "journeys"}', "source": "given"})
    assert Tag.objects.filter(names={"en": "journeys"}).exists()


WRITERS: dict[str, Callable[[Room, User], object]] = {
    "tag": give_a_new_tag,
    "edit tag": call_a_tag_otherwise,
    "state": lambda room, user: state_users(room.workspace.pk, [user.pk], now=NOW),
    "taste": lambda room, user: taste_users(room.workspace.pk, [user.pk], now=NOW),
    "describe": lambda room, user: describe_users(room.workspace.pk, [user.pk]),
    "segment": lambda room, user: segment_users(room.workspace.pk),
    "pause": lambda room, user: corrections.pause(user=user),
    "erase": lambda room, user: corrections.erase(user=user),
}
EXPECTED = {
    "tag": ["catalog_item", "catalog_tag", "profiles_user", "accounts_workspace"],
    "edit tag": [
        *("catalog_item", "catalog_tag", "profiles_user", "profiles_segment"),
        "accounts_workspace",
    ],
    "state": ["profiles_user", "profiles_profile", "accounts_workspace"],
    "taste": OF_USERS,
    "describe": ["profiles_user", "profiles_profile"],
    "segment": OF_USERS[1:],
    "pause": OF_USERS,
    "erase": OF_USERS,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_locks_are_taken_in_one_order(room, writer):
    user = User.objects.get(external_id="crowd-0")
    room.rates(user, "travel", 5, *range(6))
    if writer == "taste":
        Profile.objects.filter(user=user).update(segment=None)  # placing writes the most
    statements = statements_of(lambda: WRITERS[writer](room, user))
    assert locked_tables(statements) == EXPECTED[writer]
    # Slates and interactions refer to users: only who erases may keep them waiting.
    keeps_waiting = any(sql.endswith("FOR UPDATE") for sql in statements)
    assert keeps_waiting == (writer == "erase")


def test_of_several_tags_all_users_are_locked_before_their_workspace(room):
    for key, name in (("crime", "Buddhism"), ("love", "Islam")):
        Tag.objects.filter(key=key).update(names={"en": name})
    changed: list[Tag] = []
    statements = statements_of(lambda: changed.extend(hold_sensitive(room.workspace.pk)))
    assert [tag.key for tag in changed] == ["crime", "love"]
    last = [sql.startswith('UPDATE "accounts_workspace"') for sql in statements].index(True)
    users = [sql for sql in statements[last:] if "FOR NO KEY" in sql and "profiles_user" in sql]
    assert not users


def test_nobody_paused_is_put_back_into_a_segment(room):
    user = User.objects.get(external_id="crowd-0")
    User.objects.filter(pk=user.pk).update(is_paused=True)
    segment_users(room.workspace.pk)
    assert Profile.objects.get(user=user).segment is None
    assert Segment.objects.filter(size__gt=0).exists()


def test_a_profile_is_made_for_those_only_who_still_are(room):
    user = room.reader()
    ensure_profiles(room.workspace.pk, [user.pk, user.pk + 1])
    assert Profile.objects.filter(user=user).exists()
