"""A tag that one item alone bears says nothing of users, and a second bearer tells who met it."""

import pytest

from catalog.models import Item, ItemTag
from profiles.models import Statement, User
from profiles.queries.due import users_to_state
from profiles.services import calibrations
from profiles.services.statements import state_users
from tests.factories import make_interaction, make_item
from tests.profiles.readers import NOW, Room
from tests.profiles.test_trust import readers
from workers.tasks import texts

pytestmark = pytest.mark.django_db


def give(workspace, *names: str) -> None:
    """Items that are tagged with `noir`, as the tag stage does."""
    for name in names:
        make_item(workspace, name, text="A book.", given_tags=["noir"])
    tag(workspace)


def tag(workspace) -> None:
    texts.clean_texts(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)


def trusting(workspace) -> User:
    """Somebody who liked the first item once, where one interaction is found to be enough."""
    room = Room(workspace)
    readers(room, later=5)
    calibrations.calibrate(workspace.pk, now=NOW)
    user = room.reader("newcomer")
    make_interaction(user, Item.objects.get(external_id="first"), "rate", value=5)
    room.rates(user, "love", 1, 0, 1, after_days=30)
    return user


def stated(user: User) -> list[tuple[object, ...]]:
    """What is believed of the user and `noir`."""
    state_users(user.workspace_id, [user.pk], now=NOW)
    rows = Statement.objects.filter(user=user, valid_until=None, tag__key="noir")
    return list(rows.values_list("polarity", "strength", "confidence", "status"))


def test_who_met_the_first_item_hears_when_a_second_gets_its_tag_or_loses_it(workspace):
    give(workspace, "first")
    user = trusting(workspace)
    assert stated(user) == []
    give(workspace, "second")
    assert user in users_to_state(workspace.pk)
    ((polarity, *_, status),) = stated(user)
    assert (polarity, status) == (1, "active")
    Item.objects.filter(external_id="second").update(given_tags=["war"], source_hash="other")
    tag(workspace)
    assert user in users_to_state(workspace.pk)
    assert stated(user) == []


def test_it_does_not_matter_which_item_came_first(workspace):
    give(workspace, "first")
    user = trusting(workspace)
    stated(user)
    give(workspace, "second")
    before = stated(user)
    Item.objects.filter(external_id__in=["first", "second"]).update(tag_version="")
    ItemTag.objects.filter(tag__key="noir").delete()
    tag(workspace)
    Statement.objects.filter(user=user).delete()
    assert stated(user) == before != []


def test_a_tag_of_many_items_raises_nobody_else(workspace):
    give(workspace, "first", "second")
    user = trusting(workspace)
    before = stated(user)
    give(workspace, "third")
    assert user not in users_to_state(workspace.pk)
    assert stated(user) == before
