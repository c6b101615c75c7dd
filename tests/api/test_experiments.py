"""Experiments over HTTP: planned, started, read, stopped."""

import pytest
from django.utils import timezone

from recommendations.models import Impression, Slate
from tests.api.caller import Caller
from tests.api.conftest import World
from tests.factories import make_interaction, make_item, make_user

ARMS = [{"name": "as now"}, {"name": "no tags", "without": ["tags"], "weight": 2}]


def plan(caller: Caller, **fields):
    return caller.post("experiments", {"name": "Do tags help?", "arms": ARMS} | fields)


def test_an_experiment_is_planned_started_read_and_stopped(caller: Caller, ours: World):
    planned = plan(caller, placement="home")
    assert planned.status_code == 201
    number = planned.json()["id"]
    assert planned.json()["state"] == "draft"
    assert caller.get(f"experiments/{number}").json()["results"] == []
    assert caller.post(f"experiments/{number}/start").json()["state"] == "running"
    again = caller.post(f"experiments/{number}/start")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    body = caller.post("recommendations", {"user": "our-user", "placement": "home"}).json()
    assert body["meta"]["experiment"] == "Do tags help?"
    stopped = caller.post(f"experiments/{number}/stop").json()
    assert stopped["state"] == "stopped"
    assert stopped["stopped_at"]
    first = caller.get("experiments", limit=2).json()
    assert [one["id"] for one in first["results"]] == [ours.draft, ours.running]
    rest = caller.get("experiments", limit=2, cursor=first["next_cursor"]).json()
    assert [one["id"] for one in rest["results"]] == [number]


def test_results_are_rates_by_arm_with_intervals(caller: Caller, ours: World):
    number = plan(caller, placement="home").json()["id"]
    caller.post(f"experiments/{number}/start")
    item = make_item(ours.workspace, "shown")
    for place in range(8):
        user = make_user(ours.workspace, f"visitor-{place}")
        slate = Slate.objects.create(
            workspace=ours.workspace,
            user=user,
            placement="home",
            experiment_id=number,
            arm=ARMS[place % 2]["name"],
            item_ids=[item.pk],
            scores=[1.0],
        )
        Impression.objects.create(
            workspace=ours.workspace, slate=slate, item=item, seen_at=timezone.now()
        )
        if place in (1, 3, 5, 6):
            make_interaction(user, item, slate_id=slate.pk)
    first, second = caller.get(f"experiments/{number}").json()["results"]
    assert (first["name"], first["users"], first["shown"]) == ("as now", 4, 4)
    assert first["click_rate"]["value"] == 0.25
    assert second["positive_rate"]["value"] == 0.75
    assert first["click_lead"] is None
    lead = second["click_lead"]
    assert lead["value"] == 0.5
    assert lead["low"] < lead["value"] < lead["high"]


def test_a_name_is_taken_once(caller: Caller, ours: World):
    assert plan(caller).status_code == 201
    assert plan(caller).json()["code"] == "conflict"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"arms": ARMS[:1]}, "arms"),
        ({"arms": [{"name": "a"}, {"name": "b", "without": ["nobody"]}]}, "arms[1].without"),
        ({"salt": "mine"}, "salt"),
    ],
)
def test_what_cannot_be_tried_is_refused_by_name(caller: Caller, ours: World, fields, field):
    refused = plan(caller, **fields)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == field


def test_a_program_that_may_only_read_starts_nothing(ours: World):
    reader = Caller(ours.workspace, scopes=["recommendations:read"])
    assert plan(reader).status_code == 403
    assert reader.post(f"experiments/{ours.draft}/start").status_code == 403
    assert reader.get(f"experiments/{ours.running}").status_code == 200


def test_rates_of_one_user_are_told_as_of_one_user(caller: Caller, ours: World):
    number = plan(caller, placement="home").json()["id"]
    caller.post(f"experiments/{number}/start")
    items = [make_item(ours.workspace, f"shown-{place}") for place in range(40)]
    for arm in ARMS:
        user = make_user(ours.workspace, f"visitor of {arm['name']}")
        slate = Slate.objects.create(
            workspace=ours.workspace,
            user=user,
            placement="home",
            experiment_id=number,
            arm=arm["name"],
            item_ids=[item.pk for item in items],
            scores=[1.0] * 40,
        )
        caller.post(f"slates/{slate.pk}/impressions")
    first, second = caller.get(f"experiments/{number}").json()["results"]
    assert (first["users"], first["shown"]) == (1, 40)
    assert first["click_rate"]["high"] > 0.5
    assert (second["click_lead"], second["positive_lead"]) == (None, None)
    [day] = caller.get("outcomes").json()["results"]
    assert (day["placement"], day["shown"], day["clicked"]) == ("home", 80, 0)
    assert day["click_rate"]["high"] > 0.5
