"""Lists by cursor: whole, in order, without repeats, and at a fixed price."""

from itertools import chain

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Tag
from profiles.models import Profile, Segment, User
from tests.api.caller import Caller
from tests.api.conftest import World
from tests.factories import make_tag, make_user

LISTS = ["tags", "segments", "segments/1/users"]


def fill(world: World, many: int) -> None:
    """Add `many` rows to each list. Members stand two by two at the same distance."""
    base = Segment.objects.get(workspace=world.workspace, number=world.segment)
    parent = Tag.objects.get(workspace=world.workspace, key=world.tag)
    start = User.objects.count()
    for number in range(start, start + many):
        make_tag(world.workspace, f"tag-{number:03}", parent=parent)
        Segment.objects.create(
            workspace=world.workspace,
            number=100 + number,
            space=base.space,
            centroid=[1.0, 0.0, 0.0],
            size=1,
            version="1",
        )
        Profile.objects.create(
            workspace=world.workspace,
            user=make_user(world.workspace, f"member-{number:03}"),
            segment=base,
            segment_distance=(number // 2) / 10,
        )


def pages_of(caller: Caller, path: str, limit: int) -> list[list[dict]]:
    pages, cursor = [], ""
    while True:
        body = caller.get(path, limit=limit, **({"cursor": cursor} if cursor else {})).json()
        pages.append(body["results"])
        cursor = body["next_cursor"]
        if cursor is None:
            return pages


@pytest.mark.parametrize("path", LISTS)
def test_pages_join_to_the_whole_list(caller: Caller, ours: World, path: str):
    fill(ours, 6)
    pages = pages_of(caller, path, limit=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(chain(*pages)) == caller.get(path).json()["results"]


@pytest.mark.parametrize("path", LISTS)
def test_a_full_last_page_has_no_cursor(caller: Caller, ours: World, path: str):
    fill(ours, 2)
    assert [len(page) for page in pages_of(caller, path, limit=3)] == [3]


def test_members_come_by_distance_and_ties_by_age(caller: Caller, ours: World):
    fill(ours, 3)  # users 1 to 3, at 0.0, 0.1 and 0.1; ours stands at 0.25
    listed = [
        (row["id"], row["distance"]) for row in chain(*pages_of(caller, "segments/1/users", 2))
    ]
    assert listed == [
        ("member-001", 0.0),
        ("member-002", 0.1),
        ("member-003", 0.1),
        ("our-user", 0.25),
    ]


def test_a_row_that_vanishes_between_pages_shifts_nothing(caller: Caller, ours: World):
    fill(ours, 5)
    first = caller.get("tags", limit=2).json()
    assert [tag["key"] for tag in first["results"]] == ["gothic", "tag-001"]
    make_tag(ours.workspace, "aaa")
    caller_tags = caller.get("tags", limit=2, cursor=first["next_cursor"]).json()["results"]
    assert [tag["key"] for tag in caller_tags] == ["tag-002", "tag-003"]


@pytest.mark.parametrize(
    "limit",
    ["0", "201", "-1", "many", "1.5", "", "９", "00000000199999", "000000001" + 5_000 * "9"],
)
def test_an_impossible_limit_is_refused(caller: Caller, limit: str):
    response = caller.get("tags", limit=limit)
    assert response.status_code == 400
    error = response.json()["errors"][0]
    assert error["field"] == "limit"
    assert len(error["value"]) <= 200


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0:1:2", "\0", "a" * 5_000])
def test_a_made_up_cursor_is_refused(caller: Caller, cursor: str):
    response = caller.get("tags", cursor=cursor)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "cursor"


def test_a_cursor_of_another_list_is_refused(caller: Caller, ours: World):
    fill(ours, 3)
    cursor = caller.get("tags", limit=1).json()["next_cursor"]
    assert caller.get("segments", cursor=cursor).status_code == 400


@pytest.mark.parametrize("path", [*LISTS, "items/our-item/similar", "users/our-user/statements"])
def test_a_list_costs_the_same_queries_at_any_size(caller: Caller, ours: World, path: str):
    caller.get("tags")  # notes the key's use, once
    counts = []
    for _ in range(2):
        fill(ours, 7)
        with CaptureQueriesContext(connection) as queries:
            assert caller.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 7


@pytest.mark.parametrize("number", [99, 32_768, 10**30])
def test_an_unknown_segment_is_not_found(caller: Caller, number: int):
    assert caller.get(f"segments/{number}/users").status_code == 404
