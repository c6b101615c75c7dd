"""A space is filled while another serves, takes over once, and can be gone back to."""

import numpy as np
import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Workspace
from catalog.models import Item, ItemVector, Space
from catalog.queries.spaces import find_target_space
from catalog.queries.texts import items_to_encode, load_item_texts
from catalog.services.spaces import activate, ensure_space
from core.stages import Stage
from profiles.models import ProfileVector
from profiles.queries.due import users_to_taste
from profiles.services.tastes import taste_users
from tests.factories import make_interaction, make_item, make_user
from workers.stages import CLEAN_ITEMS, count_due, next_due, spaces_due
from workers.tasks.texts import activate_space, keep_vectors

State = Space.State


@pytest.fixture
def shelf(workspace) -> Workspace:
    """A workspace with two items whose texts are clean."""
    for number in range(2):
        make_item(workspace, content_hash=f"hash {number}")
    Item.objects.update(cleaned_source=F("source_hash"), clean_version=CLEAN_ITEMS)
    return workspace


def opened(workspace, encoder: str, revision: str = "1") -> Space:
    return ensure_space(workspace_id=workspace.pk, encoder=encoder, revision=revision, dimensions=3)


def fill(space: Space) -> None:
    for item in Item.objects.all():
        ItemVector.objects.create(
            workspace_id=space.workspace_id,
            space=space,
            item=item,
            vector=[1, 0, 0],
            content_hash=item.content_hash,
        )


def stand(space: Space, item: Item, *vector: float) -> int:
    """Let the item stand there as the encode stage would."""
    return keep_vectors(space, load_item_texts([item.pk]), np.array([vector], dtype=np.float32))


def states() -> dict[str, str]:
    return {f"{row.encoder}@{row.revision}": row.state for row in Space.objects.all()}


def test_going_back_to_an_earlier_encoder_needs_nothing_encoded_again(shelf, settings):
    fill(opened(shelf, "a"))
    fill(second := opened(shelf, "b"))
    activate(space=second)
    assert states() == {"a@1": State.RETIRED, "b@1": State.ACTIVE}
    settings.ENCODER = "models/a"
    first = opened(shelf, "a")
    assert first.state == State.BUILDING
    assert not items_to_encode(shelf.pk).exists()
    assert [space.pk for space in spaces_due(shelf.pk)] == [first.pk]
    assert activate_space(shelf.pk, [first.pk]) == 1
    assert states() == {"a@1": State.ACTIVE, "b@1": State.RETIRED}
    assert not spaces_due(shelf.pk).exists()


def test_going_back_to_an_earlier_revision_of_the_same_encoder_fills_that_one(shelf, settings):
    settings.ENCODER = "models/a"
    fill(opened(shelf, "a"))
    opened(shelf, "a", "2")
    assert find_target_space(shelf.pk).revision == "2"
    opened(shelf, "a")
    assert states() == {"a@1": State.ACTIVE, "a@2": State.RETIRED}
    assert not items_to_encode(shelf.pk).exists()


def test_a_filled_space_whose_worker_died_before_it_took_over_is_due(shelf, settings):
    fill(opened(shelf, "a"))
    settings.ENCODER = "models/b"
    second = opened(shelf, "b")
    assert not spaces_due(shelf.pk).exists(), "its items still wait"
    fill(second)
    assert next_due(shelf.pk).stage == Stage.ENCODE
    assert count_due(next_due(shelf.pk), shelf.pk) == 1
    assert activate_space(shelf.pk, [second.pk]) == 1
    assert states() == {"a@1": State.RETIRED, "b@1": State.ACTIVE}
    assert activate_space(shelf.pk, [second.pk]) == 0


def test_a_changed_text_reaches_the_tastes_that_rest_on_it(shelf, settings):
    settings.ENCODER = "models/a"
    space = opened(shelf, "a")
    first, second = Item.objects.order_by("pk")
    reader, other = make_user(shelf), make_user(shelf)
    make_interaction(reader, first)
    make_interaction(other, second)
    before = reader.evidence_revision
    for item in (first, second):
        stand(space, item, 1, 0, 0)
    reader.refresh_from_db()
    assert reader.evidence_revision == before, "who has no taste yet is due without being told"
    taste_users(shelf.pk, [reader.pk, other.pk], now=timezone.now())
    Item.objects.filter(pk=first.pk).update(content_hash="changed")
    assert stand(space, first, 0, 1, 0) == 1
    assert set(users_to_taste(shelf.pk)) == {reader}
    taste_users(shelf.pk, [reader.pk], now=timezone.now())
    assert list(ProfileVector.objects.get(user=reader, slot=0).vector) == [0, 1, 0]


def test_an_item_that_was_encoded_after_the_taste_was_drawn_is_told_too(shelf, settings):
    settings.ENCODER = "models/a"
    space = opened(shelf, "a")
    reader, (first, second) = make_user(shelf), Item.objects.order_by("pk")
    for item in (first, second):
        make_interaction(reader, item)
    stand(space, first, 1, 0, 0)
    taste_users(shelf.pk, [reader.pk], now=timezone.now())
    stand(space, second, 0, 1, 0)
    assert set(users_to_taste(shelf.pk)) == {reader}
