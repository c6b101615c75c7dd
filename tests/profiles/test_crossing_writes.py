"""Writes that cross an erasure or the end of an item: nothing breaks, and the rest is stored."""

import pytest
from django.utils import timezone

from catalog.models import Item, ItemTag, ItemVector, Space
from catalog.services.clusters import Cluster, store_clusters
from catalog.services.tags import note_tagged
from catalog.services.weighing import choose_vocabulary, draft_vocabulary, weigh_vocabulary
from profiles.models import Interaction, Segment, User
from profiles.rows import InteractionIn
from profiles.services import segments
from profiles.services.corrections import erase
from profiles.services.interactions import delete_item, record_interactions
from profiles.services.places import COMPANY
from tests.beside import never_waiting, open_beside
from tests.factories import make_item, make_tag, make_user, make_workspace
from tests.profiles.readers import Room
from workers import vocabulary
from workers.tasks.texts import tag_some

with_transactions = pytest.mark.django_db(transaction=True)


def record(workspace, *rows: InteractionIn):
    return record_interactions(workspace=workspace, rows=rows, now=timezone.now())


@with_transactions
def test_an_item_that_goes_while_somebody_meets_it_is_unknown_and_the_rest_is_stored():
    workspace = make_workspace()
    for name in ("emma", "ivanhoe"):
        make_item(workspace, name)
    record(workspace, InteractionIn("ann", "emma", "like"))
    rows = [InteractionIn("ann", name, "like") for name in ("emma", "ivanhoe")]

    def going():
        delete_item(workspace=workspace, external_id="emma")

    with open_beside(going, until_waited_for=True):
        results = record(workspace, *rows)
    assert [(each.status, each.code) for each in results] == [
        ("rejected", "unknown_item"),
        ("created", ""),
    ]
    assert Interaction.objects.get().item.external_id == "ivanhoe"


@with_transactions
def test_an_item_goes_with_what_was_recorded_just_before():
    workspace = make_workspace()
    make_item(workspace, "emma")

    def meeting():
        record(workspace, InteractionIn("ann", "emma", "like"))

    with open_beside(meeting, until_waited_for=True):
        assert delete_item(workspace=workspace, external_id="emma")
    assert not Interaction.objects.exists()
    assert not Item.objects.exists()


@with_transactions
def test_what_somebody_does_who_is_being_erased_is_somebodys_who_is_new():
    workspace = make_workspace()
    make_item(workspace, "emma")
    user = make_user(workspace, "ann")
    with open_beside(lambda: erase(user=user), until_waited_for=True):
        (result,) = record(workspace, InteractionIn("ann", "emma", "like"))
    assert result.status == "created"
    assert User.objects.get().pk != user.pk
    assert Interaction.objects.get().user.external_id == "ann"


@with_transactions
def test_weighing_waits_for_nobody_who_holds_a_tag_that_stays_as_it_is():
    workspace = make_workspace()
    items = [make_item(workspace, given_tags=["novel", "war"]).pk for _ in range(4)]
    tag_some(workspace.pk, items)
    vocabulary.weigh(workspace.pk, [])
    note_tagged(workspace.pk)
    held = make_tag(workspace, "held")

    def lock():
        held.refresh_from_db(from_queryset=type(held).objects.select_for_update())

    with open_beside(lock), never_waiting():
        assert vocabulary.weigh(workspace.pk, []) == 1


@pytest.mark.django_db
def test_an_item_that_goes_while_words_are_chosen_is_left_out(workspace):
    items = [make_item(workspace, given_tags=["novel", "war"]).pk for _ in range(4)]
    tag_some(workspace.pk, items)
    ItemTag.objects.all().delete()
    draft = draft_vocabulary(workspace.pk)
    chosen = choose_vocabulary(workspace.pk, draft, None)
    Item.objects.filter(pk=items[0]).delete()
    weigh_vocabulary(workspace.pk, draft, chosen, None)
    assert set(ItemTag.objects.values_list("item", flat=True)) == set(items[1:])


@pytest.mark.django_db
def test_an_item_that_goes_while_clusters_are_found_is_in_none(workspace):
    items = [make_item(workspace).pk for _ in range(4)]
    Item.objects.filter(pk__in=items[2:]).delete()
    clusters = [
        Cluster({"en": "a"}, dict.fromkeys(items[:3], 1.0)),
        Cluster({"en": "b"}, {items[3]: 1.0}),
    ]
    store_clusters(workspace.pk, clusters, version="1")
    rows = ItemTag.objects.values_list("item", "tag__names__en")
    assert set(rows) == {(items[0], "a"), (items[1], "a")}


@pytest.mark.django_db
def test_an_item_that_goes_while_users_are_parted_has_no_direction(workspace, monkeypatch):
    room = Room(workspace)
    room.crowd(24)
    gone, part_users = room.items["travel"][0], segments.part_users

    def meanwhile(*given, **more):
        parting = part_users(*given, **more)
        assert parting.items is not None
        delete_item(workspace=workspace, external_id=gone.external_id)
        return parting

    monkeypatch.setattr(segments, "part_users", meanwhile)
    assert segments.segment_users(workspace.pk) == 24
    assert Segment.objects.filter(size__gt=0).exists()
    company = Space.objects.get(encoder=COMPANY)
    assert ItemVector.objects.filter(space=company).exists()
    assert not ItemVector.objects.filter(item=gone.pk).exists()
