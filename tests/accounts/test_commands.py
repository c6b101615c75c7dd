"""Workspaces and keys from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, Workspace
from profiles.models import Kind
from tests.api.caller import Caller


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
    ],
)
def test_a_mistake_is_one_sentence(db, words, sentence):
    said("workspace", "create", "here")
    with pytest.raises(CommandError, match=sentence):
        said("apikey", *words)
