"""Staff see what a correction would move before they save it, and nothing of the look stays."""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Membership
from core.errors import ConflictError
from likeness.moves import slopes_of
from likeness.pages.picks import Pick
from likeness.previews_admin import previewed
from profiles.models import Statement
from profiles.services import corrections
from tests.likeness.people import Reader, give_statement, make_reader, make_staff

pytestmark = pytest.mark.django_db
PLACES = re.compile(r'<ol class="lk-places">(.*?)</ol>', re.DOTALL)
TITLES = re.compile(r"<b>(.*?)</b>")
OURS = ("accounts", "catalog", "core", "profiles", "recommendations")


@pytest.fixture
def curator(reader: Reader) -> Client:
    return client_of(make_staff("curator", reader.world.workspace))


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def preview_of(statement: Statement, verdict: str) -> str:
    place = reverse("preview-statement", args=[statement.user_id, statement.pk])
    return f"{place}?verdict={verdict}"


def portrait_of(statement: Statement) -> str:
    return reverse("admin:profiles_user_change", args=[statement.user_id])


def lists_on(page: str) -> list[list[str]]:
    return [TITLES.findall(places) for places in PLACES.findall(page)]


def everything() -> dict[str, list[tuple]]:
    """Return every row of ours, by table."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return {
        model._meta.label: sorted(map(str, model._base_manager.values_list()))
        for model in models
        if model is not Account  # who signs in is written down
    }


def prepared(reader: Reader, verdict: str) -> Statement:
    """Return a statement on which the verdict moves something."""
    gothic = Statement.objects.get(user=reader.user)
    if verdict == "undo":
        corrections.reject(statement=gothic)
        return gothic
    if verdict == "reject":
        return gothic
    world = reader.world
    return give_statement(
        reader.user, world.tags["travel"], world.travel[:1], status="proposed", confidence=0.9
    )


@pytest.mark.parametrize("verdict", ["confirm", "reject", "pin", "undo"])
def test_what_is_saved_is_what_was_seen_and_looking_leaves_nothing(
    reader, curator, verdict, django_capture_on_commit_callbacks
):
    statement = prepared(reader, verdict)
    curator.get(portrait_of(statement))
    rows = everything()
    with django_capture_on_commit_callbacks() as jobs:
        page = curator.get(preview_of(statement, verdict)).content.decode()
    assert jobs == []
    assert everything() == rows
    before, after = lists_on(page)
    assert before != after
    assert len(before) == len(after) == 8
    assert lists_on(curator.get(portrait_of(statement)).content.decode()) == [before]
    assert "lk-up" in page
    saved = curator.post(
        portrait_of(statement), {"statement": statement.pk, "verdict": verdict}, follow=True
    )
    assert lists_on(saved.content.decode()) == [after]


def pick(key: str, position: int) -> Pick:
    return Pick(key, position, key, "", "", 0, "", [])


def test_each_items_way_is_drawn():
    before, after = [pick("a", 1), pick("b", 2), pick("c", 3)], [pick("b", 1), pick("d", 2)]
    drawn = {one.title: (one.way, one.y1, one.y2) for one in slopes_of(before, after)}
    assert drawn["b"] == ("up", 150, 50)
    assert [drawn[key][0] for key in "acd"] == ["down", "down", "up"]
    assert (drawn["a"][1], drawn["c"][1], drawn["d"][2]) == (50, 250, 150)


def test_undoing_what_the_user_declared_is_shown_and_the_declaration_stays(reader, curator):
    declared = corrections.declare(user=reader.user, tag_key_or_name="steam trains", polarity=1)
    rows = everything()
    assert curator.get(preview_of(declared, "undo")).status_code == 200
    assert everything() == rows


def test_the_statements_own_page_leads_to_it(reader, curator):
    statement = Statement.objects.get(user=reader.user)
    page = curator.get(reverse("admin:profiles_statement_change", args=[statement.pk]))
    assert preview_of(statement, "").removesuffix("?verdict=") in page.content.decode()


def test_a_list_that_stays_is_said_to_stay(reader, curator):
    statement = Statement.objects.get(user=reader.user)
    corrections.confirm(statement=statement)
    page = curator.get(preview_of(statement, "confirm")).content.decode()
    assert "The list would stay as it is." in page
    assert 'lk-move"' not in page


def test_what_no_longer_holds_is_refused_with_its_reason(reader, curator):
    gothic = Statement.objects.get(user=reader.user)
    corrections.declare(user=reader.user, tag_key_or_name="gothic", polarity=-1)
    answer = curator.get(preview_of(gothic, "reject"), follow=True)
    assert answer.redirect_chain[0][0] == f"{portrait_of(gothic)}#statement-{gothic.pk}"
    assert "no longer holds" in answer.content.decode()


def test_a_refused_verdict_leaves_the_connection_sound(reader):
    statement = Statement.objects.get(user=reader.user)
    with pytest.raises(ConflictError):
        previewed(reader.user, statement, "undo")
    assert not connection.needs_rollback


def test_a_viewer_is_sent_back(reader):
    viewer = make_staff("viewer", reader.world.workspace, role=Membership.Role.VIEWER)
    statement = Statement.objects.get(user=reader.user)
    page = client_of(viewer).get(preview_of(statement, "reject"), follow=True).content.decode()
    assert "but not change it" in page


def test_another_users_statement_and_another_workspaces_are_not_there(reader, curator):
    bob = make_reader("bob", world=reader.world).user
    theirs = Statement.objects.get(user=bob)
    place = reverse("preview-statement", args=[reader.user.pk, theirs.pk])
    assert curator.get(place).status_code == 404
    elsewhere = Statement.objects.get(user=make_reader("eve").user)
    assert curator.get(preview_of(elsewhere, "reject")).status_code == 404
