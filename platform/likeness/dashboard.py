"""The admin's first page: how the portraits stand, and what waits for a person."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from accounts.models import Workspace
from accounts.scoped_admin import workspaces_for
from catalog.models import Item
from core.models import StageRun
from core.stage_words import stage_in_words
from profiles.models import Interaction, Statement, User
from profiles.queries.described import count_writers
from profiles.queries.rulings import unsafe_and_undecided
from profiles.queries.statements import IN_USE
from recommendations.models import Fit
from workers.budget import Balance, balances_of


@dataclass(frozen=True, slots=True)
class StageFigures:
    """What a stage did when it last ran; `rate` is in rows a second, None where unmeasured."""

    name: str
    rows: int
    rate: float | None
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class WorkspaceFigures:
    """One workspace in numbers. `unsafe` are reviews that may be, and nobody has decided about."""

    workspace: Workspace
    items: int
    users: int
    interactions: int
    believed: int
    proposed: int
    unsafe: int
    portrayed: int
    fit: Fit | None
    balance: Balance
    stages: list[StageFigures]
    wordings: Counter[str]

    @property
    def described(self) -> int:
        """Users whose statements have been put into words."""
        return self.wordings.total()

    @property
    def generated(self) -> int:
        """Of those, users for whom a generator wrote all or some of the sentences."""
        return self.wordings["generator"] + self.wordings["mixed"]

    @property
    def portrayed_percent(self) -> int:
        """Users with at least one statement in use, of 100."""
        return round(100 * self.portrayed / self.users) if self.users else 0


def figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add every workspace's figures to the page. Twelve queries, however many workspaces."""
    workspaces = list(workspaces_for(request).order_by("name"))
    current = Statement.objects.filter(workspace__in=workspaces, valid_until__isnull=True)
    items = _by_workspace(Item.objects.filter(workspace__in=workspaces), Count("pk"))
    users = _by_workspace(User.objects.filter(workspace__in=workspaces), Count("pk"))
    met = _by_workspace(Interaction.objects.filter(workspace__in=workspaces), Count("pk"))
    in_use = Q(status__in=IN_USE, is_hidden=False)
    believed = _by_workspace(current, Count("pk", filter=in_use))
    waits = Q(status=Statement.Status.PROPOSED) & ~Q(level=Statement.Level.LATENT)
    proposed = _by_workspace(current, Count("pk", filter=waits))
    unsafe = _by_workspace(unsafe_and_undecided(workspaces), Count("pk"))
    portrayed = _by_workspace(current, Count("user", filter=in_use, distinct=True))
    fits = {
        fit.workspace_id: fit
        for fit in Fit.objects.filter(workspace__in=workspaces, state=Fit.State.SERVING)
    }
    stages = _last_runs(workspaces)
    balances = balances_of(workspaces)
    wordings = count_writers([workspace.pk for workspace in workspaces])
    context["workspaces"] = [
        WorkspaceFigures(
            workspace=workspace,
            items=items.get(workspace.pk, 0),
            users=users.get(workspace.pk, 0),
            interactions=met.get(workspace.pk, 0),
            believed=believed.get(workspace.pk, 0),
            proposed=proposed.get(workspace.pk, 0),
            unsafe=unsafe.get(workspace.pk, 0),
            portrayed=portrayed.get(workspace.pk, 0),
            fit=fits.get(workspace.pk),
            balance=balances[workspace.pk],
            stages=stages[workspace.pk],
            wordings=wordings[workspace.pk],
        )
        for workspace in workspaces
    ]
    return context


def _by_workspace(rows: QuerySet[Any], count: Count) -> dict[int, int]:
    return dict(rows.order_by().values_list("workspace").annotate(total=count))


def _last_runs(workspaces: list[Workspace]) -> dict[int, list[StageFigures]]:
    """Return the newest run of each stage, by workspace. One query."""
    found: dict[int, list[StageFigures]] = defaultdict(list)
    newest = StageRun.objects.filter(workspace__in=workspaces)
    order = ("workspace", "stage")
    for run in newest.order_by(*order, "-finished_at").distinct(*order):
        rate = run.rows / run.seconds if run.seconds > 0 else None
        figures_of_run = StageFigures(stage_in_words(run.stage), run.rows, rate, run.finished_at)
        found[run.workspace_id].append(figures_of_run)
    return found
