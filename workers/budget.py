"""What a workspace may spend on its models in a day, and which stages wait where it has."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace
from core.costs import Budget, Spent, spent_on, start_of
from core.stages import Stage

# The stages that run models, and so are what a budget is for. Everything else goes on.
CHARGED = frozenset({Stage.ENCODE, Stage.READ, Stage.TAG, Stage.DESCRIBE})
NOTHING: frozenset[Stage] = frozenset()


@dataclass(frozen=True, slots=True)
class Balance:
    """A workspace's budget and what it has spent of it today."""

    budget: Budget
    spent: Spent
    resumes_at: datetime

    @property
    def is_used_up(self) -> bool:
        """Return whether the stages of models wait until `resumes_at`."""
        return self.budget.is_limited and self.budget.is_used_up(self.spent)


def balance_of(workspace_id: int) -> Balance:
    """Return how the workspace stands today, in UTC. Two queries."""
    today = timezone.now().astimezone(UTC).date()
    return Balance(
        budget=_budget_of(workspace_id),
        spent=spent_on(workspace_id, CHARGED, today),
        resumes_at=start_of(today + timedelta(days=1)),
    )


def paused_stages(workspace_id: int) -> frozenset[Stage]:
    """Return the stages that wait, since the budget of the day is used up. At most two queries."""
    if not _budget_of(workspace_id).is_limited:
        return NOTHING
    return CHARGED if balance_of(workspace_id).is_used_up else NOTHING


def paused_workspaces() -> list[int]:
    """Return the workspaces whose stages of models wait. One query, and two for each budget."""
    limited = Q(budget_seconds__isnull=False) | Q(budget_tokens__isnull=False)
    rows = Workspace.objects.filter(limited).order_by("pk").values_list("pk", flat=True)
    return [pk for pk in rows if balance_of(pk).is_used_up]


class Limit:
    """The limit of one stage for as long as it runs: asked again and again, it stays cheap.

    The budget is read each time, so that one that was raised counts at once.
    """

    def __init__(self, stage: Stage, workspace_id: int) -> None:
        self._stage, self._workspace_id = stage, workspace_id

    def is_reached(self) -> bool:
        """Return whether the stage has to wait. No query for a stage without models."""
        return self._stage in CHARGED and self._stage in paused_stages(self._workspace_id)


def _budget_of(workspace_id: int) -> Budget:
    rows = Workspace.objects.filter(pk=workspace_id)
    seconds, tokens = rows.values_list("budget_seconds", "budget_tokens").first() or (None, None)
    return Budget(seconds, tokens)
