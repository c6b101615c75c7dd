"""A space is filled while another serves, takes over once, and can be gone back to."""

from pathlib import Path

import numpy as np
import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Workspace
from catalog.models import Item, ItemVector, Space
from catalog.queries.spaces import find_target_space
from catalog.queries.texts import items_to_encode, items_to_serve, load_item_texts
from catalog.services.spaces import activate, ensure_space
from core.models import StageRun
from core.stages import Stage
from profiles.models import ProfileVector
from profiles.queries.due import users_to_taste
from profiles.services.tastes import taste_users
from tests.factories import make_interaction, make_item, make_user
from tests.language.small import make_small_encoder
from workers.heads import encoder_in, encoder_of
from workers.stages import CLEAN_ITEMS, count_due, next_due, spaces_due, vocabularies_due
from workers.tasks import hearing, texts
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


def begin(workspace) -> None:
    """Open the space of the wanted encoder, as the encode stage does first."""
    encoder = encoder_of(workspace.pk)
    size = {"dimensions": encoder.dimensions}
    ensure_space(workspace_id=workspace.pk, encoder=encoder.name, revision=encoder.revision, **size)


def found_by(workspace, words: str) -> Item:
    """The item that stands nearest to the words, where lists are drawn today."""
    said = hearing._read(workspace.pk, words)
    rows = ItemVector.objects.filter(workspace=workspace, space__state=State.ACTIVE)
    return max(rows, key=lambda row: float(said @ np.asarray(row.vector))).item


@pytest.fixture(scope="module")
def encoders(models, tmp_path_factory) -> Path:
    """A models folder with two encoders, of which no text stands in the same place."""
    folder: Path = tmp_path_factory.mktemp("encoders")
    for seed, name in enumerate(("first", "second")):
        make_small_encoder(folder, models, name=name, seed=seed)
    return folder


@pytest.fixture
def switched(workspace, settings, encoders) -> Workspace:
    """A workspace that serves by one encoder and has just been given another."""
    settings.MODELS, settings.ENCODER = encoders, str(encoders / "first")
    for text in ("Sailors fight a whale.", "Recipes for soups and bread."):
        make_item(workspace, text=text)
    texts.clean_texts(workspace.pk)
    texts.encode_texts(workspace.pk)
    texts.tag_items(workspace.pk)
    settings.ENCODER = str(encoders / "second")
    begin(workspace)
    return workspace


@pytest.mark.model
def test_an_item_that_comes_in_the_middle_of_a_switch_is_found_at_once_and_after_it(switched):
    words = "An engineer repairs a starship near Saturn."
    late = make_item(switched, "late", text=words)
    assert next_due(switched.pk).stage == Stage.CLEAN
    texts.clean_texts(switched.pk)
    assert list(items_to_serve(switched.pk)) == [late]
    assert items_to_encode(switched.pk).count() == 3
    assert texts.encode_served(switched.pk, [late.pk]) == 1
    assert not items_to_serve(switched.pk).exists()
    assert {row.encoder: row.state for row in Space.objects.all()} == {
        "first": State.ACTIVE,
        "second": State.BUILDING,
    }
    assert found_by(switched, words) == late
    texts.encode_texts(switched.pk)
    assert Space.objects.get(state=State.ACTIVE).encoder == "second"
    assert found_by(switched, words) == late


@pytest.mark.model
def test_what_is_served_today_comes_before_what_will_be(switched):
    changed = Item.objects.order_by("pk").last()
    text = "Cakes and pies."
    Item.objects.filter(pk=changed.pk).update(text=text, source_hash="changed")
    texts.clean_texts(switched.pk)
    StageRun.objects.all().delete()
    texts.encode_texts(switched.pk)
    runs = StageRun.objects.order_by("pk").values_list("stage", "model", "rows")
    assert list(runs)[:2] == [("encode.served", "first", 1), ("encode.items", "second", 2)]
    assert found_by(switched, text) == changed


@pytest.mark.model
def test_new_items_are_tagged_while_a_space_is_being_filled(switched):
    late = make_item(switched, "late", text="A starship.", given_tags=["space"])
    texts.clean_texts(switched.pk)
    texts.tag_items(switched.pk)
    assert not vocabularies_due(switched.pk).exists(), "the item has no vector yet"
    texts.encode_served(switched.pk, [late.pk])
    assert vocabularies_due(switched.pk).exists()


@pytest.mark.model
def test_an_item_that_comes_while_tastes_are_drawn_is_encoded_before_the_space_serves(switched):
    second = Space.objects.get(state=State.BUILDING)
    fill(second)
    late = make_item(switched, "late", text="A starship.")
    texts.clean_texts(switched.pk)
    assert activate_space(switched.pk, [second.pk], encoder=encoder_of(switched.pk)) == 1
    assert ItemVector.objects.filter(space=second, item=late).exists()


def test_a_space_whose_encoder_is_gone_stays_as_it_is(shelf, settings):
    settings.ENCODER = "models/a"
    opened(shelf, "a")
    settings.ENCODER = "models/b"
    opened(shelf, "b")
    assert encoder_in(Space.objects.get(encoder="a")) is None
    ids = [item.pk for item in items_to_serve(shelf.pk)]
    assert len(ids) == 2
    assert texts.encode_served(shelf.pk, ids) == 0
