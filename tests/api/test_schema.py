"""The description of the API says what the API does."""

import dataclasses

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLResolver, get_resolver
from rest_framework.views import APIView

import catalog.api.serializers
import catalog.rows
import profiles.api.serializers
import profiles.rows
import recommendations.api.list_serializers
import recommendations.api.serializers
import recommendations.lists
import recommendations.rows
from accounts.api.base import WorkspaceView
from accounts.scopes import Scope
from profiles.queries import portraits, views


def api_views(patterns=None) -> set[type[APIView]]:
    found: set[type[APIView]] = set()
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            found |= api_views(pattern.url_patterns)
        elif issubclass(view := getattr(pattern.callback, "cls", object), WorkspaceView):
            found.add(view)
    return found


def methods_of(view: type[APIView]) -> set[str]:
    names = ("get", "post", "put", "patch", "delete")
    return {name.upper() for name in names if hasattr(view, name)}


def test_every_view_declares_a_scope_for_each_of_its_methods():
    views = api_views()
    assert len(views) >= 15
    for view in views:
        assert methods_of(view) == view.scopes.keys(), view.__name__


def test_every_scope_opens_something():
    used = {scope for view in api_views() for scope in view.scopes.values()}
    assert used == set(Scope)


def test_the_schema_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", file=str(tmp_path / "schema.yml"), validate=True, fail_on_warn=True)


def test_schema_and_docs_are_open_and_come_from_here(db):
    schema, docs = Client().get("/api/v1/schema/"), Client().get("/api/v1/docs/")
    assert schema.status_code == docs.status_code == 200
    text = docs.content.decode()
    assert "drf_spectacular_sidecar" in text
    assert "//cdn" not in text


def test_the_docs_own_files_are_served(db):
    page = Client().get("/api/v1/docs/").content.decode()
    sources = [part.split('"')[0] for part in page.split('src="')[1:]]
    assert sources
    for source in sources:
        assert Client().get(source).status_code == 200, source


@pytest.mark.parametrize(
    ("serializer", "row"),
    [
        (catalog.api.serializers.ItemIn, catalog.rows.ItemIn),
        (profiles.api.serializers.UserIn, profiles.rows.UserIn),
        (profiles.api.serializers.InteractionIn, profiles.rows.InteractionIn),
        (recommendations.api.serializers.SlateRequestIn, recommendations.rows.SlateRequest),
        (recommendations.api.serializers.InlineStatementIn, recommendations.rows.InlineStatement),
        (recommendations.api.serializers.SlateItemOut, recommendations.rows.SlateItem),
        (recommendations.api.serializers.SlateOut, recommendations.rows.ServedSlate),
        (recommendations.api.list_serializers.ListsRequestIn, recommendations.lists.ListsRequest),
        (
            recommendations.api.list_serializers.PlaylistRequestIn,
            recommendations.lists.PlaylistRequest,
        ),
    ],
)
def test_what_is_described_is_what_is_read(serializer, row):
    assert set(serializer().fields) == {field.name for field in dataclasses.fields(row)}


@pytest.mark.parametrize(
    ("serializer", "view", "left_out"),
    [
        ("PortraitOut", portraits.Portrait, {"workspace"}),
        ("StatementOut", views.StatementView, set()),
        ("EvidenceOut", views.EvidenceView, {"interaction"}),
        ("ProfileSegmentOut", portraits.SegmentView, set()),
        ("CountsOut", portraits.Counts, set()),
    ],
)
def test_a_portrait_is_shown_whole(serializer, view, left_out):
    shown = set(getattr(profiles.api.serializers, serializer)().fields) - {
        "evidence_count",
        "latent",
    }
    assert shown == {field.name for field in dataclasses.fields(view)} - left_out
