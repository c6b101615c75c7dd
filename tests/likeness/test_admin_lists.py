"""The admin's lists count for the rows of a page, and not for all rows there are."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Tag
from profiles.models import Segment, SegmentRun, SegmentSize, Statement, User
from profiles.segments_admin import RUNS_DRAWN
from tests.factories import make_space, make_tag
from tests.likeness.people import give_statement, make_staff

pytestmark = pytest.mark.django_db


def listed(model) -> dict[int, object]:
    """The rows that the list of a model asks for, by their keys."""
    request = RequestFactory().get("/")
    request.user = make_staff("chief")
    rows = admin.site.get_model_admin(model).get_queryset(request)
    joined = {table.table_name for table in rows.query.alias_map.values()}
    assert not joined & {"profiles_statement", "catalog_itemtag"}, "counted before it is cut"
    return {row.pk: row for row in rows}


def test_users_are_told_with_what_is_believed_and_waits(reader):
    user, workspace = reader.user, reader.world.workspace
    gothic = reader.world.gothic[:1]
    status = Statement.Status
    fields = [
        {"status": status.PINNED},
        {"status": status.PROPOSED},
        {"status": status.PROPOSED, "level": Statement.Level.LATENT},
        {"status": status.REJECTED},
        {"status": status.ACTIVE, "is_hidden": True},
    ]
    for number, each in enumerate(fields):
        give_statement(user, make_tag(workspace, f"tag {number}"), gothic, **each)
    rows = listed(User)
    assert (rows[user.pk].beliefs, rows[user.pk].proposals) == (2, 1)
    others = [row for pk, row in rows.items() if pk != user.pk]
    assert all((row.beliefs, row.proposals) == (0, 0) for row in others)


def test_tags_are_told_with_the_items_that_bear_them(reader):
    bare = make_tag(reader.world.workspace, "bare")
    rows = listed(Tag)
    gothic = reader.world.tags["gothic"]
    assert rows[gothic.pk].uses == gothic.item_tags.count() > 1
    assert rows[bare.pk].uses == 0


def test_segments_are_drawn_from_their_latest_runs_without_the_reports(workspace):
    space = make_space(workspace)
    segment = Segment.objects.create(
        workspace=workspace, number=1, space=space, centroid=[1.0], size=9
    )
    for size in range(RUNS_DRAWN + 5):
        run = SegmentRun.objects.create(workspace=workspace, segments=1, users=size, stability=1.0)
        SegmentSize.objects.create(workspace=workspace, run=run, segment=segment, size=size)
    client = Client()
    client.force_login(make_staff("chief"))
    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("admin:profiles_segment_changelist")).content.decode()
    drawn = re.search(r'class="lk-sparks" title="([^"]*)">([^<]*)<', page)
    assert drawn.group(1) == f"5 → {RUNS_DRAWN + 4}"
    assert len(drawn.group(2)) == RUNS_DRAWN
    assert not any("report" in query["sql"] for query in captured)
