"""What is learnt for a workspace leads to items that nobody met, and says so in its report."""

import pytest

from recommendations.models import Fit, Neighbours
from recommendations.rows import SlateRequest
from recommendations.services import learning
from recommendations.services.serving import recommend
from tests.factories import make_item
from tests.recommendations.worlds import NOW, World, make_world, put_vector

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
