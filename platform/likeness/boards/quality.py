"""What is missing and odd in a workspace's data, and who may be no person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scoped_admin import Role, is_key, works_in
from catalog.models import Item, TrainedModel
from catalog.queries.trained import find_running
from core.errors import LikenessError
from core.jobs import Job
from core.models import JobRun
from core.orders import place_order
from core.refusal_words import refusal_in_words
from core.stage_words import LOOK
from likeness.boards.workspaces import Board
from likeness.health import no_worker_answers
from likeness.pages.charts import Range, number_in_words, ranges_of
from profiles.latent_words import trial_in_words
from profiles.models import User
from profiles.oddity_words import counted_in_words, oddities_in_words, signs_in_words
from profiles.queries.labelled import count_judged_reviews
from profiles.queries.latents import last_trial
from profiles.queries.quality import OddUser, find_report, list_odd_users
from profiles.services.quality import leave_out


@dataclass(frozen=True, slots=True)
class Odd:
    """A user about whom something is odd, with the reasons in words. Units: apart in hundredths."""

    user: OddUser
    reasons: list[str]
    apart: int


@dataclass(frozen=True, slots=True)
class Outlier:
    """An item whose number stands out; `item` is its key, or None where it is gone."""

    name: str
    words: str
    item: int | None


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the items as a picture, what is odd about it, and the items that stand out."""

    range: Range
    note: str
    outliers: list[Outlier]


def quality(request: HttpRequest) -> HttpResponse:
    """Show the newest report of one workspace; a POST asks for another, or leaves a user out."""
    return BOARD.answer(request, title=_("Data quality"))


def _change(request: HttpRequest, workspace: Workspace) -> None:
    if not works_in(request, workspace.pk, Role.CURATOR):
        messages.error(request, _("You may look at this report, but not change anything."))
        return
    if request.POST.get("do") == "look":
        _look(request, workspace)
        return
    key = request.POST.get("user", "")
    user = User.objects.filter(workspace=workspace, pk=key).first() if is_key(key) else None
    if user is None:
        messages.error(request, _("There is no such user here."))
        return
    is_out = request.POST.get("do") == "leave_out"
    try:
        leave_out(user=user, is_out=is_out)
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))
        return
    told = _("%(user)s is left out of what others are compared with.")
    back = _("%(user)s counts again for what others are compared with.")
    messages.success(request, (told if is_out else back) % {"user": user})


def _look(request: HttpRequest, workspace: Workspace) -> None:
    """Order a new report, or say that one is on its way."""
    try:
        place_order(Job.QUALITY, workspace_id=workspace.pk, name=LOOK, order={})
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))
    else:
        messages.success(request, _("Asked for; a worker begins with it, and it shows below."))


def _ordered(workspace: Workspace) -> dict[str, Any]:
    """Say how the report stands that was ordered last; nothing where none was."""
    last = JobRun.objects.filter(workspace=workspace, name=LOOK).order_by("-created_at").first()
    if last is None:
        return {}
    is_waiting = last.state == JobRun.State.QUEUED
    return {
        "is_busy": last.finished_at is None,
        "is_waiting": is_waiting,
        "is_worker_away": is_waiting and no_worker_answers(),
        "failed": last.message if last.state == JobRun.State.FAILED else "",
    }


def _board(_request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    report = find_report(workspace.pk)
    is_head_due = (
        find_running(workspace.pk, TrainedModel.Use.SENTIMENT) is None
        and count_judged_reviews(workspace.pk).are_enough
    )
    guesses = trial_in_words(last_trial(workspace.pk))
    if report is None:
        none = {"report": None, "is_head_due": is_head_due, "guesses": guesses}
        return none | _ordered(workspace)
    figures: Mapping[str, Any] = report.figures
    lines = counted_in_words(figures)
    odd = [_odd(user) for user in list_odd_users(workspace.pk)]
    return {
        **_ordered(workspace),
        "report": report,
        "is_head_due": is_head_due,
        "guesses": guesses,
        "missing": [line for line in lines if not line.is_odd and line.total],
        "wrong": [line for line in lines if line.is_odd and line.total],
        "numbers": _numbers(workspace.pk, figures["numbers"]),
        "signs": signs_in_words(figures["signs"]),
        "suspects": [one for one in odd if one.user.is_suspect or one.user.is_left_out],
        "others": [one for one in odd if not one.user.is_suspect and not one.user.is_left_out],
        "languages": list(figures["languages"].items())[:8],
    }


BOARD = Board("admin/boards/quality.html", _board, _change, Role.CURATOR)


def _numbers(workspace_id: int, numbers: Mapping[str, Any]) -> list[Number]:
    """The numbers of the items as pictures, each with what is odd about it. One query.

    A report of an earlier version names no outliers.
    """
    told = {name: band.get("outliers", []) for name, band in numbers.items()}
    ids = {outlier["id"] for each in told.values() for outlier in each}
    items = Item.objects.filter(workspace_id=workspace_id, external_id__in=ids)
    keys = dict(items.values_list("external_id", "pk"))
    return [
        Number(
            drawn,
            _number_note(numbers[drawn.name]),
            [
                Outlier(one["id"], number_in_words(one["value"]), keys.get(one["id"]))
                for one in told[drawn.name]
            ],
        )
        for drawn in ranges_of(numbers)
    ]


def _number_note(band: Mapping[str, Any]) -> str:
    told = _("%(least)s to %(most)s in all, %(outside)d outliers, %(missing)d missing")
    ends = {name: number_in_words(band[name]) for name in ("least", "most")}
    return told % {**ends, "outside": band["outside"], "missing": band["missing"]}


def _odd(user: OddUser) -> Odd:
    return Odd(user, oddities_in_words(user.oddities), round(100 * user.apart))
