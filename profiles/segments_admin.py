"""The list of segments. What one opens as stands on a higher floor, with portraits beside it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import NOTHING, ComputedAdmin, WorkspaceFilter, short_date
from profiles.models import Segment, SegmentSize
from profiles.queries.segments import Size

SPARKS = "▁▂▃▄▅▆▇█"
RUNS_DRAWN = 24


class SegmentAdmin(ComputedAdmin):
    """Segments that have members, the largest first."""

    when_empty = _(
        "Users are not parted into segments yet. A worker does it once portraits are "
        "drawn: “make worker”."
    )
    list_display = ["name", "size", "grown", "about", "workspace", "updated"]
    list_filter = [WorkspaceFilter]
    list_select_related = ["workspace"]
    ordering = ["workspace", "-size"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        """The segments of the workspaces that the account sees, each with its latest history."""
        rows: QuerySet[Segment] = super().get_queryset(request).filter(size__gt=0)
        latest = (
            SegmentSize.objects.select_related("run")
            .only("segment_id", "size", "run__finished_at")
            .order_by("-run__finished_at", "-run")[:RUNS_DRAWN]
        )
        return rows.prefetch_related(Prefetch("history", latest, to_attr="latest"))

    @admin.display(description=_("segment"))
    def name(self, segment: Segment) -> SafeString:
        return format_html("<b>{}</b>", in_words(segment.names) or segment.number)

    @admin.display(description=_("members so far"))
    def grown(self, segment: Segment) -> SafeString | str:
        latest: list[SegmentSize] = getattr(segment, "latest", [])
        return sparks_of([Size(row.run.finished_at, row.size) for row in reversed(latest)])

    @admin.display(description=_("description"))
    def about(self, segment: Segment) -> str:
        return in_words(segment.description)

    @admin.display(description=_("updated"), ordering="updated_at")
    def updated(self, segment: Segment) -> SafeString:
        return short_date(segment.updated_at)


def sparks_of(sizes: Sequence[Size]) -> SafeString | str:
    """Draw a history in characters, from nothing to the most there ever were."""
    if len(sizes) < 2:
        return NOTHING
    most = max(1, *(each.size for each in sizes))
    line = "".join(SPARKS[round(each.size / most * (len(SPARKS) - 1))] for each in sizes)
    told = f"{sizes[0].size:,} → {sizes[-1].size:,}"
    return format_html('<span class="lk-sparks" title="{}">{}</span>', told, line)


def in_words(by_language: dict[str, Any]) -> str:
    """Return the words of the page's language, else the English ones."""
    spoken = (get_language() or "en")[:2]
    return str(by_language.get(spoken) or by_language.get("en", ""))
