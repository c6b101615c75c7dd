"""What the stages cost, over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.scopes import Scope
from core.models import StageRun
from tests.api.caller import Caller
from tests.api.conftest import World
from tests.factories import make_workspace

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ran(workspace, stage: str, model: str, *, at: datetime, seconds: float, tokens: int) -> None:
    run = StageRun.objects.create(
        workspace=workspace, stage=stage, model=model, rows=10, tokens=tokens, seconds=seconds
    )
    StageRun.objects.filter(pk=run.pk).update(finished_at=at)


def test_costs_are_summed_by_day_stage_and_model_and_are_ours_alone(caller: Caller, ours: World):
    ran(ours.workspace, "encode.items", "e5", at=DAY, seconds=1.5, tokens=100)
    ran(ours.workspace, "encode.reviews", "e5", at=DAY, seconds=2.5, tokens=50)
    ran(ours.workspace, "encode.items", "e5", at=DAY + timedelta(days=1), seconds=1, tokens=1)
    ran(ours.workspace, "encode.items", "e5", at=DAY + timedelta(days=9), seconds=9, tokens=9)
    ran(make_workspace("elsewhere"), "encode.items", "e5", at=DAY, seconds=7, tokens=7)
    body = caller.get("costs", since="2026-03-01", until="2026-03-02").json()
    told = [(row["day"], row["stage"], row["seconds"], row["tokens"]) for row in body["results"]]
    assert told == [("2026-03-01", "encode", 4.0, 150), ("2026-03-02", "encode", 1.0, 1)]
    assert [row["batches"] for row in body["results"]] == [2, 1]


def test_a_fortnight_up_to_today_is_what_is_usually_asked_for(caller: Caller):
    body = caller.get("costs").json()
    today = timezone.now().astimezone(UTC).date()
    assert (body["since"], body["until"]) == (str(today - timedelta(days=13)), str(today))


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("yesterday", "2026-03-02"),
        ("2026-03-02", "2026-03-01"),
        ("2020-01-01", "2026-03-01"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_days_that_cannot_be_are_refused(caller: Caller, since, until):
    answer = caller.get("costs", since=since, until=until)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_the_first_of_all_days_is_refused(caller: Caller):
    answer = caller.get("costs", until="0001-01-01")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "1970-01-01" in answer.json()["detail"]


def test_only_a_key_for_it_sees_costs(ours: World):
    assert Caller(ours.workspace, scopes=[Scope.JOBS_READ]).get("costs").status_code == 403
    assert Caller(ours.workspace, scopes=[Scope.COSTS_READ]).get("costs").status_code == 200
