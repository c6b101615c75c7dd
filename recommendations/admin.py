"""What was learnt and what was served, as staff see it: to read, not to edit."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import NOTHING, ComputedAdmin, WorkspaceFilter, short_date
from recommendations.models import Fit, Slate


@admin.register(Fit)
class FitAdmin(ComputedAdmin):
    list_display = [
        *["number", "workspace", "state", "interactions", "until", "made"],
        *["portrait", "sentiment"],
    ]
    readonly_fields = ["portrait", "sentiment"]
    list_filter = [WorkspaceFilter, "state"]
    list_select_related = ["workspace"]
    ordering = ["-pk"]

    @admin.display(description=_("fit"), ordering="pk")
    def number(self, fit: Fit) -> str:
        return f"#{fit.pk}"

    @admin.display(description=_("learnt from data until"), ordering="data_until")
    def until(self, fit: Fit) -> SafeString:
        return short_date(fit.data_until)

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, fit: Fit) -> SafeString:
        return short_date(fit.created_at)

    @admin.display(description=_("portrait in the ranking"))
    def portrait(self, fit: Fit) -> str:
        return decision_of(fit, "portrait")

    @admin.display(description=_("sentiment in the ranking"))
    def sentiment(self, fit: Fit) -> str:
        return decision_of(fit, "sentiment")


def decision_of(fit: Fit, gate: str) -> str:
    """Say whether a fit makes use of something, and what that was found to bring."""
    found = fit.report.get("gates", {}).get(gate)
    if not found:
        return NOTHING
    told = {name: f"{100 * found[name]:+.1f} %" for name in ("value", "low", "high")}
    words = _("in use: {value} ({low} to {high}), {users} users compared")
    if not found["is_open"]:
        words = _("not in use: {value} ({low} to {high}), {users} users compared")
    return str(words).format(**told, users=found["users"])


@admin.register(Slate)
class SlateAdmin(ComputedAdmin):
    list_display = ["short_id", "whose", "place", "length", "served"]
    list_filter = [WorkspaceFilter, "placement"]
    list_select_related = ["user"]
    raw_id_fields = ["user"]
    ordering = ["-created_at"]

    @admin.display(description=_("slate"))
    def short_id(self, slate: Slate) -> str:
        return str(slate.pk)[:8]

    @admin.display(description=_("user"), ordering="user__external_id")
    def whose(self, slate: Slate) -> str:
        return str(slate.user) if slate.user else str(_("a stranger"))

    @admin.display(description=_("placement"), ordering="placement")
    def place(self, slate: Slate) -> str:
        return slate.placement or NOTHING

    @admin.display(description=_("items"))
    def length(self, slate: Slate) -> int:
        return len(slate.item_ids)

    @admin.display(description=_("served"), ordering="created_at")
    def served(self, slate: Slate) -> SafeString:
        return short_date(slate.created_at)
