"""Training a workspace's models without a terminal: what there is to learn from, and the runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scoped_admin import Role, works_in
from catalog.models import TrainedModel
from catalog.queries.trained import find_running
from catalog.services.trained import rollback
from catalog.trained_admin import gain_in_words
from core.errors import LikenessError
from core.models import JobRun
from core.refusal_words import refusal_in_words
from likeness.boards.workspaces import Board
from likeness.health import no_worker_answers
from profiles.queries.labelled import Judged, count_judged_reviews
from recommendations.queries.fits import serving_fit
from workers.budget import balance_of
from workers.methods import METHODS
from workers.orders import Order, name_of, order_training

Use = TrainedModel.Use
SHOWN = (Use.SENTIMENT, Use.SAFETY, Use.ENCODER, Use.SEQUENCE)
RUNS = 8
MINUTES, MOST_MINUTES = 15, 600
LONGEST_MINUTES = len(str(MOST_MINUTES))


@dataclass(frozen=True, slots=True)
class Line:
    """One use: what runs for it, by which methods it is trained, and whether that can be done.

    It is busy while an order is not finished, and waits while no worker has taken that up.
    """

    use: str
    title: str
    running: TrainedModel | None
    gain: str
    methods: tuple[tuple[str, str], ...]
    is_waiting: bool
    is_busy: bool
    missing: str


def training(request: HttpRequest) -> HttpResponse:
    """Show what is trained in one workspace; a POST asks for a training, or goes a step back."""
    return BOARD.answer(request, title=_("Training"))


def _change(request: HttpRequest, workspace: Workspace) -> None:
    if not works_in(request, workspace.pk, Role.OWNER):
        messages.error(request, _("Only owners of the workspace train its models."))
        return
    use = request.POST.get("use", "")
    try:
        if use not in Use.values:
            messages.error(request, _("Choose what is to be trained."))
        elif request.POST.get("do") == "back":
            before = rollback(workspace.pk, use)
            told = _("%(model)s runs again.")
            messages.success(
                request, told % {"model": before.name if before else _("The packaged default")}
            )
        else:
            _ask(request, workspace, use)
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))


def _ask(request: HttpRequest, workspace: Workspace, use: str) -> None:
    """Send the order to the workers, or say why it cannot be done now."""
    line = _line(workspace, use, count_judged_reviews(workspace.pk))
    method, minutes = request.POST.get("method", ""), request.POST.get("minutes", "")
    if method not in METHODS[Use(use)]:
        messages.error(request, _("Choose how it is to be trained."))
    elif not _are_minutes(minutes):
        told = _("Give whole minutes, from 1 to %(most)d.")
        messages.error(request, told % {"most": MOST_MINUTES})
    elif line.is_waiting:
        messages.error(request, _("It is ordered already, and waits for a worker."))
    elif line.is_busy:
        messages.error(request, _("A worker is training it already."))
    elif line.missing:
        messages.error(request, line.missing)
    else:
        order_training(
            Order(
                workspace_id=workspace.pk,
                use=use,
                method=method,
                minutes=int(minutes),
                texts=Path(settings.TEXT_SETS) if settings.TEXT_SETS else None,
            )
        )
        messages.success(request, _("Asked for; a worker begins with it, and it shows below."))


def _are_minutes(text: str) -> bool:
    """Whether these are whole minutes that a training may take."""
    is_short = text.isdecimal() and len(text) <= LONGEST_MINUTES
    return is_short and 1 <= int(text) <= MOST_MINUTES


def _board(_request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    judged = count_judged_reviews(workspace.pk)
    lines = [_line(workspace, use, judged) for use in SHOWN]
    runs = JobRun.objects.filter(workspace=workspace, name__in=[name_of(use) for use in Use.values])
    return {
        "lines": lines,
        "judged": judged,
        "is_due": judged.are_enough and lines[0].running is None,
        "runs": runs.order_by("-created_at")[:RUNS],
        "minutes": MINUTES,
        "most_minutes": MOST_MINUTES,
        "is_worker_away": any(line.is_waiting for line in lines) and no_worker_answers(),
        "balance": balance_of(workspace.pk),
    }


BOARD = Board("admin/boards/training.html", _board, _change, Role.OWNER)


def _line(workspace: Workspace, use: str, judged: Judged) -> Line:
    running = find_running(workspace.pk, use)
    states = JobRun.objects.filter(workspace=workspace, name=name_of(use), finished_at=None)
    busy = set(states.values_list("state", flat=True))
    titles = {
        Use.SENTIMENT: _("How pleased a text sounds"),
        Use.SAFETY: _("How safe a text is to show"),
        Use.ENCODER: _("Texts to vectors"),
        Use.SEQUENCE: _("What comes next"),
    }
    names = {
        "frozen": _("quickly: a line on the encoder as it is"),
        "fine-tuned": _("thoroughly: the encoder itself is tuned"),
        "masked": _("on the workspace's texts"),
        "contrastive": _("on who liked what"),
        "causal": _("on what users took to, in order"),
    }
    return Line(
        use=use,
        title=titles[Use(use)],
        running=running,
        gain=gain_in_words(running) if running else "",
        methods=tuple((method, names[method]) for method in METHODS[Use(use)]),
        is_waiting=busy == {JobRun.State.QUEUED},
        is_busy=bool(busy),
        missing=_missing(workspace, use, judged),
    )


def _missing(workspace: Workspace, use: str, judged: Judged) -> str:
    """Return what has to be there before this can be trained, or nothing."""
    if use == Use.SAFETY and not settings.TEXT_SETS:
        return _("Safety is learnt from public texts: let LIKENESS_TEXT_SETS name their folder.")
    if use == Use.SENTIMENT and not settings.TEXT_SETS and not judged.are_enough:
        return _("Too few reviews say yet how pleased their writers were.")
    if use == Use.SEQUENCE and serving_fit(workspace.pk) is None:
        return _("Nothing was learnt here yet that a sequence model could stand beside.")
    return ""
