"""Where raw texts are not kept, what was sent is nowhere: not in a table, not in an export."""

import json
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from accounts.models import Workspace
from accounts.services import workspaces
from core.jobs import Job
from profiles.models import Review, User
from profiles.rows import InteractionIn
from profiles.services.corrections import export
from profiles.services.interactions import record_interactions
from profiles.services.readings import compare_anew
from profiles.services.statements import state_users
from tests.factories import make_item, make_workspace
from tests.profiles.readers import NOW
from workers.tasks import texts

pytestmark = pytest.mark.django_db

SECRETS = ("ann@example.org", "650-253-0000", "Wilhelmina", "12 Oak Street")
SENT = (
    "<p>Witty, and the acting is superb!</p> My daughter Wilhelmina agrees. Write to "
    "ann@example.org, call 650-253-0000, or come to 12 Oak Street, Springfield, IL 62704."
)


def places_of(words: str) -> list[str]:
    """Return the tables of which a row, written out as JSON, holds these words."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            query = sql.SQL("SELECT count(*) FROM {} AS row WHERE to_jsonb(row)::text LIKE %s")
            cursor.execute(query.format(sql.Identifier(table)), [f"%{words}%"])
            found += [table] * bool(cursor.fetchone()[0])
    return found


def arrive(workspace) -> User:
    make_item(workspace, "emma", text="A match-maker errs.")
    row = InteractionIn("ann", "emma", "review", text=SENT, event_id="e1", value=5)
    record_interactions(workspace=workspace, rows=[row], now=NOW)
    return User.objects.get(workspace=workspace)


def work(workspace, user: User) -> None:
    texts.clean_texts(workspace.pk)
    texts.read_reviews(workspace.pk)
    texts.tag_items(workspace.pk, at_once=1)
    state_users(workspace.pk, [user.pk], now=NOW)


def traces(user: User) -> set[str]:
    told = json.dumps(export(user), default=str)
    return {words for words in (*SECRETS, "<p>") if places_of(words) or words in told}


def test_nothing_that_was_sent_remains_where_none_is_kept(db):
    workspace = make_workspace(keeps_raw_text=False)
    user = arrive(workspace)
    assert not traces(user), "before any worker came"
    work(workspace, user)
    assert not traces(user)
    compare_anew(Review.objects.values_list("pk", flat=True))
    work(workspace, user)
    assert not traces(user), "after it was cleaned again"
    review = Review.objects.get()
    assert review.masked == 4
    assert review.clean_text.startswith("Witty, and the acting is superb!")


def test_what_was_kept_goes_once_a_workspace_keeps_none(workspace):
    user = arrive(workspace)
    work(workspace, user)
    assert traces(user) == {*SECRETS, "<p>"}, "this one keeps what was sent"
    told = StringIO()
    call_command("workspace", "raw-text", workspace.name, "drop", stdout=told)
    assert "cleaned form only" in told.getvalue()
    work(workspace, user)
    assert not traces(user)
    call_command("workspace", "raw-text", workspace.name, "keep", stdout=told)
    assert Workspace.objects.get(pk=workspace.pk).keeps_raw_text


def test_dropping_asks_for_a_cleaning_and_a_new_workspace_may_begin_so(monkeypatch, workspace):
    asked = []
    monkeypatch.setattr(workspaces, "enqueue", lambda job, **to: asked.append((job, to)))
    assert workspaces.keep_raw_text(workspace=workspace, is_kept=False)
    assert not workspaces.keep_raw_text(workspace=workspace, is_kept=False)
    assert asked == [(Job.CLEAN, {"workspace_id": workspace.pk, "at_once": 1})]
    call_command("workspace", "create", "quiet", "--drop-raw-text", stdout=StringIO())
    assert not Workspace.objects.get(name="quiet").keeps_raw_text
    with pytest.raises(CommandError):
        call_command("workspace", "raw-text", "nowhere", "drop")
