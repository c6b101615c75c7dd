"""What the description of the API allows is what is taken, and what it promises is what comes."""

from functools import cache
from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from catalog.models import ItemTag
from core.schema import Problem
from tests.api.caller import Caller
from tests.api.conftest import World
from tests.factories import make_item, make_tag

PROBLEM = {"$ref": "#/components/schemas/Problem"}


@cache
def described() -> dict[str, Any]:
    """Return the description as clients get it."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/")
    ]


def plain(node: Any) -> Any:
    """Return a description as JSON Schema: there, null is a type of its own."""
    if isinstance(node, list):
        return [plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {name: plain(each) for name, each in node.items() if name != "nullable"}
    return {"anyOf": [kept, {"type": "null"}]} if node.get("nullable") is True else kept


def fits(component: str, value: object) -> bool:
    schemas = plain(described()["components"]["schemas"])
    document = {"$ref": f"#/components/schemas/{component}", "components": {"schemas": schemas}}
    return jsonschema.Draft4Validator(document).is_valid(value)


def test_every_operation_says_how_it_refuses():
    found = operations()
    assert len(found) > 20
    for method, path, operation in found:
        refusals = {code: one for code, one in operation["responses"].items() if code >= "400"}
        assert {"400", "503"} <= refusals.keys(), path
        assert ("401" in refusals) == ("403" in refusals) == ("ApiKey" in str(operation)), path
        assert ("413" in refusals) == (method in {"post", "put", "patch"}), path
        for refusal in refusals.values():
            assert refusal["content"] == {"application/problem+json": {"schema": PROBLEM}}, path


def test_refusals_are_as_they_are_described(caller: Caller, ours: World, theirs: World):
    caller.post(f"statements/{ours.statement}/reject")
    caller.post("users/our-user/statements", {"tag": "gothic"})
    refusals = {
        400: caller.put("items/a", {"is_available": 7}),
        401: Caller(None).get("tags"),
        403: Caller(ours.workspace, ["items:read"]).put("items/a", {}),
        404: caller.get(f"items/{theirs.item}"),
        409: caller.post(f"statements/{ours.statement}/confirm"),
        413: caller.post("items/batch", [{}] * 1_001),
        415: caller.call("PUT", "items/a", content_type="text/csv", data="a,b"),
    }
    for status, response in refusals.items():
        assert response.status_code == status
        assert fits("Problem", response.json()), status
    assert not fits("Problem", {"detail": "Not found."})
    assert set(refusals[403].json()) - set(Problem().fields) == {"scope"}


BODIES: list[tuple[str, str, object]] = [
    ("recommendations", "SlateRequestIn", {"length": 100, "user": None}),
    ("recommendations", "SlateRequestIn", {"length": 101}),
    ("recommendations", "SlateRequestIn", {"length": 0}),
    ("recommendations", "SlateRequestIn", {"statements": ["gothic", {"tag": "noir"}]}),
    ("recommendations", "SlateRequestIn", {"statements": [7]}),
    ("recommendations", "SlateRequestIn", {"statements": [{"tag": "noir", "strength": 0}]}),
    ("recommendations", "SlateRequestIn", {"statements": ["noir"] * 51}),
    ("recommendations", "SlateRequestIn", {"exclude_ids": ["x"] * 1_000}),
    ("recommendations", "SlateRequestIn", {"exclude_ids": ["x"] * 1_001}),
    ("recommendations", "SlateRequestIn", {"sources": ["magic"]}),
    ("recommendations", "SlateRequestIn", {"sources": []}),
    ("recommendations", "SlateRequestIn", {"filters": {"not": {"tags": {"all": ["a"]}}}}),
    ("recommendations", "SlateRequestIn", {"filters": {"attribute": "a", "in": ["x", 1, True]}}),
    ("recommendations", "SlateRequestIn", {"filters": {"attribute": "a", "gte": 1, "lt": 2}}),
    ("recommendations", "SlateRequestIn", {"filters": {"attribute": "a"}}),
    ("recommendations", "SlateRequestIn", {"filters": {"and": [{"tags": ["a"]}, {"no": 1}]}}),
    ("recommendations", "SlateRequestIn", {"filters": {"tags": {"some": ["a"]}}}),
    ("recommendations", "SlateRequestIn", {"boosts": [{"filter": {"ids": ["a"]}, "factor": 2}]}),
    ("recommendations", "SlateRequestIn", {"boosts": [{"filter": {"ids": ["a"]}, "factor": 0}]}),
    ("users/our-user/statements", "StatementIn", {"tag": "a", "strength": 1}),
    ("users/our-user/statements", "StatementIn", {"tag": "a", "strength": 0}),
    ("users/our-user/statements", "StatementIn", {"tag": "a", "strength": 1.01}),
    ("items/batch", "ItemBatchIn", [{"id": "a"}]),
    ("items/batch", "ItemBatchIn", {"items": [{"id": "a", "title": None}]}),
    ("items/batch", "ItemBatchIn", {"rows": []}),
    ("items/batch", "ItemBatchIn", [{"id": "a"}] * 1_001),
    ("users/batch", "UserBatchIn", {"users": [{"id": "a"}]}),
    ("interactions", "InteractionBatchIn", {"interactions": []}),
    ("interactions", "InteractionBatchIn", {"items": []}),
]


@pytest.mark.parametrize(("path", "component", "body"), BODIES)
def test_what_is_described_is_what_is_taken(caller: Caller, ours: World, path, component, body):
    is_taken = caller.post(path, body).status_code < 400
    assert fits(component, body) == is_taken


@pytest.mark.parametrize(
    ("path", "component", "body"),
    [
        ("items/our-item", "PatchedItemIn", {"title": None, "tags": None, "available_from": None}),
        ("users/our-user", "PatchedUserIn", {"name": None, "traits": None}),
    ],
)
def test_null_empties_a_field_and_may_be_sent(caller: Caller, ours: World, path, component, body):
    assert fits(component, body)
    answer = caller.patch(path, body).json()
    assert not any(answer[field] for field in body)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Fits your liking for noir"), ("zh-hans", "符合你对“noir”的喜好")],
)
def test_reasons_are_facts_with_a_sentence_in_the_language_asked_for(
    caller: Caller, ours: World, language: str, sentence: str
):
    noir = make_tag(ours.workspace, "noir")
    for number in range(3):
        item = make_item(ours.workspace, f"n{number}", title=f"N {number}")
        ItemTag.objects.create(workspace=ours.workspace, item=item, tag=noir)
    body = {"statements": ["noir"], "language": language, "length": 1}
    first = caller.post("recommendations", body).json()
    following = caller.post(f"recommendations/{first['id']}/next").json()
    for slate in (first, following):
        assert fits("SlateOut", slate)
        found = [reason["sentence"] for item in slate["items"] for reason in item["reasons"]]
        assert sentence in found
