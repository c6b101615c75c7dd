"""Lists beside “for you” and playlists over HTTP."""

import pytest

from recommendations.models import Slate
from tests.api.caller import Caller
from tests.api.conftest import World
from tests.factories import make_item


def fill(world: World, many: int) -> None:
    for number in range(many):
        make_item(world.workspace, f"more-{number:02}", title=f"More {number}")


def test_a_new_item_is_on_the_list_of_what_is_new(caller: Caller, ours: World):
    for number in range(3):
        caller.put(f"items/new-{number}", {"title": f"New {number}"})
    body = caller.post("lists", {"user": "our-user", "language": "zh"}).json()
    [found] = [one for one in body["results"] if one["kind"] == "new"]
    assert found["heading"] == "最新加入"
    assert {item["id"] for item in found["slate"]["items"]} == {"new-0", "new-1", "new-2"}
    assert found["slate"]["items"][0]["reasons"][0]["sentence"] == "新近加入"
    seen = caller.post(f"slates/{found['slate']['id']}/impressions", {"items": ["new-1"]})
    assert seen.json() == {"recorded": 1}


def test_a_list_has_no_next_page(caller: Caller, ours: World):
    fill(ours, 4)
    [found] = caller.post("lists", {"kinds": ["new"]}).json()["results"]
    refused = caller.post(f"recommendations/{found['slate']['id']}/next")
    assert refused.status_code == 400
    assert "no next page" in refused.json()["detail"]


def test_a_playlist_is_answered_as_a_slate(caller: Caller, ours: World):
    fill(ours, 4)
    body = caller.post("playlists", {"user": "our-user", "length": 3}).json()
    assert [item["position"] for item in body["items"]] == [1, 2, 3]
    assert body["meta"]["playlist"].keys() == {"smoothness", "by_score"}
    assert all(reason["sentence"] for item in body["items"] for reason in item["reasons"])
    assert Slate.objects.get(pk=body["id"]).placement == "playlist"


@pytest.mark.parametrize("path", ["lists", "playlists"])
def test_an_unknown_field_is_named(caller: Caller, ours: World, path: str):
    refused = caller.post(path, {"usr": "our-user"})
    assert refused.status_code == 400
    assert "usr" in str(refused.json())


def test_their_rows_are_strangers_to_lists_and_playlists(
    caller: Caller, ours: World, theirs: World
):
    fill(ours, 4)
    body = {"user": theirs.user, "exclude_ids": [theirs.item]}
    for answer in (caller.post("lists", body), caller.post("playlists", body)):
        assert answer.status_code == 200
        assert "noir" not in answer.content.decode()
        assert theirs.item not in answer.content.decode()
    assert caller.post("playlists", {"item": theirs.item}).status_code == 404
    assert caller.post("playlists", {"tag": theirs.tag}).json()["items"] == []
