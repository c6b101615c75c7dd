"""What slates led to, placement by placement, and how the arms of experiments compare."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scoped_admin import Role, is_key, works_in
from core.errors import LikenessError
from likeness.boards.workspaces import Board
from likeness.pages.charts import LEFT, RIGHT, Chart, Range, bars_of
from recommendations.engine.metrics import Interval
from recommendations.engine.rates import wilson
from recommendations.models import Experiment
from recommendations.queries.outcomes import Outcome, list_outcomes
from recommendations.services.outcomes import (
    ArmResult,
    results_of,
    start_experiment,
    stop_experiment,
)

DAYS = 28
MOST_EXPERIMENTS = 10


@dataclass(frozen=True, slots=True)
class Place:
    """One placement: what was seen there, what it led to, and clicks of a hundred by day."""

    name: str
    shown: int
    clicked: str
    positive: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One arm in words, and its interval of clicks as a picture."""

    name: str
    users: int
    shown: int
    clicked: str
    clicked_lead: str
    positive: str
    positive_lead: str
    range: Range


@dataclass(frozen=True, slots=True)
class Trial:
    """One experiment with the rows of its arms; none before it starts."""

    experiment: Experiment
    arms: list[ArmRow]


def outcomes(request: HttpRequest) -> HttpResponse:
    """Show the outcomes of one workspace; a POST by an owner starts or stops an experiment."""
    return BOARD.answer(request, title=_("Outcomes"))


def _change(request: HttpRequest, workspace: Workspace) -> None:
    asked = request.POST.get("experiment", "")
    found = Experiment.objects.filter(workspace=workspace, pk=asked) if is_key(asked) else None
    experiment = found.first() if found is not None else None
    if experiment is None:
        raise Http404
    if not works_in(request, workspace.pk, Role.OWNER):
        messages.error(request, _("Only owners of the workspace start and stop experiments."))
        return
    change = start_experiment if request.POST.get("do") == "start" else stop_experiment
    try:
        change(experiment=experiment, now=timezone.now())
    except LikenessError as error:
        messages.error(request, error.message)
        return
    messages.success(request, _("From the next list on, this counts."))


def _board(workspace: Workspace) -> dict[str, Any]:
    now = timezone.now()
    first = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    found = list_outcomes(workspace.pk, since=now - timedelta(days=DAYS))
    experiments = Experiment.objects.filter(workspace=workspace).order_by("-pk")
    return {
        "days": DAYS,
        "places": _places(found, first),
        "trials": [_trial(one) for one in experiments[:MOST_EXPERIMENTS]],
    }


BOARD = Board("admin/boards/outcomes.html", _board, _change, Role.OWNER)


def _places(found: Sequence[Outcome], first: date) -> list[Place]:
    by_name: dict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        by_name[one.placement].append(one)
    return [_place(name, own, first) for name, own in by_name.items()]


def _place(name: str, own: Sequence[Outcome], first: date) -> Place:
    shown, clicked, positive = (
        sum(getattr(one, figure) for one in own) for figure in ("shown", "clicked", "positive")
    )
    rates = {one.day: round(100 * one.clicked / one.shown) for one in own}
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return Place(
        name=name or _("no placement named"),
        shown=shown,
        clicked=_percent(wilson(clicked, shown)),
        positive=_percent(wilson(positive, shown)),
        chart=bars_of([(f"{day:%m-%d}", rates.get(day, 0)) for day in days]),
    )


def _trial(experiment: Experiment) -> Trial:
    if experiment.state == Experiment.State.DRAFT:
        return Trial(experiment, [])
    results = results_of(experiment)
    most = max((one.clicked.high for one in results if one.shown), default=1.0)
    return Trial(experiment, [_row(one, most) for one in results])


def _row(arm: ArmResult, most: float) -> ArmRow:
    return ArmRow(
        name=arm.name,
        users=arm.users,
        shown=arm.shown,
        clicked=_percent(arm.clicked),
        clicked_lead=_points(arm.clicked_lead),
        positive=_percent(arm.positive),
        positive_lead=_points(arm.positive_lead),
        range=_drawn(arm.name, arm.clicked, most),
    )


def _drawn(name: str, rate: Interval, most: float) -> Range:
    def place(share: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * min(1.0, share / most), 1)

    start, end = place(rate.low), place(rate.high)
    return Range(
        name=name,
        words=_percent(rate),
        first="0%",
        last=f"{100 * most:.0f}%",
        x=start,
        width=round(max(2.0, end - start), 1),
        tick=place(rate.value),
    )


def _percent(rate: Interval) -> str:
    value, low, high = (f"{100 * part:.1f}" for part in rate)
    return _("%(value)s%% (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def _points(lead: Interval | None) -> str:
    if lead is None:
        return "–"
    value, low, high = (f"{100 * part:+.1f}" for part in lead)
    told = {"value": value, "low": low, "high": high}
    return _("%(value)s points (%(low)s to %(high)s)") % told
