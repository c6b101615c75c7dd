"""One segment on one page: what its members have in common, and who stands where in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.scoped_admin import workspaces_for
from likeness.pages.charts import bars_of
from likeness.pages.visitor import page_language
from profiles.models import Profile, Segment, SegmentRun
from profiles.queries.segments import standing_of
from profiles.segments_admin import in_words
from profiles.services.segments import CONFIG

STABLE = CONFIG.stable


@dataclass(frozen=True, slots=True)
class Member:
    """A member, how near they are to the centre, and to the next segment. Units: hundredths."""

    user_id: int
    name: str
    near: int
    margin: int


@dataclass(frozen=True, slots=True)
class Tried:
    """A number of segments that was tried. Units: stability in hundredths, `told` times popular."""

    count: int
    stability: int
    told: str
    is_taken: bool


def segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Show one segment; of one that lost its members nothing but that is left."""
    seen = Segment.objects.filter(workspace__in=workspaces_for(request))
    row = seen.select_related("workspace").filter(pk=segment_id).first()
    if row is None:
        raise Http404
    standing = standing_of(row, language=page_language())
    context = {
        **admin.site.each_context(request),
        "title": in_words(row.names) or str(row.number),
        "segment": row,
        "about": in_words(row.description),
        "standing": standing,
        "typical": [_member(profile) for profile in standing.typical],
        "borderline": [_member(profile) for profile in standing.borderline],
        "history": bars_of([(f"{each.at:%Y-%m-%d %H:%M}", each.size) for each in standing.history]),
        "why": _why(standing.run),
        "tried": _tried(standing.run),
        "opts": Segment._meta,
    }
    return render(request, "admin/boards/segment.html", context)


def _member(profile: Profile) -> Member:
    return Member(
        user_id=profile.pk,
        name=str(profile.user),
        near=round(100 * (1 - (profile.segment_distance or 0.0) / 2)),
        margin=round(100 * (profile.segment_margin or 0.0)),
    )


def _why(run: SegmentRun | None) -> str:
    """Say by what the users were parted, and why into that many."""
    if run is None or run.stability is None:
        return _("There are too few users to compare, so that all are one segment.")
    by = _by(run.report)
    if run.stability < STABLE:
        return _(
            "%(users)d users were parted %(by)s into %(segments)d segments, but not surely: no "
            "parting is found again in bootstraps. They agree to %(stability).2f (adjusted Rand "
            "index), and this one does best. More interactions will tell."
        ) % {
            "users": run.users,
            "by": by,
            "segments": run.segments,
            "stability": run.stability,
        }
    return _(
        "%(users)d users were parted %(by)s into %(segments)d segments: of the partings that "
        "bootstraps find again, the one that best tells what users take to next. "
        "Bootstraps agree to %(stability).2f (adjusted Rand index)."
    ) % {"users": run.users, "by": by, "segments": run.segments, "stability": run.stability}


def _by(report: Mapping[str, Any]) -> str:
    """Say what the users were looked at for."""
    if report.get("view") == "behaviour":
        return _("by how they behave, for what is widely known or for what few know")
    if report.get("view") != "company":
        return _("by what their items are about")
    if report.get("behaves"):
        return _("by who took to the same items and by how they behave")
    return _("by who took to the same items")


def _tried(run: SegmentRun | None) -> list[Tried]:
    """The numbers of segments that the taken view was tried with."""
    if run is None:
        return []
    report: dict[str, Any] = run.report
    popular = report.get("popular") or 0.0
    same = ("view", "dimensions", "leans", "behaves")
    for view in report.get("tried", ()):
        if all(view.get(name) == report.get(name) for name in same):
            return [
                Tried(
                    count=each["count"],
                    stability=round(100 * each["stability"]),
                    told=f"{each['told'] / popular:.2f} ×" if popular else "–",
                    is_taken=each["stability"] == run.stability
                    and each["told"] == report.get("told"),
                )
                for each in view["counts"]
            ]
    return []
