"""How far confidence can be trusted, as staff see it: the reliability plot of a workspace."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import ComputedAdmin, WorkspaceFilter, short_date
from profiles.modelling.choosing import trusting
from profiles.modelling.curves import SHIPPED, Curves
from profiles.modelling.statements import StatementConfig
from profiles.models import Calibration

# The plot is a square of this many units, with its edges this far inside the picture.
SIDE, EDGE = 200.0, 30.0
LEAST_DOT, MOST_DOT = 2.0, 7.0


@dataclass(frozen=True, slots=True)
class Dot:
    """Statements told with about the same confidence, in the picture and in the table.

    `told` and `confirmed` are shares; the larger the dot, the more statements it stands for.
    """

    x: float
    y: float
    radius: float
    told: float
    confirmed: float
    count: int

    @property
    def told_percent(self) -> float:
        return 100 * self.told

    @property
    def confirmed_percent(self) -> float:
        return 100 * self.confirmed


def dots_of(table: list[dict[str, Any]]) -> list[Dot]:
    """Place a reliability table in the picture: told to the right, confirmed upwards."""
    most = max((row["count"] for row in table), default=1)
    return [
        Dot(
            x=round(EDGE + SIDE * row["told"], 1),
            y=round(EDGE + SIDE * (1 - row["confirmed"]), 1),
            radius=round(LEAST_DOT + (MOST_DOT - LEAST_DOT) * (row["count"] / most) ** 0.5, 1),
            told=row["told"],
            confirmed=row["confirmed"],
            count=row["count"],
        )
        for row in table
    ]


def trusted_words(calibration: Calibration) -> str | Promise:
    """Say for which statements of behaviour a single interaction is enough."""
    groups = {row["group"] for row in calibration.knots} if calibration.is_used else set()
    config = trusting(StatementConfig(), groups)
    for_like, for_dislike = config.least_for == 1, config.least_against == 1
    if for_like and for_dislike:
        return _(
            "One interaction is enough for a statement here: those that rest on a single one came "
            "true often enough. They are told by a curve of their own."
        )
    if for_like:
        return _(
            "One interaction is enough for a like here: likes that rest on a single one came true "
            "often enough. They are told by a curve of their own. A dislike needs two."
        )
    if for_dislike:
        return _(
            "One interaction is enough for a dislike here: dislikes that rest on a single one came "
            "true often enough. They are told by a curve of their own. A like needs two."
        )
    return _(
        "A statement needs two independent interactions here: of those that would rest on one, too "
        "few could be judged, or too few came true."
    )


class CalibrationAdmin(ComputedAdmin):
    """Calibrations; one opens as its reliability plot, with the same figures as a table."""

    when_empty = _(
        "Nothing was held against what came later yet. A worker does it while it draws "
        "portraits: “make worker”."
    )
    list_display = ["opened", "workspace", "how_far_off", "statements", "is_used", "version"]
    list_filter = [WorkspaceFilter, "is_used"]
    list_select_related = ["workspace"]
    ordering = ["-made_at", "-pk"]

    @admin.display(description=_("made"), ordering="made_at")
    def opened(self, calibration: Calibration) -> SafeString:
        return short_date(calibration.made_at)

    @admin.display(description=_("calibration error"), ordering="error")
    def how_far_off(self, calibration: Calibration) -> str:
        return f"{calibration.error:.3f}"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the reliability plot of one calibration."""
        calibration = self.get_object(request, object_id)
        if calibration is None or not self.has_view_permission(request, calibration):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": _("How far confidence can be trusted"),
            "calibration": calibration,
            "is_own": Curves.of_rows(calibration.knots) != SHIPPED,
            "dots": dots_of(calibration.table),
            "trusted": trusted_words(calibration),
            "opts": Calibration._meta,
        }
        return render(request, "admin/profiles/calibration/reliability.html", context)
