"""A space is filled while another serves, takes over once, and can be gone back to."""

import pytest
from django.db.models import F

from accounts.models import Workspace
from catalog.models import Item, ItemVector, Space
from catalog.queries.spaces import find_target_space
from catalog.queries.texts import items_to_encode
from catalog.services.spaces import activate, ensure_space
from core.stages import Stage
from tests.factories import make_item
from workers.stages import CLEAN_ITEMS, count_due, next_due, spaces_due
from workers.tasks.texts import activate_space

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
