"""Workspaces and keys from the command line."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import RestrictedError

from accounts.models import Account, ApiKey, Workspace
from profiles.models import Kind, User
from recommendations.models import Slate
from recommendations.services.learning import learn
from tests.api.caller import Caller
from tests.recommendations.worlds import make_world


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_workspace_is_made_with_its_kinds_and_again_unharmed(db):
    assert said("workspace", "create", "films", "--scenario", "video").startswith("Made films")
    Kind.objects.filter(name="watch").update(weight=0.25)
    assert "already" in said("workspace", "create", "films", "--scenario", "music")
    films = Workspace.objects.get()
    assert films.scenario == "video"
    assert Kind.objects.get(workspace=films, name="watch").weight == 0.25
    assert said("workspace", "list") == "films  video\n"


def rows_of(workspace: Workspace) -> dict[str, int]:
    return {
        model._meta.label_lower: model._default_manager.filter(workspace=workspace).count()
        for model in apps.get_models()
        if any(field.name == "workspace" for field in model._meta.concrete_fields)
    }


def test_a_workspace_is_deleted_with_all_it_has_and_no_other(db):
    gone, kept = make_world(size=3, readers=2).workspace, make_world(size=3, readers=2).workspace
    for world in (gone, kept):
        learn(world.pk)
        serve_all(world)
    before, others = rows_of(gone), rows_of(kept)
    assert before["profiles.interaction"] == 8
    with pytest.raises(CommandError, match="add --yes"):
        said("workspace", "delete", gone.name)
    assert rows_of(gone) == before
    told = {
        label: int(count) for count, label in map(str.split, said(*deleting(gone)).splitlines())
    }
    connection.check_constraints()  # what Postgres looks at when a transaction commits
    assert told == {label: count for label, count in before.items() if count} | {
        "accounts.workspace": 1
    }
    assert not any(rows_of(gone).values())
    assert rows_of(kept) == others


def deleting(workspace: Workspace) -> list[str]:
    return ["workspace", "delete", workspace.name, "--yes"]


def serve_all(workspace: Workspace) -> None:
    """Let something refer to every user: a slate, and a second one that follows it."""
    for user in User.objects.filter(workspace=workspace):
        first = Slate.objects.create(workspace=workspace, user=user, item_ids=[], scores=[])
        Slate.objects.create(workspace=workspace, user=user, item_ids=[], scores=[], previous=first)


def test_a_workspace_with_interactions_can_be_deleted_row_by_row_too(db):
    workspace = make_world(size=3, readers=2).workspace
    with pytest.raises(RestrictedError):
        Kind.objects.filter(workspace=workspace).delete()
    workspace.delete()
    assert not Kind.objects.exists()


@pytest.mark.parametrize("name", ["With Spaces", "Ünder", "-", "x" * 65])
def test_a_name_that_cannot_be_is_refused(db, name: str):
    with pytest.raises(CommandError, match="cannot be"):
        said("workspace", "create", "--title", "T", "--", name)
    assert not Workspace.objects.exists()


def test_a_key_from_the_command_line_opens_its_scopes_and_no_other(workspace: Workspace):
    plain = said("apikey", "--workspace", workspace.name, "--scopes", "items:read", "--days", "3")
    caller = Caller(None)
    caller.headers["Authorization"] = f"Bearer {plain.strip()}"
    assert caller.get("tags").status_code == 200
    assert caller.get("users/x/profile").status_code == 403


def test_a_key_says_whose_it_is(workspace: Workspace):
    ann = Account.objects.create(username="ann")
    said("apikey", "--workspace", workspace.name, "--account", "ann")
    assert ApiKey.objects.get().created_by == ann


def test_a_key_can_be_listed_and_revoked_but_not_read(workspace: Workspace):
    plain = said("apikey", "--workspace", workspace.name, "--name", "shop")
    _, prefix, secret = plain.strip().split("_")
    listed = said("apikey", "--workspace", workspace.name, "--list")
    assert prefix in listed
    assert "shop" in listed
    assert secret not in listed
    said("apikey", "--workspace", workspace.name, "--revoke", prefix)
    assert ApiKey.objects.get().revoked_at is not None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--workspace", "none"], "no workspace 'none'"),
        (["--workspace", "here", "--scopes", "items:eat"], "no scope 'items:eat'"),
        (["--workspace", "here", "--days", "0"], "lives 1 to"),
        (["--workspace", "here", "--revoke", "beef"], "no key 'beef'"),
        (["--workspace", "here", "--account", "nobody"], "no account 'nobody'"),
    ],
)
def test_a_mistake_is_one_sentence(db, words, sentence):
    said("workspace", "create", "here")
    with pytest.raises(CommandError, match=sentence):
        said("apikey", *words)
