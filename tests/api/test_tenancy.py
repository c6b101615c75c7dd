"""No address shows or changes another workspace's rows: each is tried from the outside.

Every address of the API has a case here, or the first test fails.
"""

from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from catalog.models import Item, Tag
from core.models import JobRun
from profiles.models import Interaction, Profile, Segment, Statement, User
from recommendations.models import Experiment, Slate
from tests.api.caller import Caller
from tests.api.conftest import World

# They show no workspace's rows, with or without a key.
OPEN = {"schema", "docs", "problem"}

# What is sent to reach a row of theirs, by the address's name: method, path, body.
Case = tuple[str, str, Any]
REACHES: dict[str, list[Case]] = {
    "item": [
        ("GET", "items/{item}", None),
        ("PATCH", "items/{item}", {"title": "Taken"}),
        ("DELETE", "items/{item}", None),
    ],
    "item-similar": [("GET", "items/{item}/similar", None)],
    "user": [
        ("PATCH", "users/{user}", {"name": "Taken"}),
        ("DELETE", "users/{user}", None),
    ],
    "user-profile": [("GET", "users/{user}/profile", None)],
    "user-statements": [
        ("GET", "users/{user}/statements", None),
        ("POST", "users/{user}/statements", {"tag": "noir", "polarity": -1}),
    ],
    "user-export": [("GET", "users/{user}/export", None)],
    "statement-verdict": [
        ("POST", "statements/{statement}/confirm", {}),
        ("POST", "statements/{statement}/reject", {}),
        ("POST", "statements/{statement}/pin", {}),
    ],
    "statement-undo": [("POST", "statements/{statement}/undo", {})],
    "interaction": [("DELETE", "interactions/{event}", None)],
    "segment-users": [("GET", "segments/{segment}/users", None)],
    "next-slate": [("POST", "recommendations/{slate}/next", {})],
    "impressions": [("POST", "slates/{slate}/impressions", {})],
    "experiment": [("GET", "experiments/{running}", None)],
    "experiment-start": [("POST", "experiments/{draft}/start", {})],
    "experiment-stop": [("POST", "experiments/{running}/stop", {})],
    "job": [("GET", "jobs/{job}", None)],
}

# Addresses that name no row: whatever is sent, they answer from our own workspace.
OWN = {
    *("items-batch", "users-batch", "interactions", "recommendations", "segments", "tags"),
    *("validate", "outcomes", "api-costs", "lists", "playlists", "experiments"),
}


def names_of(patterns: list[URLPattern | URLResolver], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found |= names_of(pattern.url_patterns, path)
        elif path.startswith("api/v1/"):
            found[str(pattern.name)] = path
    return found


def rows_of(world: World) -> dict[str, list[Any]]:
    """Everything of a workspace that could be changed from outside."""
    kept = (Item, Tag, User, Interaction, Statement, Segment, Profile, Slate, Experiment, JobRun)
    return {
        model.__name__: list(
            model._default_manager.filter(workspace=world.workspace).order_by("pk").values()
        )
        for model in kept
    }


def test_every_address_has_a_case():
    assert names_of(get_resolver().url_patterns).keys() == REACHES.keys() | OWN | OPEN


@pytest.mark.parametrize(
    "case",
    [case for cases in REACHES.values() for case in cases],
    ids=lambda case: " ".join(case[:2]),
)
def test_another_workspaces_row_is_not_there(caller: Caller, theirs: World, case: Case):
    method, path, body = case
    before = rows_of(theirs)
    response = caller.call(method, path.format(**vars(theirs)), body)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert "title of" not in response.content.decode()
    assert rows_of(theirs) == before


@pytest.mark.parametrize(
    "case",
    [case for cases in REACHES.values() for case in cases],
    ids=lambda case: " ".join(case[:2]),
)
def test_the_same_call_reaches_our_own_row(caller: Caller, ours: World, case: Case):
    method, path, body = case
    response = caller.call(method, path.format(**vars(ours)), body)
    assert response.status_code in {200, 201, 204}, response.content


@pytest.mark.parametrize(("path", "many"), [("tags", 1), ("segments", 1), ("experiments", 2)])
def test_lists_hold_our_own_rows_only(
    caller: Caller, ours: World, theirs: World, path: str, many: int
):
    answer = caller.get(path).json()
    assert len(answer["results"]) == many
    assert "gothic" in str(answer)
    assert "noir" not in str(answer)


def test_the_same_ids_in_a_batch_are_our_own_rows(caller: Caller, theirs: World):
    before = rows_of(theirs)
    items = caller.post("items/batch", [{"id": theirs.item, "title": "Ours"}])
    users = caller.post("users/batch", [{"id": theirs.user, "name": "Ours"}])
    assert items.json()["counts"] == users.json()["counts"] == {"created": 1}
    assert rows_of(theirs) == before


def test_an_interaction_with_their_item_is_rejected(caller: Caller, theirs: World):
    before = rows_of(theirs)
    row = {"user": theirs.user, "item": theirs.item, "kind": "like"}
    response = caller.post("interactions", [row])
    assert response.status_code == 207
    assert response.json()["counts"] == {"rejected": 1}
    assert rows_of(theirs) == before


def test_their_user_and_items_are_strangers_to_a_slate(caller: Caller, theirs: World):
    body = {"user": theirs.user, "statements": [theirs.tag], "exclude_ids": [theirs.item]}
    answer = caller.post("recommendations", body).json()
    assert {item["id"] for item in answer["items"]} <= {"our-item"}
    assert "noir" not in str([item["reasons"] for item in answer["items"]])


def test_putting_their_id_makes_a_row_of_ours(caller: Caller, theirs: World):
    before = rows_of(theirs)
    assert caller.put(f"items/{theirs.item}", {"title": "Ours"}).status_code == 201
    assert caller.put(f"users/{theirs.user}", {"name": "Ours"}).status_code == 201
    assert rows_of(theirs) == before


def test_a_cursor_of_theirs_opens_nothing_of_theirs(caller: Caller, theirs: World):
    Tag.objects.create(workspace=theirs.workspace, key="zzz")
    cursor = Caller(theirs.workspace).get("tags", limit=1).json()["next_cursor"]
    assert "zzz" not in str(caller.get("tags", cursor=cursor).json())
