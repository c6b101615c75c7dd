"""Users, what they did, their leave, and the copy of everything that is theirs."""

import uuid

import pytest
from django.utils import timezone

from profiles.models import Interaction, Review, Statement, User
from tests.api.caller import Caller, encoded
from tests.api.conftest import World


@pytest.mark.parametrize("name", ["u/1", "用户 7", "batch", "100%"])
def test_any_id_can_be_put_changed_and_erased(caller: Caller, name: str):
    where = f"users/{encoded(name)}"
    assert caller.put(where, {"name": "One", "language": "zh"}).status_code == 201
    body = caller.patch(where, {"traits": {"plan": "free"}}).json()
    assert (body["id"], body["name"], body["traits"]) == (name, "One", {"plan": "free"})
    assert caller.get(f"{where}/profile").json()["user"] == name
    assert caller.get(f"{where}/export").json()["user"] == name
    assert caller.delete(where).status_code == 200
    assert caller.patch(where, {"name": "Two"}).status_code == 404


def test_a_batch_of_users_is_answered_row_by_row(caller: Caller):
    rows = [{"id": "a"}, {"id": "b", "traits": 7}, {"id": "our-user", "name": "New"}]
    response = caller.post("users/batch", {"users": rows})
    assert response.status_code == 207
    assert response.json()["counts"] == {"created": 1, "rejected": 1, "updated": 1}


def test_an_interaction_sent_twice_is_stored_once(caller: Caller, ours: World):
    row = {"user": "new-user", "item": "our-item", "kind": "rate", "value": 5, "event_id": "e1"}
    first = caller.post("interactions", [row])
    again = caller.post("interactions", {"interactions": [row]})
    assert first.json()["results"] == [{"id": "e1", "status": "created"}]
    assert again.json()["results"] == [{"id": "e1", "status": "unchanged"}]
    assert Interaction.objects.filter(user__external_id="new-user").count() == 1


def test_good_interactions_are_kept_beside_bad_ones(caller: Caller, ours: World):
    before = User.objects.get(external_id="our-user").evidence_revision
    slate = str(uuid.uuid4())
    rows = [
        {"user": "our-user", "item": "nowhere", "kind": "like"},
        {"user": "our-user", "item": "our-item", "kind": "review", "text": "Lovely.", "value": 5},
        {"user": "our-user", "item": "our-item", "kind": "devour"},
        {"user": "our-user", "item": "our-item", "kind": "like", "slate_id": "x"},
        {"user": "our-user", "item": "our-item", "kind": "view", "slate_id": slate},
        {"event_id": "e9", "item": "our-item"},
    ]
    response = caller.post("interactions", rows)
    results = response.json()["results"]
    assert response.status_code == 207
    assert [row["status"] for row in results] == [
        "rejected",
        "created",
        "rejected",
        "rejected",
        "created",
        "rejected",
    ]
    assert [row.get("field") for row in results] == ["item", None, "kind", "slate_id", None, "kind"]
    assert results[5]["id"] == "e9"
    assert Review.objects.get().text == "Lovely."
    assert User.objects.get(external_id="our-user").evidence_revision > before


def test_an_erasure_leaves_nothing_and_its_receipt_says_so(caller: Caller, ours: World):
    body = caller.delete("users/our-user").json()
    assert body["user"] == "our-user"
    assert body["rows"]
    assert all(count["after"] == 0 for count in body["rows"].values())
    assert sum(count["before"] for count in body["rows"].values()) >= 5
    assert not User.objects.filter(workspace=ours.workspace).exists()
    assert not Statement.objects.filter(workspace=ours.workspace).exists()
    assert caller.delete("users/our-user").status_code == 404


def test_an_export_holds_the_statements_and_interactions(caller: Caller, ours: World):
    body = caller.get("users/our-user/export")
    assert "attachment" in body["Content-Disposition"]
    text = body.content.decode()
    assert "like" in text or "kind" in text
    assert str(ours.statement) in text
    assert timezone.now().strftime("%Y-") in text


def test_an_interaction_is_deleted_by_its_event_id_and_once(caller: Caller, ours: World):
    row = {"user": ours.user, "item": ours.item, "kind": "like", "event_id": "order/7"}
    assert caller.post("interactions", [row]).status_code == 200
    assert caller.delete("interactions/order/7").status_code == 204
    assert caller.delete("interactions/order/7").status_code == 404
    assert caller.post("interactions", [row]).json()["counts"] == {"created": 1}
