"""What slates led to, placement by placement, and how the arms of experiments compare."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from accounts.models import Workspace
from accounts.scoped_admin import NOTHING, Role, is_key, works_in, workspaces_for
from core.errors import LikenessError
from core.refusal_words import refusal_in_words
from likeness.boards.fit_pictures import interval
from likeness.boards.workspaces import Board
from likeness.pages.charts import LEFT, RIGHT, Chart, Range, bars_of
from recommendations.engine.metrics import Interval
from recommendations.engine.rates import rate_of
from recommendations.experiments import Arm, arms_of
from recommendations.fit_words import source_names
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
# What runs comes first, then what waits to be started.
STANDING = Case(
    When(state=Experiment.State.RUNNING, then=0),
    When(state=Experiment.State.DRAFT, then=1),
    default=2,
)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What an interval that lies above 0, below 0 or around it says of an arm."""

    more: Promise
    fewer: Promise
    level: Promise


CLICKS = Verdicts(
    later("more clicks than the first"),
    later("fewer clicks than the first"),
    later("no difference in clicks can be told yet"),
)
LIKINGS = Verdicts(
    later("more likings than the first"),
    later("fewer likings than the first"),
    later("no difference in likings can be told yet"),
)


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
    """One arm in words; its interval of clicks and its leads over the first arm as pictures."""

    name: str
    change: str
    users: int
    shown: int
    clicked: str
    clicked_lead: str
    positive: str
    positive_lead: str
    range: Range | None
    leads: list[Range]


@dataclass(frozen=True, slots=True)
class Trial:
    """One experiment: what its arms change, and their rows once something was seen of it."""

    experiment: Experiment
    changes: list[tuple[str, str]]
    arms: list[ArmRow]


def outcomes(request: HttpRequest) -> HttpResponse:
    """Show the outcomes of one workspace; a POST by an owner starts an experiment.

    `?experiment=` shows one alone.
    """
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
    try:
        start_experiment(experiment=experiment, now=timezone.now())
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))
        return
    messages.success(request, _("From the next list on, this counts."))


def stop(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Ask an owner once more, then stop an experiment: it cannot be started again."""
    seen = Experiment.objects.filter(workspace__in=workspaces_for(request))
    experiment = seen.select_related("workspace").filter(pk=experiment_id).first()
    if experiment is None:
        raise Http404
    back = f"{reverse('outcomes-board')}?workspace={experiment.workspace_id}"
    if not works_in(request, experiment.workspace_id, Role.OWNER):
        messages.error(request, _("Only owners of the workspace start and stop experiments."))
        return redirect(back)
    if request.method != "POST":
        context = {
            **admin.site.each_context(request),
            "title": _("Stop the experiment?"),
            "experiment": experiment,
            "back": back,
        }
        return render(request, "admin/boards/stop.html", context)
    try:
        stop_experiment(experiment=experiment, now=timezone.now())
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))
    else:
        messages.success(request, _("From the next list on, this counts."))
    return redirect(back)


def _board(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    now = timezone.now()
    first = now.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    found = list_outcomes(workspace.pk, since=now - timedelta(days=DAYS))
    only = request.GET.get("experiment", "")
    experiments = Experiment.objects.filter(workspace=workspace).order_by(STANDING, "-pk")
    if is_key(only):
        experiments = experiments.filter(pk=only)
    pages = Paginator(experiments, MOST_EXPERIMENTS).get_page(request.GET.get("page"))
    return {
        "days": DAYS,
        "places": _places(found, first),
        "trials": [_trial(one) for one in pages],
        "pages": pages,
        "is_one": is_key(only),
    }


BOARD = Board("admin/boards/outcomes.html", _board, _change, Role.OWNER)


def _places(found: Sequence[Outcome], first: date) -> list[Place]:
    by_name: dict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        by_name[one.placement].append(one)
    return [_place(name, own, first) for name, own in by_name.items()]


def _place(name: str, own: Sequence[Outcome], first: date) -> Place:
    rates = {one.day: 100 * rate_of(one.seen.clicked).value for one in own if one.seen.shown}
    seen = next(one.seen for one in own if one.day is None)
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return Place(
        name=name or _("no placement named"),
        shown=seen.shown,
        clicked=_percent(rate_of(seen.clicked)),
        positive=_percent(rate_of(seen.positive)),
        chart=bars_of([(f"{day:%m-%d}", rates.get(day)) for day in days]),
    )


def _trial(experiment: Experiment) -> Trial:
    arms = arms_of(experiment.arms)
    everybody = sum(arm.weight for arm in arms)
    changes = {arm.name: _change_in_words(arm, arm.weight / everybody) for arm in arms}
    is_draft = experiment.state == Experiment.State.DRAFT
    results = [] if is_draft else results_of(experiment)
    if not any(one.shown for one in results):
        return Trial(experiment, list(changes.items()), [])
    most = max(one.clicked.high for one in results if one.shown)
    rows = [_row(one, changes[one.name], most, is_first=one is results[0]) for one in results]
    return Trial(experiment, list(changes.items()), rows)


def _change_in_words(arm: Arm, share: float) -> str:
    """Say what an arm changes, and which share of the users it serves."""
    names = source_names()
    said = [_("%(percent)s%% of users") % {"percent": f"{100 * share:.0f}"}]
    if arm.without:
        left_out = _(", ").join(names[one] for one in arm.without)
        said.append(_("left out: %(sources)s") % {"sources": left_out})
    if arm.blend:
        weighed = _(", ").join(f"{names[one]} × {arm.blend[one]:g}" for one in arm.blend)
        said.append(_("weighed: %(sources)s") % {"sources": weighed})
    if arm.explored_share is not None:
        percent = f"{100 * arm.explored_share:.0f}"
        said.append(_("%(percent)s%% of places tried out") % {"percent": percent})
    return " · ".join(said if len(said) > 1 else [*said, _("as it is")])


def _row(arm: ArmResult, change: str, most: float, *, is_first: bool) -> ArmRow:
    leads = ((arm.clicked_lead, CLICKS), (arm.positive_lead, LIKINGS))
    return ArmRow(
        name=arm.name,
        change=change,
        users=arm.users,
        shown=arm.shown,
        clicked=_percent(arm.clicked) if arm.shown else NOTHING,
        clicked_lead=NOTHING if is_first else _points(arm.clicked_lead),
        positive=_percent(arm.positive) if arm.shown else NOTHING,
        positive_lead=NOTHING if is_first else _points(arm.positive_lead),
        range=_drawn(arm.name, arm.clicked, most) if arm.shown else None,
        leads=[_compared(arm.name, lead, verdicts) for lead, verdicts in leads if lead is not None],
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
        return _("too few users yet")
    value, low, high = (f"{100 * part:+.1f}" for part in lead)
    told = {"value": value, "low": low, "high": high}
    return _("%(value)s points (%(low)s to %(high)s)") % told


def _compared(name: str, lead: Interval, verdicts: Verdicts) -> Range:
    """Say whether an arm does better than the first, and draw by how much."""
    verdict = verdicts.more if lead.low > 0 else verdicts.fewer if lead.high < 0 else verdicts.level
    words = _("%(verdict)s: %(points)s") % {"verdict": verdict, "points": _points(lead)}
    return interval(lead._asdict(), words=words, name=name, unit=_("points"))
