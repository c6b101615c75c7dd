"""Whatever goes wrong, the answer is a problem document: a stable code, the request's name."""

import json

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import path
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import ApiKeyAuthentication
from core.api import flatten
from core.problems import meanings
from likeness import urls
from tests.api.caller import Caller
from tests.api.conftest import World

FIELDS = {"type", "title", "status", "detail", "code", "request_id"}


class BrokenView(APIView):
    """Breaks in the way that its address names."""

    authentication_classes = []
    permission_classes = []

    def get(self, request: Request, how: str) -> Response:
        errors = {
            "bug": ZeroDivisionError(),
            "throttle": Throttled(wait=2.5),
            "database": OperationalError("gone"),
        }
        raise errors[how]


# The platform's addresses with one more that breaks, in front of the last word on /api/.
urlpatterns = [path("api/broken/<str:how>", BrokenView.as_view()), *urls.urlpatterns]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500

breaking = pytest.mark.urls("tests.api.test_problems")


def problem(response, status: int, code: str) -> dict:
    body = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body.keys() >= FIELDS
    assert body["detail"]
    assert body["request_id"] == response["X-Request-ID"]
    return body


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("where", ["/api/", "/api/v1/nothing", "/api/v2/items", "/health/well"])
def test_an_unknown_address_is_a_problem_with_and_without_debug(settings, where, debug):
    settings.DEBUG = debug
    assert where in problem(Client().get(where), 404, "not_found")["detail"]


def test_an_unknown_page_is_no_problem_document():
    response = Client().get("/nothing")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


@breaking
def test_a_bug_answers_500_and_tells_nothing_of_it():
    response = Client(raise_request_exception=False).get("/api/broken/bug")
    assert "ZeroDivision" not in problem(response, 500, "server_error")["detail"]


@breaking
def test_a_throttled_caller_is_told_how_long_to_wait():
    response = Client().get("/api/broken/throttle")
    problem(response, 429, "throttled")
    assert response["Retry-After"] == "3"


@breaking
def test_a_database_that_is_away_is_not_ready_yet():
    response = Client().get("/api/broken/database")
    assert "gone" not in problem(response, 503, "not_ready")["detail"]
    assert response["Retry-After"] == "5"


def test_a_database_that_is_away_when_the_key_is_looked_up_is_not_ready_yet(
    monkeypatch, caller: Caller
):
    def refuse(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(ApiKeyAuthentication, "authenticate", refuse)
    problem(caller.get("tags"), 503, "not_ready")


def test_a_host_that_we_are_not_is_a_problem():
    response = Client(headers={"host": "elsewhere.example"}).get("/api/v1/tags")
    problem(response, 400, "bad_request")


@pytest.mark.parametrize(
    "body",
    [
        '{"title": ',
        b'{"title": "\xff"}',
        '{"title": NaN}',
        "[" * 100_000,
        '{"attributes": ' + "[" * 100 + "]" * 100 + "}",
        '{"attributes": ' + '{"a": ' * 100 + "{}" + "}" * 100 + "}",
        '{"title": "a\\u0000b"}',
        '{"title": "\\ud800"}',
        '{"attributes": {"a": [1e999]}}',
        '{"attributes": {"\\u0000": 1}}',
        '"text"',
        "[]",
        "7",
        "null",
    ],
)
def test_a_body_that_cannot_be_used_is_refused(caller: Caller, body):
    assert problem(caller.put("items/a", body), 400, "unreadable")


def test_a_body_as_deep_as_may_be_is_taken(caller: Caller):
    deep = {"attributes": {"a": json.loads("[" * 98 + "]" * 98)}}
    assert caller.put("items/a", json.dumps(deep)).status_code == 201


def test_another_form_than_json_is_refused(caller: Caller):
    response = caller.call("PUT", "items/a", content_type="text/csv", data="a,b")
    problem(response, 415, "unsupported_media_type")


def test_a_body_over_the_limit_is_refused_unread(caller: Caller):
    body = json.dumps([{"id": "a", "text": "x" * (5 * 2**20)}])
    assert "5 MiB" in problem(caller.post("items/batch", body), 413, "too_large")["detail"]


def test_a_batch_over_the_limit_is_refused_whole(caller: Caller):
    rows = [{"id": str(number)} for number in range(1_001)]
    body = problem(caller.post("items/batch", rows), 413, "too_large")
    assert "1,001" in body["detail"]
    assert caller.get("items/1").status_code == 404


@pytest.mark.parametrize("path", ["items/batch", "users/batch", "interactions"])
def test_a_batch_that_is_no_list_is_refused(caller: Caller, path: str):
    problem(caller.post(path, {"rows": []}), 400, "unreadable")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_is_sent_to_no_address_is_a_problem_and_no_page(method):
    client = Client(enforce_csrf_checks=True)
    response = client.generic(method, "/api/v1/nowhere", "{}", content_type="application/json")
    assert "/api/v1/nowhere" in problem(response, 404, "not_found")["detail"]


def test_a_method_that_an_address_lacks_is_named(caller: Caller):
    response = caller.delete("tags")
    assert "DELETE" in problem(response, 405, "method_not_allowed")["detail"]
    assert "GET" in response["Allow"]


def test_a_wrong_field_is_named_with_its_value(caller: Caller):
    body = problem(caller.put("items/a", {"is_available": "perhaps"}), 400, "invalid")
    assert body["errors"] == [
        {
            "code": "invalid",
            "field": "is_available",
            "value": "perhaps",
            "message": "is_available is 'perhaps': send true or false.",
        }
    ]


def test_serializer_refusals_name_their_fields_the_same_way(caller: Caller, ours: World):
    body = problem(
        caller.post("users/our-user/statements", {"tag": "", "polarity": 7}), 400, "invalid"
    )
    assert [(error["field"], error["code"]) for error in body["errors"]] == [
        ("tag", "blank"),
        ("polarity", "invalid_choice"),
    ]
    assert [error["message"] for error in body["errors"]] == [
        "It is empty: send a tag's key or its name.",
        "It is '7': send 1 (likes) or -1 (dislikes).",
    ]


def test_nested_refusals_become_dotted_paths():
    wrong = {"message": "Not this.", "code": "invalid"}
    nested = {"a": {"b": [wrong]}, "rows": [{}, {"c": [wrong]}], "non_field_errors": [wrong]}
    fields = [entry["field"] for entry in flatten(nested)]
    assert fields == ["a.b", "rows.1.c", "body"]


def test_the_callers_own_request_name_comes_back(caller: Caller):
    response = caller.call("GET", "items/none", headers={"X-Request-ID": "order-77"})
    assert problem(response, 404, "not_found")["request_id"] == "order-77"


def test_every_code_is_explained_at_the_address_that_problems_name(caller: Caller):
    where = caller.get("items/none").json()["type"]
    assert where == "/api/v1/problems/not_found"
    assert Client().get(where).json()["status"] == 404
    assert all(meaning for _, (_, meaning) in meanings())
    assert {"too_large", "no_key", "key_expired", "conflict", "throttled"} <= dict(
        meanings()
    ).keys()
    problem(Client().get("/api/v1/problems/none-such"), 404, "not_found")
