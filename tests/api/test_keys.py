"""Who gets in: a key that is known, alive, and carries the scope."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from accounts.scopes import Scope
from accounts.services import keys
from core.errors import InvalidError
from tests.api.caller import Caller
from tests.api.conftest import World


def refusal(response):
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def test_without_a_key_the_answer_asks_for_one(ours: World):
    response = Caller(None).get("tags")
    assert refusal(response) == (401, "no_key")
    assert response["WWW-Authenticate"] == 'Bearer realm="likeness"'


@pytest.mark.parametrize(
    "header",
    [
        "Bearer lk_deadbeef_0123",
        "Bearer nonsense",
        "Bearer lk__",
        "Bearer lk_%_x",
        "Bearer ключ",
    ],
)
def test_a_key_that_was_never_given_out_is_refused(ours: World, header: str):
    caller = Caller(None)
    caller.headers["Authorization"] = header
    assert refusal(caller.get("tags")) == (401, "key_unknown")


def test_the_right_prefix_with_a_wrong_secret_is_refused(caller: Caller):
    caller.headers["Authorization"] = f"Bearer lk_{caller.key.prefix}_{'0' * 64}"
    assert refusal(caller.get("tags")) == (401, "key_unknown")


def test_an_expired_key_is_refused(caller: Caller):
    ApiKey.objects.filter(pk=caller.key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refusal(caller.get("tags")) == (401, "key_expired")


def test_a_revoked_key_is_refused(caller: Caller):
    keys.revoke_key(caller.key)
    assert refusal(caller.get("tags")) == (401, "key_revoked")


def test_a_key_without_the_scope_is_told_which_one_it_lacks(ours: World):
    caller = Caller(ours.workspace, scopes=[Scope.ITEMS_READ])
    response = caller.put("items/new", {"title": "New"})
    assert refusal(response) == (403, "forbidden")
    assert response.json()["scope"] == "items:write"
    assert "items:write" in response.json()["detail"]
    assert caller.get("items/new").status_code == 404


def test_only_the_hash_of_a_key_is_stored(ours: World):
    key, plain = keys.issue_key(workspace=ours.workspace, name="x", scopes=["items:read"])
    mark, prefix, secret = plain.split("_")
    stored = ApiKey.objects.get(pk=key.pk)
    assert (mark, prefix) == ("lk", stored.prefix)
    assert len(bytes.fromhex(secret)) == 32
    assert secret not in repr(vars(stored))


def test_a_key_lives_as_long_as_was_asked(ours: World):
    before = timezone.now()
    key, _ = keys.issue_key(workspace=ours.workspace, name="x", scopes=["items:read"], days=7)
    assert timedelta(0) <= key.expires_at - before - timedelta(days=7) < timedelta(minutes=1)


@pytest.mark.parametrize(("scopes", "days"), [(["items:eat"], 90), ([], 90), (["items:read"], 0)])
def test_a_key_for_nothing_or_for_the_unknown_is_not_made(ours: World, scopes, days):
    with pytest.raises(InvalidError):
        keys.issue_key(workspace=ours.workspace, name="x", scopes=scopes, days=days)


def test_use_is_noted_once_in_a_while(caller: Caller, django_assert_num_queries):
    caller.get("tags")
    first = ApiKey.objects.get(pk=caller.key.pk).last_used_at
    assert first is not None
    with django_assert_num_queries(2):  # the key, the tags, no note
        caller.get("tags")
    ApiKey.objects.filter(pk=caller.key.pk).update(last_used_at=first - timedelta(minutes=6))
    caller.get("tags")
    assert ApiKey.objects.get(pk=caller.key.pk).last_used_at >= first


def test_a_key_is_revoked_once_and_keeps_its_moment(caller: Caller):
    first = keys.revoke_key(caller.key).revoked_at
    assert keys.revoke_key(caller.key).revoked_at == first
