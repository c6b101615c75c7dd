"""One fit on one page: what was tried, what won, by how much, on whom; and the way back to it."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.scoped_admin import Role, works_in, workspaces_for
from likeness.boards.fit_pictures import (
    counted_of,
    decisions_of,
    features_of,
    lead_of,
    lent_of,
    tried_of,
    ways_of,
)
from recommendations.admin import serve_again
from recommendations.fit_words import brought_in_words, settings_in_words, state_in_words
from recommendations.models import Fit
from recommendations.queries.fits import get_fit_row


def fit(request: HttpRequest, fit_id: int) -> HttpResponse:
    """Show one fit; a POST by an owner lets it serve again."""
    seen = Fit.objects.filter(workspace__in=workspaces_for(request))
    found = seen.select_related("workspace").filter(pk=fit_id).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        _serve_again(request, found)
        return redirect(request.get_full_path())
    report: dict[str, Any] = found.report
    context = {
        **admin.site.each_context(request),
        "title": _("Fit %(number)s") % {"number": found.pk},
        "state": state_in_words(found),
        "fit": found,
        "row": get_fit_row(found),
        "why": brought_in_words(found),
        "again": _again(report),
        "may_change": works_in(request, found.workspace_id, Role.OWNER),
        "lead": lead_of(report),
        "decisions": decisions_of(report),
        "counted": counted_of(found.config.get("blend") or {}),
        "ways": ways_of(report),
        "lent": lent_of(report),
        "features": features_of(report),
        "chosen": settings_in_words(report.get("ranker") or {}),
        "tried": tried_of(report),
        "on_whom": _on_whom(report),
        "opts": Fit._meta,
    }
    return render(request, "admin/boards/fit.html", context)


def _serve_again(request: HttpRequest, found: Fit) -> None:
    if not works_in(request, found.workspace_id, Role.OWNER):
        messages.error(request, _("Only owners of the workspace choose what serves."))
        return
    serve_again(request, found)


def _again(report: dict[str, Any]) -> str:
    """Say that somebody went back to it, and when."""
    told = report.get("served_again")
    at = parse_datetime(told["at"]) if told else None
    if not told or at is None:
        return ""
    words = _("Somebody went back to it on %(at)s UTC, from fit %(before)s.")
    return words % {"at": f"{at:%Y-%m-%d %H:%M}", "before": told["instead_of"] or "–"}


def _on_whom(report: dict[str, Any]) -> str:
    """Say on how many users the settings were chosen."""
    users = report.get("users") or ()
    if len(users) < 2:
        return _("Chosen on %(users)s users.") % {"users": sum(users)}
    return _("Chosen on what %(users)s users took to next, at %(moments)s moments.") % {
        "users": f"{min(users):,} – {max(users):,}",
        "moments": len(users),
    }
