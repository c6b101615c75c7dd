"""`evaluate --workspace`: edits move lists, undoing brings them back, and reasons hold."""

import json

import numpy as np
import pytest
from django.core.management import call_command

from catalog.models import Item, ItemTag
from core.errors import InvalidError, NotFoundError
from profiles.models import Interaction, Statement
from profiles.services import corrections
from recommendations.engine import shortlist
from recommendations.evaluation.workspace import edits
from recommendations.evaluation.workspace.edits import Desk, edit_all, list_subjects
from recommendations.evaluation.workspace.fidelity import drop_of
from recommendations.evaluation.workspace.overlap import rank_biased_overlap, tag_ndcg
from recommendations.rows import InlineStatement, SlateRequest
from recommendations.services.learning import learn
from recommendations.services.serving import recommend
from tests.factories import make_item, make_tag, make_user
from tests.recommendations.worlds import (
    NOW,
    World,
    find_user,
    make_world,
    put_statement,
    put_tag,
    put_vector,
)

SIZE = 24


@pytest.fixture
def world(db) -> World:
    """Two shelves of 24, and a third that nobody met; g0 likes the gothic one."""
    world = make_world(SIZE)
    world.tags["plays"] = make_tag(world.workspace, "plays")
    for number in range(SIZE):
        item = make_item(world.workspace, f"p{number}")
        put_tag(item, world.tags["plays"])
        put_vector(item, world.space, [0.0, 0.0, 1.0])
    learn(world.workspace.pk, is_tuned=False)
    return world


@pytest.fixture
def reader(world):
    """Somebody of whom no more is known than that they like gothic things."""
    reader = make_user(world.workspace, "newcomer")
    put_statement(reader, world.tags["gothic"], strength=0.8, level="observed")
    return reader


def shelf_of(slate):
    return "".join(item.id[0] for item in slate.items)


def test_overlap_is_that_of_the_paper():
    assert rank_biased_overlap("abc", "abc") == pytest.approx(1.0)
    assert rank_biased_overlap("abc", "def") == 0.0
    assert rank_biased_overlap("ab", "abcdef") == pytest.approx(1.0)
    assert rank_biased_overlap("", "abc") is None
    # By hand: agreements 0, 1 at depths 1 and 2, and 1 for ever after.
    assert rank_biased_overlap("ab", "ba", p=0.5) == pytest.approx(0.5)


def test_a_list_is_about_a_tag_as_far_as_its_first_places_are():
    assert tag_ndcg(["a", "b", "x"], {"a", "b"}) == pytest.approx(1.0)
    assert tag_ndcg(["x", "y"], {"a"}) == 0.0
    assert tag_ndcg(["x", "a"], {"a"}) == pytest.approx(1 / np.log2(3))
    assert tag_ndcg(["a"], set()) == 0.0


def test_every_edit_moves_the_next_list_and_is_undone_to_the_byte(world, reader):
    before = list(Statement.objects.order_by("pk").values())
    found = edit_all(world.workspace, reader, list_subjects_of(world), np.random.default_rng(0))
    assert [one.kind for one in found] == ["add", "remove", "swap", "never"]
    for one in found:
        assert one.succeeded, one
        assert one.moved > 0, one
        assert one.is_undone, one
    assert list(Statement.objects.order_by("pk").values()) == before


def list_subjects_of(world):
    """Shelves are more than a fifth of so small a catalogue."""
    return edits.Subjects.of(
        [
            edits.Subject(one.pk, one.key, frozenset(f"{one.key[0]}{n}" for n in range(SIZE)))
            for one in world.tags.values()
        ]
    )


def test_what_is_not_undone_is_noticed(world, reader, monkeypatch):
    monkeypatch.setattr(Desk, "undo", lambda desk: desk.said.clear())
    found = edit_all(world.workspace, reader, list_subjects_of(world), np.random.default_rng(0))
    assert not found[0].is_undone


def test_a_tag_that_too_few_or_too_many_bear_is_no_subject(world, monkeypatch):
    assert list_subjects(world.workspace).by_tag == {}
    monkeypatch.setattr(edits, "MOST_BORNE", 0.5)
    subjects = list_subjects(world.workspace)
    assert {one.key: len(one.bearers) for one in subjects.by_tag.values()} == {
        "gothic": SIZE,
        "travel": SIZE,
        "plays": SIZE,
    }


def test_never_leaves_nothing_of_a_tag_on_a_list(world, reader):
    desk = Desk(world.workspace, reader)
    assert "g" in shelf_of(desk.list_now())
    corrections.declare(user=reader, tag_key_or_name="gothic", polarity=-1, strength=1.0)
    shown = shelf_of(desk.list_now())
    assert "g" not in shown
    assert len(shown) == edits.PLACES


@pytest.mark.parametrize("filters", [None, {"tags": ["gothic", "travel"]}])
def test_never_leaves_the_scores_of_everything_else_as_they_were(world, filters):
    """Half of the travels are plays, too: what is best loved sets what a love counts for."""
    reader = make_user(world.workspace, "another")
    names = [f"t{number}" for number in range(1, SIZE, 2)]
    for item in Item.objects.filter(workspace=world.workspace, external_id__in=names):
        put_tag(item, world.tags["plays"])
    for tag, strength in (("plays", 0.9), ("travel", 0.5), ("gothic", 0.4)):
        put_statement(reader, world.tags[tag], strength=strength, level="observed")
    body = {"user": "another", "length": edits.PLACES, "filters": filters}
    request = SlateRequest.parse(body)

    def scores_now():
        slate = recommend(workspace=world.workspace, request=request, now=NOW, is_stored=False)
        return {item.id: item.score for item in slate.items}

    before = scores_now()
    corrections.declare(user=reader, tag_key_or_name="plays", polarity=-1, strength=1.0)
    after = scores_now()
    bearing = ItemTag.objects.filter(tag=world.tags["plays"])
    plays = set(bearing.values_list("item__external_id", flat=True))
    assert plays & set(before)
    assert not plays & set(after)
    both = (set(before) - plays) & set(after)
    assert both
    assert {item: after[item] for item in both} == {item: before[item] for item in both}


def test_a_dislike_short_of_never_only_holds_back(world, reader):
    corrections.declare(user=reader, tag_key_or_name="gothic", polarity=-1, strength=0.9)
    request = SlateRequest(user="newcomer", length=70)
    shown = shelf_of(recommend(workspace=world.workspace, request=request, now=NOW))
    assert "g" in shown
    assert shown.index("g") > 0


def test_a_stranger_may_say_never_too(world):
    never = InlineStatement("gothic", polarity=-1, strength=1.0)
    request = SlateRequest(length=20, statements=(never, InlineStatement("plays")))
    shown = shelf_of(recommend(workspace=world.workspace, request=request, now=NOW))
    assert "g" not in shown
    assert shown.startswith("p")


def test_a_rejected_like_holds_its_tag_back_and_a_hidden_one_does_not(world, reader):
    desk = Desk(world.workspace, reader)
    statement = Statement.objects.get(user=reader)
    corrections.hide(statement=statement)
    hidden = shelf_of(desk.list_now())
    corrections.undo(statement=statement)
    corrections.reject(statement=statement)
    assert shelf_of(desk.list_now()).count("g") < hidden.count("g")


def test_what_is_named_carries_more_of_a_score_than_the_rest(world):
    reader = find_user(world, "g0")
    for tag in ("gothic", "travel"):
        put_statement(reader, world.tags[tag], strength=0.5, level="observed")
    before = Interaction.objects.count(), Statement.objects.count()
    found = drop_of(world.workspace, reader, np.random.default_rng(0))
    assert found is not None
    assert found.named > found.drawn
    assert (Interaction.objects.count(), Statement.objects.count()) == before


def test_the_command_measures_a_workspace_and_writes_it_down(world, reader, tmp_path, monkeypatch):
    monkeypatch.setattr(edits, "MOST_BORNE", 0.5)
    path = tmp_path / "found.json"
    call_command("evaluate", workspace=world.workspace.name, users=3, json=path)
    found = json.loads(path.read_text())
    assert found["edits"]["kinds"]["add"]["succeeded"] == 1.0
    assert found["edits"]["all"]["undone_to_the_byte"] == 1.0


def test_the_command_wants_a_folder_or_a_workspace_that_is_there(db):
    with pytest.raises(InvalidError, match="Name a folder"):
        call_command("evaluate")
    with pytest.raises(NotFoundError, match="no workspace 'nowhere'"):
        call_command("evaluate", workspace="nowhere")


def test_what_is_said_comes_into_question_however_much_else_does(world, reader, monkeypatch):
    """Gothic items fill what the tags may name; they bear more of what is believed."""
    monkeypatch.setattr(shortlist, "LEAST_CANDIDATES", 4)
    monkeypatch.setattr(shortlist, "CANDIDATES_PER_PLACE", 0)
    for number in range(SIZE):
        put_statement(reader, put_shelf(world, "g", f"mood{number}"), level="observed")
    corrections.declare(user=reader, tag_key_or_name="plays", polarity=1, strength=0.9)
    request = SlateRequest(user=reader.external_id, length=10, sources=("tags",))
    found = recommend(workspace=world.workspace, request=request, now=NOW, is_stored=False)
    assert "p" in shelf_of(found)


def put_shelf(world, letter, key):
    """Let a whole shelf bear one more tag."""
    tag = make_tag(world.workspace, key)
    for item in Item.objects.filter(workspace=world.workspace, external_id__startswith=letter):
        put_tag(item, tag)
    return tag
