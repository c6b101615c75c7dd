"""Slates and similar items over HTTP."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Item, ItemVector, Space
from profiles.models import User
from recommendations.engine.blend import BlendConfig
from recommendations.engine.history import NEWEST, HistoryConfig
from recommendations.models import Fit, Neighbours, Popularity
from tests.api.caller import Caller
from tests.api.conftest import World
from tests.factories import make_interaction, make_item


def fill(world: World, many: int) -> None:
    for number in range(many):
        make_item(world.workspace, f"more-{number:02}", title=f"More {number}")


def test_a_slate_leaves_out_what_the_user_met(caller: Caller, ours: World):
    fill(ours, 3)
    body = caller.post("recommendations", {"user": "our-user", "length": 10}).json()
    assert {item["id"] for item in body["items"]} == {"more-00", "more-01", "more-02"}
    assert [item["position"] for item in body["items"]] == [1, 2, 3]
    assert body["user"] == "our-user"
    assert {"id", "items", "warnings", "meta"} <= body.keys()


def test_the_next_page_repeats_nothing(caller: Caller, ours: World):
    fill(ours, 5)
    first = caller.post("recommendations", {"user": "our-user", "length": 2}).json()
    second = caller.post(f"recommendations/{first['id']}/next").json()
    third = caller.post(f"recommendations/{second['id']}/next").json()
    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert len(seen) == len(set(seen)) == 5


def test_a_stranger_gets_a_list_and_is_told_why_it_is_impersonal(caller: Caller, ours: World):
    body = caller.post("recommendations", {"user": "nobody-knows-me"}).json()
    assert [item["id"] for item in body["items"]] == ["our-item"]
    assert body["warnings"]
    assert not User.objects.filter(external_id="nobody-knows-me").exists()


def test_one_posted_interaction_raises_its_neighbours_in_the_next_slate(
    caller: Caller, ours: World
):
    fill(ours, 9)
    link(ours, "more-00", "more-08")
    ask = {"user": "our-user", "sources": ["neighbours", "popular"]}
    before = caller.post("recommendations", ask).json()["items"]
    assert before[0]["id"] != "more-08"
    caller.post("interactions", [{"user": "our-user", "item": "more-00", "kind": "like"}])
    first, *rest = caller.post("recommendations", ask).json()["items"]
    assert first["id"] == "more-08"
    assert (first["reasons"][0]["kind"], first["reasons"][0]["item"]) == ("item", "more-00")
    assert "more-00" not in {item["id"] for item in rest}
    assert Fit.objects.count() == 1


def test_a_past_without_dates_does_not_hide_a_posted_interaction(caller: Caller, ours: World):
    fill(ours, 2)
    link(ours, "more-00", "more-01")
    reader = User.objects.get(workspace=ours.workspace, external_id="our-user")
    for _ in range(NEWEST):
        make_interaction(reader, item_named(ours, "our-item"), "view")
    row = {"user": "our-user", "item": "more-00", "kind": "like"}
    caller.post("interactions", [row | {"happened_at": timezone.now().isoformat()}])
    [item] = caller.post("recommendations", {"user": "our-user", "sources": ["neighbours"]}).json()[
        "items"
    ]
    assert item["id"] == "more-01"
    assert item["reasons"][0]["item"] == "more-00"


def link(world: World, name: str, neighbour: str) -> None:
    """Make a serving fit in which one item has one neighbour."""
    fit = Fit.objects.create(
        workspace=world.workspace,
        state=Fit.State.SERVING,
        version="1",
        config={
            "history": asdict(HistoryConfig()),
            "blend": BlendConfig({"neighbours": 1.0, "popular": 0.1}).as_json(),
        },
    )
    for place, item in enumerate(Item.objects.filter(workspace=world.workspace).order_by("pk")):
        Popularity.objects.create(
            workspace=world.workspace, fit=fit, item=item, overall=100 - place, recent=0
        )
    Neighbours.objects.create(
        workspace=world.workspace,
        fit=fit,
        item=item_named(world, name),
        neighbour_ids=[item_named(world, neighbour).pk],
        weights=[0.5],
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"length": 0}, "length"),
        ({"length": "ten"}, "length"),
        ({"colour": "red"}, "colour"),
        ({"exclude_ids": "a"}, "exclude_ids"),
        ({"statements": [{"tag": "x", "polarity": 3}]}, "statements.polarity"),
        ({"sources": ["magic"]}, "sources"),
        ({"user": 7}, "user"),
        ({"sources": [["popular"]]}, "sources"),
        ({"statements": [{"tag": "x", "polarity": [1]}]}, "statements.polarity"),
    ],
)
def test_an_impossible_request_names_its_field(caller: Caller, ours: World, body, field):
    response = caller.post("recommendations", body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


def test_a_filtered_slate_is_checked_and_then_served(caller: Caller, ours: World):
    fill(ours, 4)
    Item.objects.filter(external_id="more-02").update(attributes={"year": 1999})
    body = {"user": "our-user", "filters": {"attribute": "year", "gte": 1990}}
    checked = caller.post("recommendations/validate", body).json()
    assert checked == {
        "problem": None,
        "available": 5,
        "matching": 1,
        "boosted": [],
        "warnings": [],
    }
    assert [item["id"] for item in caller.post("recommendations", body).json()["items"]] == [
        "more-02"
    ]
    wrong = caller.post("recommendations/validate", {"filters": {"and": [{"tags": [7]}]}}).json()
    assert wrong["problem"]["field"] == "filters.and[0].tags.any[0]"
    assert wrong["matching"] is None


def item_named(world: World, name: str) -> Item:
    found = Item.objects.filter(workspace=world.workspace, external_id=name).first()
    return found or make_item(world.workspace, name)


def learn(world: World, weights: dict[str, float]) -> None:
    """Make a serving fit in which our item has these neighbours."""
    fit = Fit.objects.create(
        workspace=world.workspace,
        state=Fit.State.SERVING,
        version="1",
        config={"history": {}, "blend": {}},
    )
    items = {name: make_item(world.workspace, name, title=name).pk for name in weights}
    Neighbours.objects.create(
        workspace=world.workspace,
        fit=fit,
        item=item_named(world, world.item),
        neighbour_ids=list(items.values()),
        weights=list(weights.values()),
    )


def test_similar_items_come_by_their_learnt_weight(caller: Caller, ours: World):
    learn(ours, {"far": 0.1, "near": 0.9, "against": -0.2})
    results = caller.get("items/our-item/similar").json()["results"]
    assert [(row["id"], row["score"], row["source"]) for row in results] == [
        ("near", 0.9, "neighbours"),
        ("far", 0.1, "neighbours"),
    ]


def test_similar_items_are_filled_up_from_text_without_repeats(caller: Caller, ours: World):
    learn(ours, {"near": 0.9})
    space = Space.objects.get(workspace=ours.workspace)
    vectors = {"our-item": [1, 0, 0], "near": [1, 0, 0], "text": [0.6, 0.8, 0], "odd": [0, 0, 1]}
    for name, vector in vectors.items():
        item = item_named(ours, name)
        ItemVector.objects.create(
            workspace=ours.workspace, space=space, item=item, vector=vector, content_hash=name
        )
    results = caller.get("items/our-item/similar", length=2).json()["results"]
    assert [(row["id"], row["source"]) for row in results] == [
        ("near", "neighbours"),
        ("text", "text"),
    ]
    assert results[1]["score"] == pytest.approx(0.6, abs=1e-3)


def test_a_learnt_link_comes_before_a_nearer_text(caller: Caller, ours: World):
    """The two kinds of score do not compare, so they are not mixed."""
    learn(ours, {"linked": 0.01})
    space = Space.objects.get(workspace=ours.workspace)
    for name in ("our-item", "twin"):
        ItemVector.objects.create(
            workspace=ours.workspace,
            space=space,
            item=item_named(ours, name),
            vector=[1, 0, 0],
            content_hash=name,
        )
    rows = caller.get("items/our-item/similar").json()["results"]
    assert [(row["id"], row["source"], row["score"]) for row in rows] == [
        ("linked", "neighbours", 0.01),
        ("twin", "text", 1.0),
    ]


def test_similar_items_that_are_not_available_are_left_out(caller: Caller, ours: World):
    learn(ours, {"gone": 0.9, "early": 0.8, "late": 0.7, "now": 0.6})
    now = timezone.now()
    items = Item.objects.filter(workspace=ours.workspace)
    items.filter(external_id="gone").update(is_available=False)
    items.filter(external_id="early").update(available_from=now + timedelta(days=1))
    items.filter(external_id="late").update(available_until=now - timedelta(days=1))
    results = caller.get("items/our-item/similar").json()["results"]
    assert [row["id"] for row in results] == ["now"]


@pytest.mark.parametrize("length", ["0", "51", "x"])
def test_an_impossible_length_is_refused(caller: Caller, length: str):
    response = caller.get("items/our-item/similar", length=length)
    assert response.json()["errors"][0]["field"] == "length"
