"""What a workspace may spend on its models in a day, and which stages wait where it has."""

from collections.abc import Iterable
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
LIMITED = Q(budget_seconds__isnull=False) | Q(budget_tokens__isnull=False)


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
    return balances_of(Workspace.objects.filter(pk=workspace_id))[workspace_id]


def balances_of(workspaces: Iterable[Workspace]) -> dict[int, Balance]:
    """Return how these workspaces stand today, in UTC, by their ids.

    One query beside theirs, and none where there are no workspaces.
    """
    budgets = {each.pk: Budget(each.budget_seconds, each.budget_tokens) for each in workspaces}
    if not budgets:
        return {}
    today = timezone.now().astimezone(UTC).date()
    spent = spent_on(list(budgets), CHARGED, today)
    tomorrow = start_of(today + timedelta(days=1))
    return {pk: Balance(budget, spent[pk], tomorrow) for pk, budget in budgets.items()}


def paused_stages(workspace_id: int) -> frozenset[Stage]:
    """Return the stages that wait, since the budget of the day is used up. At most two queries."""
    limited = balances_of(Workspace.objects.filter(LIMITED, pk=workspace_id))
    return CHARGED if any(each.is_used_up for each in limited.values()) else NOTHING


def paused_workspaces() -> int:
    """Return in how many workspaces the stages of models wait. At most two queries."""
    limited = balances_of(Workspace.objects.filter(LIMITED))
    return sum(balance.is_used_up for balance in limited.values())


class Limit:
    """The limit of one stage for as long as it runs: asked again and again, it stays cheap.

    The budget is read each time, so that one that was raised counts at once.
    """

    def __init__(self, stage: Stage, workspace_id: int) -> None:
        self._stage, self._workspace_id = stage, workspace_id

    def is_reached(self) -> bool:
        """Return whether the stage has to wait. No query for a stage without models."""
        return self._stage in CHARGED and self._stage in paused_stages(self._workspace_id)
