"""What a workspace may spend on its models in a day, and what waits where it has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace
from catalog.models import TrainedModel
from core.costs import Budget, Spent, spent_on, start_of
from core.errors import NotReadyError
from core.stages import Stage
from workers import parts

# What runs models, and so is what a budget is for. Everything else goes on, the template's
# descriptions among it.
TRAINING = "train"
CHARGED = frozenset(
    {
        parts.ENCODE_SERVED,
        parts.ENCODE_ITEMS,
        parts.ENCODE_REVIEWS,
        parts.READ_REVIEWS,
        parts.TAG_ITEMS,
        parts.TAG_VOCABULARY,
        parts.PHRASING,
        *(f"{TRAINING}.{use}" for use in TrainedModel.Use.values),
    }
)
NOTHING: frozenset[str] = frozenset()
CHARGED_STAGES = frozenset(part.partition(".")[0] for part in CHARGED)
LIMITED = Q(budget_seconds__isnull=False) | Q(budget_tokens__isnull=False)


@dataclass(frozen=True, slots=True)
class Balance:
    """A workspace's budget and what it has spent of it today."""

    budget: Budget
    spent: Spent
    resumes_at: datetime

    @property
    def is_used_up(self) -> bool:
        """Return whether what runs models waits until `resumes_at`."""
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


def paused_parts(workspace_id: int) -> frozenset[str]:
    """Return the parts of stages that wait, since the day's budget is used up.

    At most two queries.
    """
    limited = balances_of(Workspace.objects.filter(LIMITED, pk=workspace_id))
    return CHARGED if any(each.is_used_up for each in limited.values()) else NOTHING


def paused_workspaces() -> int:
    """Return in how many workspaces what runs models waits. At most two queries."""
    limited = balances_of(Workspace.objects.filter(LIMITED))
    return sum(balance.is_used_up for balance in limited.values())


class Limit:
    """The limit of one part of a stage while it runs: asked again and again, it stays cheap.

    The budget is read each time, so that one that was raised counts at once.
    """

    def __init__(self, part: str, workspace_id: int) -> None:
        self._part, self._workspace_id = part, workspace_id

    def is_reached(self) -> bool:
        """Return whether the part has to wait. No query for one without models."""
        return self._part in CHARGED and self._part in paused_parts(self._workspace_id)


def refuse_spent(workspace_id: int) -> float | None:
    """Return how many seconds of models are left for today; None where there is no such limit.

    Raises NotReadyError where the day's budget is used up. Two queries.
    """
    balance = balance_of(workspace_id)
    if balance.is_used_up:
        raise NotReadyError(
            "The budget of the day is used up: models wait until "
            f"{balance.resumes_at:%Y-%m-%d %H:%M} UTC. Ask again then, or raise the budget."
        )
    limit = balance.budget.seconds
    return None if limit is None else limit - balance.spent.seconds


def is_charged(stage: str, model: str) -> bool:
    """Return whether costs of a stage count towards the budget; `model` is who did it.

    What no model describes is the template's.
    """
    return stage in CHARGED_STAGES and (stage != Stage.DESCRIBE or bool(model))
