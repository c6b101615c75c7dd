"""Items over HTTP."""

import pytest

from catalog.models import Item, Tag
from tests.api.caller import Caller, encoded
from tests.api.conftest import World
from tests.factories import make_item, make_tag

NAMES = [
    "a/b",
    "a/b/similar",
    "书/一",
    "50% off?#1",
    "a b",
    "a%2Fb",
    "batch",
    "/a//b/",
    "é&=+;,",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_id_can_be_put_read_changed_and_removed(caller: Caller, name: str):
    where = f"items/{encoded(name)}"
    if name == "a/b/similar":  # its own address is that of the items similar to "a/b"
        assert caller.put(where, {"title": "One"}).status_code == 405
        return
    assert caller.put(where, {"title": "One"}).status_code == 201
    assert caller.get(where).json()["id"] == name
    assert caller.patch(where, {"tags": ["x"]}).json()["title"] == "One"
    assert caller.get(f"{where}/similar").json() == {"results": []}
    assert caller.delete(where).status_code == 204
    assert caller.get(where).status_code == 404


def test_putting_again_replaces_the_item_whole(caller: Caller):
    first = caller.put("items/a", {"title": "One", "tags": ["x"], "attributes": {"year": 1999}})
    again = caller.put("items/a", {"title": "Two"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["title"] == "Two"
    assert again.json()["tags"] == []
    assert again.json()["attributes"] == {}


def test_patching_keeps_what_is_not_sent_and_null_empties(caller: Caller):
    caller.put(
        "items/a", {"title": "One", "text": "T", "available_from": "2024-05-31T12:00:00+00:00"}
    )
    body = caller.patch("items/a", {"text": None, "attributes": {"year": 1999}}).json()
    assert (body["title"], body["text"], body["attributes"]) == ("One", "", {"year": 1999})
    assert body["available_from"] == "2024-05-31T12:00:00Z"


def test_patching_what_is_not_there_is_not_found(caller: Caller):
    assert caller.patch("items/none", {"title": "One"}).status_code == 404
    assert not Item.objects.filter(external_id="none").exists()


def test_a_body_with_another_id_than_the_address_is_refused(caller: Caller):
    response = caller.put("items/a", {"id": "b"})
    assert response.json()["errors"][0]["field"] == "id"
    assert not Item.objects.filter(external_id__in=["a", "b"]).exists()


def test_a_batch_is_answered_row_by_row_in_its_order(caller: Caller, ours: World):
    make_item(ours.workspace, "old", title="Old")
    rows = [{"id": "new"}, {"title": "nameless"}, "text", {"id": "old", "title": "Newer"}]
    response = caller.post("items/batch", {"items": rows})
    body = response.json()
    assert response.status_code == 207
    assert [row["status"] for row in body["results"]] == [
        "created",
        "rejected",
        "rejected",
        "updated",
    ]
    assert body["counts"] == {"created": 1, "rejected": 2, "updated": 1}
    assert body["results"][1]["field"] == "id"
    assert Item.objects.get(external_id="old").title == "Newer"


def test_a_batch_without_rejections_answers_200_and_again_changes_nothing(caller: Caller):
    rows = [{"id": "a", "title": "One"}, {"id": "b"}]
    first, again = caller.post("items/batch", rows), caller.post("items/batch", rows)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["counts"] == {"unchanged": 2}


def test_one_unstorable_text_costs_its_own_row_only(caller: Caller):
    body = (
        '[{"id": "a", "title": "x\\u0000"}, {"id": "b", "attributes": {"n": 1e999}}, {"id": "c"}]'
    )
    response = caller.post("items/batch", body)
    assert [row["status"] for row in response.json()["results"]] == [
        "rejected",
        "rejected",
        "created",
    ]


def test_removing_an_item_twice_is_not_found(caller: Caller, ours: World):
    assert caller.delete("items/our-item").status_code == 204
    assert caller.delete("items/our-item").status_code == 404


def test_found_tags_are_shown_without_blocked_ones(caller: Caller, ours: World):
    item = Item.objects.get(workspace=ours.workspace, external_id="our-item")
    good = Tag.objects.get(workspace=ours.workspace, key="gothic")
    bad = make_tag(ours.workspace, "bad", is_blocked=True)
    for tag, confidence in [(good, 0.75), (bad, 0.9)]:
        tag.item_tags.create(
            workspace=ours.workspace, item=item, confidence=confidence, model="m", version="1"
        )
    assert caller.get("items/our-item").json()["found_tags"] == [
        {"tag": "gothic", "names": {"en": "gothic"}, "confidence": 0.75, "words": ""}
    ]
