"""What the stages cost, day by day, and what the models may spend."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Workspace
from accounts.scoped_admin import Role, works_in
from accounts.services.workspaces import set_budget
from core.costs import Cost, list_costs
from core.stage_words import stage_in_words
from likeness.boards.workspaces import Choice, choices_of
from likeness.pages.charts import Chart, bars_of
from workers.budget import CHARGED_STAGES, Balance, balance_of, is_charged

DAYS = 14
LARGEST = 2**31 - 1


class BudgetForm(forms.Form):
    """What the models may spend in a day; empty is no limit."""

    seconds = forms.IntegerField(
        label=gettext_lazy("Seconds of model work a day"),
        required=False,
        min_value=0,
        max_value=LARGEST,
    )
    tokens = forms.IntegerField(
        label=gettext_lazy("Tokens through the models a day"),
        required=False,
        min_value=0,
        max_value=2**62,
    )


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one stage did with one model over the days shown. `percent` is of all seconds."""

    stage: str
    model: str
    rows: int
    tokens: int
    seconds: float
    percent: float
    is_charged: bool

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of the budget: what is spent of it today, in hundredths at most 100."""

    name: str
    spent: str
    limit: str
    percent: int


def costs(request: HttpRequest) -> HttpResponse:
    """Show the costs of one workspace; a POST by an owner changes its budget."""
    choices = choices_of(request)
    workspace = next((each.workspace for each in choices if each.is_open), None)
    if workspace is not None and request.method == "POST":
        return _change(request, workspace)
    return _page(request, choices, workspace, None)


def _change(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    form = BudgetForm(request.POST)
    if not works_in(request, workspace.pk, Role.OWNER):
        messages.error(request, _("Only owners of the workspace change its budget."))
    elif not form.is_valid():
        return _page(request, choices_of(request), workspace, form)
    else:
        limits = form.cleaned_data
        set_budget(workspace=workspace, seconds=limits["seconds"], tokens=limits["tokens"])
        messages.success(request, _("The budget counts from now on; what it allows goes on."))
    return redirect(request.get_full_path())


def _page(
    request: HttpRequest,
    choices: Sequence[Choice],
    workspace: Workspace | None,
    form: forms.Form | None,
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Costs"),
        "choices": choices,
        "workspace": workspace,
        "days": DAYS,
    }
    if workspace is not None:
        context |= _board(workspace)
        context["may_change"] = works_in(request, workspace.pk, Role.OWNER)
        context["form"] = form or BudgetForm(
            initial={"seconds": workspace.budget_seconds, "tokens": workspace.budget_tokens}
        )
    status = 400 if form is not None else 200
    return render(request, "admin/boards/costs.html", context, status=status)


def _board(workspace: Workspace) -> dict[str, object]:
    today = timezone.now().astimezone(UTC).date()
    since = today - timedelta(days=DAYS - 1)
    found = list_costs(workspace.pk, since=since)
    balance = balance_of(workspace.pk)
    return {
        "stages": _by_stage(found),
        "seconds": _by_day(found, since, "seconds"),
        "tokens": _by_day(found, since, "tokens"),
        "total_seconds": sum(each.seconds for each in found),
        "total_tokens": sum(each.tokens for each in found),
        "total_rows": sum(each.rows for each in found),
        "balance": balance,
        "limits": _limits(balance),
        "charged": _(", ").join(stage_in_words(stage) for stage in sorted(CHARGED_STAGES)),
    }


def _by_stage(found: Sequence[Cost]) -> list[StageCost]:
    """The costs of each stage and model, the dearest first."""
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for cost in found:
        own = sums[cost.stage, cost.model]
        for place, figure in enumerate((cost.rows, cost.tokens, cost.seconds)):
            own[place] += figure
    whole = sum(own[2] for own in sums.values()) or 1.0
    stages = [
        StageCost(
            stage=stage_in_words(stage),
            model=model,
            rows=int(rows),
            tokens=int(tokens),
            seconds=seconds,
            percent=round(100 * seconds / whole, 1),
            is_charged=is_charged(stage, model),
        )
        for (stage, model), (rows, tokens, seconds) in sums.items()
    ]
    return sorted(stages, key=lambda each: (-each.seconds, each.stage, each.model))


def _by_day(found: Sequence[Cost], since: date, name: str) -> Chart:
    """Bars of one figure, a day each, the days without any among them: nothing was done then."""
    sums: dict[date, float] = defaultdict(int)
    for cost in found:
        sums[cost.day] += getattr(cost, name)
    days = [since + timedelta(days=number) for number in range(DAYS)]
    return bars_of([(f"{day:%m-%d}", sums[day]) for day in days])


def _limits(balance: Balance) -> list[Limit]:
    pairs = (
        (_("seconds"), balance.spent.seconds, balance.budget.seconds),
        (_("tokens"), balance.spent.tokens, balance.budget.tokens),
    )
    return [
        Limit(name, f"{spent:,.0f}", f"{limit:,}", min(100, round(100 * spent / max(limit, 1))))
        for name, spent, limit in pairs
        if limit is not None
    ]
