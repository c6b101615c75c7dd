"""What the stages cost, by the day of UTC on which they ended."""

from datetime import UTC, date, datetime

import pytest

from core.costs import Budget, Cost, Spent, list_costs, spent_on
from core.models import StageRun
from core.progress import record_stage
from tests.factories import make_workspace

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def ran(workspace, stage: str, day: date, hour: int = 12, model: str = "", **fields) -> None:
    run = StageRun.objects.create(
        workspace=workspace, stage=stage, model=model, **{"rows": 1, "seconds": 1.0} | fields
    )
    at = datetime(day.year, day.month, day.day, hour, 59, 59, tzinfo=UTC)
    StageRun.objects.filter(pk=run.pk).update(finished_at=at)


def test_costs_are_summed_by_day_stage_and_model(workspace):
    ran(workspace, "encode.items", MONDAY, model="small", rows=10, tokens=300, seconds=2.0)
    ran(workspace, "encode.reviews", MONDAY, model="small", rows=5, tokens=200, seconds=1.5)
    ran(workspace, "encode.items", MONDAY, model="large", rows=1, tokens=30, seconds=9.0)
    ran(workspace, "read.reviews", TUESDAY, model="small", rows=7, tokens=70, seconds=0.5)
    assert list_costs(workspace.pk, since=MONDAY) == [
        Cost(MONDAY, "encode", "large", 1, 30, 9.0, 1),
        Cost(MONDAY, "encode", "small", 15, 500, 3.5, 2),
        Cost(TUESDAY, "read", "small", 7, 70, 0.5, 1),
    ]


def test_days_before_and_after_are_left_out(workspace):
    ran(workspace, "encode.items", MONDAY, hour=23)
    ran(workspace, "encode.items", TUESDAY, hour=0)
    assert [cost.day for cost in list_costs(workspace.pk, since=TUESDAY)] == [TUESDAY]
    assert [cost.day for cost in list_costs(workspace.pk, since=MONDAY, until=MONDAY)] == [MONDAY]


def test_another_workspaces_costs_are_its_own(workspace):
    ran(make_workspace("other"), "encode.items", MONDAY)
    assert list_costs(workspace.pk, since=MONDAY) == []
    assert spent_on([workspace.pk], ["encode.items"], MONDAY) == {workspace.pk: Spent(0.0, 0)}


def test_what_is_spent_counts_the_named_parts_alone(workspace):
    ran(workspace, "encode.items", MONDAY, seconds=2.0, tokens=20)
    ran(workspace, "read.reviews", MONDAY, seconds=3.0, tokens=30)
    ran(workspace, "state.users", MONDAY, seconds=50.0)
    ran(workspace, "encode.items", TUESDAY, seconds=70.0, tokens=700)
    found = spent_on([workspace.pk], ["encode.items", "read.reviews"], MONDAY)
    assert found == {workspace.pk: Spent(5.0, 50)}


def test_a_stage_is_recorded_with_its_tokens(workspace):
    record_stage(
        workspace_id=workspace.pk, stage="read.reviews", model="m", rows=2, seconds=0.5, tokens=64
    )
    assert StageRun.objects.get().tokens == 64


@pytest.mark.parametrize(
    ("seconds", "tokens", "is_used_up"),
    [(None, None, False), (10, None, True), (11, None, False), (None, 100, True), (11, 101, False),
     (0, None, True), (11, 100, True)],
)  # fmt: skip
def test_a_budget_is_used_up_once_one_of_its_limits_is_reached(seconds, tokens, is_used_up):
    assert Budget(seconds, tokens).is_used_up(Spent(10.0, 100)) == is_used_up
