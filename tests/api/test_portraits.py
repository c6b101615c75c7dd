"""Portraits and statements over HTTP: read, declared, corrected, and how many queries it takes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from profiles.models import Evidence, Interaction, Statement, User
from tests.api.caller import Caller
from tests.api.conftest import World
from tests.factories import make_interaction, make_item, make_tag


def add_statements(world: World, many: int) -> None:
    user = User.objects.get(workspace=world.workspace, external_id=world.user)
    for number in range(many):
        tag = make_tag(world.workspace, f"tag-{number}-{Statement.objects.count()}")
        statement = Statement.objects.create(
            workspace=world.workspace,
            user=user,
            tag=tag,
            polarity=1,
            strength=0.5,
            confidence=0.5,
            level="observed",
            status="active",
            valid_from=timezone.now(),
            model="m",
            version="1",
        )
        for interaction in Interaction.objects.filter(user=user):
            Evidence.objects.create(
                workspace=world.workspace, statement=statement, interaction=interaction, weight=0.5
            )


def test_a_profile_shows_each_statement_with_its_evidence(caller: Caller, ours: World):
    body = caller.get("users/our-user/profile").json()
    [statement] = body["statements"]
    assert (statement["tag"], statement["polarity"], statement["strength"]) == ("gothic", 1, 0.8)
    assert statement["evidence_count"] == 1
    assert statement["evidence"][0]["item"] == "our-item"
    assert statement["evidence"][0]["kind"] == "like"
    assert body["segment"]["name"] == "Readers of gothic"
    assert body["counts"] == {"interactions": 1, "reviews": 0, "items": 1}


def test_brief_evidence_is_three_and_full_evidence_is_all(caller: Caller, ours: World):
    user = User.objects.get(external_id="our-user")
    for number in range(4):
        met = make_interaction(user, make_item(ours.workspace), "like")
        Evidence.objects.create(
            workspace=ours.workspace,
            statement_id=ours.statement,
            interaction=met,
            weight=0.1 * (number + 1),
        )
    brief = caller.get("users/our-user/profile").json()["statements"][0]
    full = caller.get("users/our-user/profile", evidence="full").json()["statements"][0]
    assert (len(brief["evidence"]), brief["evidence_count"]) == (3, 5)
    assert (len(full["evidence"]), full["evidence_count"]) == (5, 5)
    assert [line["weight"] for line in brief["evidence"]] == [0.8, 0.4, pytest.approx(0.3)]


def test_a_profile_can_be_read_as_it_was(caller: Caller, ours: World):
    began = datetime(2024, 3, 1, tzinfo=UTC)
    Statement.objects.filter(pk=ours.statement).update(
        level="declared", valid_from=began, valid_until=began + timedelta(days=10)
    )
    then = caller.get("users/our-user/profile", as_of="2024-03-05").json()
    after = caller.get("users/our-user/profile", as_of="2024-03-12T00:00:00Z").json()
    assert [statement["tag"] for statement in then["statements"]] == ["gothic"]
    assert after["statements"] == []


def test_names_come_in_the_language_that_was_asked_for(caller: Caller, ours: World):
    tag = Statement.objects.get(pk=ours.statement).tag
    tag.names = {"en": "gothic", "zh": "哥特"}
    tag.save()
    body = caller.get("users/our-user/profile", language="zh").json()
    assert body["statements"][0]["name"] == "哥特"


def test_a_portrait_is_in_its_user_s_own_language_unless_another_is_asked_for(
    caller: Caller, ours: World
):
    tag = Statement.objects.get(pk=ours.statement).tag
    tag.names = {"en": "gothic", "zh": "哥特"}
    tag.save()
    User.objects.filter(external_id="our-user").update(language="zh-Hans")
    own = caller.get("users/our-user/profile").json()
    assert (own["language"], own["statements"][0]["name"]) == ("zh-Hans", "哥特")
    other = caller.get("users/our-user/profile", language="en").json()
    assert (other["language"], other["statements"][0]["name"]) == ("en", "gothic")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"as_of": "soon"}, "as_of"),
        ({"evidence": "some"}, "evidence"),
        ({"language": "e" * 17}, "language"),
    ],
)
def test_a_wrong_question_names_its_part(caller: Caller, query, field):
    response = caller.get("users/our-user/profile", **query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


def test_declaring_adds_a_statement_and_again_changes_nothing(caller: Caller, ours: World):
    first = caller.post("users/our-user/statements", {"tag": "Slow burn", "polarity": -1})
    again = caller.post("users/our-user/statements", {"tag": "slow burn", "polarity": -1})
    assert first.status_code == 201
    assert first.json()["level"] == "declared"
    assert first.json()["polarity"] == -1
    assert again.json()["id"] == first.json()["id"]
    listed = caller.get("users/our-user/statements").json()["results"]
    assert {row["tag"] for row in listed} == {"gothic", "slow burn"}


@pytest.mark.parametrize(
    ("verdict", "status"), [("confirm", "active"), ("reject", "rejected"), ("pin", "pinned")]
)
def test_a_verdict_changes_the_statement(caller: Caller, ours: World, verdict: str, status: str):
    response = caller.post(f"statements/{ours.statement}/{verdict}")
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["is_reviewed"]) == (status, True)
    assert Statement.objects.get(pk=ours.statement).status == status


def test_a_verdict_on_a_superseded_statement_is_a_conflict(caller: Caller, ours: World):
    Statement.objects.filter(pk=ours.statement).update(valid_until=timezone.now())
    response = caller.post(f"statements/{ours.statement}/confirm")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")


def test_a_word_is_taken_back(caller: Caller, ours: World):
    caller.post("users/our-user/statements", {"tag": "gothic", "polarity": -1})
    [declared] = caller.get("users/our-user/statements").json()["results"]
    back = caller.post(f"statements/{declared['id']}/undo")
    assert back.json()["statement"]["id"] == ours.statement
    new = caller.post("users/our-user/statements", {"tag": "slow burn"}).json()
    assert caller.post(f"statements/{new['id']}/undo").json() == {"statement": None}
    Statement.objects.filter(pk=ours.statement).update(before=None)
    assert caller.post(f"statements/{ours.statement}/undo").json()["code"] == "conflict"


@pytest.mark.parametrize(
    "path", ["statements/1/eat", f"statements/{2**62}/pin", "statements/x/pin"]
)
def test_an_impossible_statement_is_not_found(caller: Caller, path: str):
    assert caller.post(path).status_code == 404


@pytest.mark.parametrize("path", ["profile", "statements"])
def test_a_portrait_costs_the_same_queries_at_any_size(
    caller: Caller, ours: World, django_assert_num_queries, path: str
):
    caller.get("tags")  # notes the key's use, once
    costs = []
    for _ in range(2):
        with django_assert_num_queries(7):  # the key, the user, and five for the portrait
            costs.append(caller.get(f"users/our-user/{path}", evidence="full"))
        add_statements(ours, 6)
    small, large = (len(cost.content) for cost in costs)
    assert large > 3 * small
