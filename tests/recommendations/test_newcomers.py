"""What is learnt for a workspace leads to items that nobody met, and says so in its report."""

import pytest
from django.utils import timezone

from recommendations.lists import ListsRequest
from recommendations.models import Fit, Neighbours
from recommendations.rows import SlateRequest
from recommendations.services import learning
from recommendations.services.lists import make_lists
from recommendations.services.serving import recommend
from tests.factories import make_interaction, make_item
from tests.recommendations.worlds import (
    NOW,
    World,
    find_user,
    make_world,
    put_taste,
    put_vector,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = make_world(12, readers=12)
    new = make_item(world.workspace, "new", title="Gothic and new")
    put_vector(new, world.space, [1.0, 0.0, 0.0])
    world.gothic.append(new)
    return world


def leads_to(world: World, item: object) -> set[str]:
    rows = Neighbours.objects.filter(fit__state=Fit.State.SERVING).select_related("item")
    return {row.item.external_id for row in rows if item.pk in row.neighbour_ids}


def test_a_new_item_is_linked_where_validation_bears_it(world, monkeypatch):
    monkeypatch.setattr(learning, "choose_share", lambda *args, **how: {"share": 0.5, "tried": []})
    learning.learn(world.workspace.pk)
    new = world.gothic[-1]
    assert leads_to(world, new) >= {item.external_id for item in world.gothic[:-1]}
    assert not leads_to(world, new) & {item.external_id for item in world.travel}
    request = SlateRequest(user="g0", length=2, sources=("neighbours",))
    slate = recommend(workspace=world.workspace, request=request, now=NOW)
    reasons = {item.id: item.reasons for item in slate.items}
    assert {one["kind"] for one in reasons["new"]} == {"item"}


def test_the_report_says_what_was_tried_and_nothing_is_lent_unasked(world):
    learning.learn(world.workspace.pk)
    report = Fit.objects.get(state=Fit.State.SERVING).report
    assert report["newcomers"]["share"] in (0.0, 0.25, 0.5, 1.0)
    learning.learn(world.workspace.pk, is_tuned=False)
    assert not leads_to(world, world.gothic[-1])


def test_what_nobody_took_to_yet_is_marked_and_the_answer_says_how_many(world):
    learning.learn(world.workspace.pk)
    request = SlateRequest(user="g0", length=26, sources=("taste", "popular"))

    def ask():
        slate = recommend(workspace=world.workspace, request=request, now=NOW)
        told = [one.message for one in slate.warnings if one.code == "cold_items"]
        return {item.id for item in slate.items if item.cold}, told, slate

    put_taste(find_user(world, "g0"), world.space, [1.0, 0.0, 0.0])
    cold, told, slate = ask()
    assert cold == {"new"}
    assert told[0].startswith(f"1 of {len(slate.items)} items, marked as cold")
    assert next(one for one in slate.as_json()["items"] if one["id"] == "new")["cold"] is True
    make_interaction(find_user(world, "g1"), world.gothic[-1], happened_at=NOW)
    assert ask()[0] == {"new"}, "what is known of it was learnt before"
    learning.learn(world.workspace.pk)
    cold, told, _ = ask()
    assert (cold, told) == (set(), [])


def test_a_list_of_what_is_new_marks_what_is_cold(world):
    learning.learn(world.workspace.pk)
    request = ListsRequest(kinds=("new",), length=30)
    [new] = make_lists(workspace=world.workspace, request=request, now=timezone.now()).lists
    assert {item.id for item in new.slate.items if item.cold} == {"new"}
    assert len(new.slate.items) > 1


def test_without_a_fit_nothing_is_called_cold(world):
    request = SlateRequest(length=5)
    slate = recommend(workspace=world.workspace, request=request, now=NOW)
    assert "cold_items" not in {one.code for one in slate.warnings}
    assert "no_fit" in {one.code for one in slate.warnings}
