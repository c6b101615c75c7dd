"""Trained models, as staff see them: how each does beside what ran before, and which runs."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.scoped_admin import (
    NOTHING,
    ComputedAdmin,
    WorkspaceFilter,
    short_date,
    workspaces_for,
)
from catalog.models import TrainedModel
from catalog.services.trained import promote, rollback
from core.errors import LikenessError
from core.refusal_words import refusal_in_words

Role = Membership.Role


def gain_in_words(model: TrainedModel) -> str:
    """The fall of the squared error, with its 95 % bounds; empty where nothing was compared."""
    gain = model.metrics.get("gain")
    if not gain:
        return ""
    return f"{gain['value']:+.4f} ({gain['low']:+.4f} … {gain['high']:+.4f})"


class TrainedModelAdmin(ComputedAdmin):
    """What training made. Owners choose what runs; the files and figures are never edited."""

    when_empty = _("Nothing has been trained here yet. The page “Training” orders it.")
    list_display = ["name", "use", "method", "state", "gained", "beside", "workspace", "trained"]
    list_filter = [WorkspaceFilter, "use", "state"]
    list_select_related = ["workspace", "previous"]
    ordering = ["-trained_at"]
    fields = [
        *("name", "use", "method", "base", "state", "previous"),
        *("beside", "gained", "config", "digest", "data_cutoff"),
        *("trained_at", "promoted_at", "files_deleted_at"),
    ]
    readonly_fields = ["beside", "gained"]
    actions = ["run_chosen", "go_back"]

    def has_choose_permission(self, request: HttpRequest) -> bool:
        return workspaces_for(request, Role.OWNER).exists()

    @admin.display(description=_("gain"))
    def gained(self, model: TrainedModel) -> str:
        return gain_in_words(model) or NOTHING

    @admin.display(description=_("now / before, on held-out texts"))
    def beside(self, model: TrainedModel) -> SafeString | str:
        rows = [
            (source, f"{pair['new']['auc']:.3f}", f"{pair['old']['auc']:.3f}", "AUC")
            for source, pair in sorted(model.metrics.get("sets", {}).items())
        ]
        rows += [
            (name, f"{found['new']:.3f}", f"{found['old']:.3f}", "")
            for name, found in sorted(model.metrics.items())
            if name.startswith("recall@")
        ]
        return format_html_join(SafeString("<br>"), "{} {} / {} {}", rows) or NOTHING

    @admin.display(description=_("trained"), ordering="trained_at")
    def trained(self, model: TrainedModel) -> SafeString:
        return short_date(model.trained_at)

    @admin.action(description=_("Let the chosen model run"), permissions=["choose"])
    def run_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Promote the chosen model, whatever its figures say. One at a time."""
        chosen = list(queryset.filter(workspace__in=workspaces_for(request, Role.OWNER))[:2])
        if len(chosen) != 1:
            self.message_user(request, _("Choose one model of your own."), messages.ERROR)
            return
        self._do(request, lambda: promote(chosen[0]), _("%s runs now.") % chosen[0].name)

    @admin.action(description=_("Go back to the model before"), permissions=["choose"])
    def go_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take back what runs for the uses of the chosen models."""
        allowed = queryset.filter(workspace__in=workspaces_for(request, Role.OWNER))
        for workspace_id, use in sorted(set(allowed.values_list("workspace_id", "use"))):
            self._do(
                request,
                lambda of=workspace_id, use=use: rollback(of, use),
                _("The model before runs again."),
            )

    def _do(self, request: HttpRequest, change: Any, said: Any) -> None:
        try:
            change()
        except LikenessError as error:
            self.message_user(request, refusal_in_words(error), messages.ERROR)
        else:
            self.message_user(request, said, messages.SUCCESS)
