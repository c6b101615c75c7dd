"""What was learnt and served, as staff see it, and what they decide about serving."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import (
    NOTHING,
    ComputedAdmin,
    Role,
    ScopedAdmin,
    WorkspaceFilter,
    short_date,
    workspaces_for,
)
from catalog.models import Item
from core.errors import InvalidError, LikenessError
from core.refusal_words import refusal_in_words
from recommendations.experiments import MOST_EXPLORED, arms_of
from recommendations.fit_words import state_in_words, why_in_a_word
from recommendations.models import Experiment, Fit, ServingSettings, Slate
from recommendations.services.rollback import roll_back
from recommendations.wording import sentences_of


@admin.register(Fit)
class FitAdmin(ComputedAdmin):
    """Fits as a list; each opens on a board of its own."""

    when_empty = _(
        "Nothing was learnt yet. A worker learns once there are interactions: “make worker”."
    )
    list_display = ["number", "workspace", "standing", "why", "interactions", "until", "made"]
    list_filter = [WorkspaceFilter, "state"]
    list_select_related = ["workspace"]
    ordering = ["-pk"]
    actions = ["serve_again"]

    def has_choose_permission(self, request: HttpRequest) -> bool:
        return workspaces_for(request, Role.OWNER).exists()

    @admin.action(description=_("Let the chosen fit serve again"), permissions=["choose"])
    def serve_again(self, request: HttpRequest, queryset: QuerySet[Fit]) -> None:
        """Go back to the chosen fit. One at a time."""
        allowed = queryset.filter(workspace__in=workspaces_for(request, Role.OWNER))
        chosen = list(allowed.select_related("workspace")[:2])
        if len(chosen) != 1:
            self.message_user(request, _("Choose one fit of your own."), messages.ERROR)
            return
        serve_again(request, chosen[0])

    @admin.display(description=_("fit"), ordering="pk")
    def number(self, fit: Fit) -> str:
        return f"#{fit.pk}"

    @admin.display(description=_("state"), ordering="state")
    def standing(self, fit: Fit) -> str:
        return state_in_words(fit)

    @admin.display(description=_("why"))
    def why(self, fit: Fit) -> str:
        return why_in_a_word(fit)

    @admin.display(description=_("learnt from data until"), ordering="data_until")
    def until(self, fit: Fit) -> SafeString:
        return short_date(fit.data_until)

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, fit: Fit) -> SafeString:
        return short_date(fit.created_at)


def serve_again(request: HttpRequest, fit: Fit) -> None:
    """Go back to a fit, and say so, or why it cannot be."""
    try:
        roll_back(workspace=fit.workspace, now=timezone.now(), to=fit.pk)
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))
    else:
        said = _("From the next list on, fit %(fit)s serves.") % {"fit": fit.pk}
        messages.success(request, said)


@admin.register(Slate)
class SlateAdmin(ComputedAdmin):
    when_empty = _(
        "No list was served yet. Lists that are asked for by the API or shown on pages are "
        "kept here."
    )
    list_display = ["short_id", "whose", "place", "length", "served"]
    list_filter = [WorkspaceFilter, "placement"]
    list_select_related = ["user"]
    ordering = ["-created_at"]
    readonly_fields = ["whose", "place", "served", "shown", "before"]
    fields = [
        *("whose", "place", "served", "shown", "before", "experiment", "arm"),
        *("query", "meta", "warnings"),
    ]

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

    @admin.display(description=_("items, scores and reasons"))
    def shown(self, slate: Slate) -> SafeString:
        items = Item.objects.in_bulk(slate.item_ids)
        language = get_language() or "en"
        rows = [
            (items.get(pk, NOTHING), f"{score:.3f}", "; ".join(sentences_of(reasons, language)))
            for pk, score, reasons in zip(slate.item_ids, slate.scores, slate.reasons, strict=False)
        ]
        row = '<li><b>{}</b> <span class="lk-soft">{}<br>{}</span></li>'
        return format_html('<ol class="lk-places">{}</ol>', format_html_join("", row, rows))

    @admin.display(description=_("slate before"))
    def before(self, slate: Slate) -> SafeString | str:
        if slate.previous_id is None:
            return NOTHING
        url = reverse("admin:recommendations_slate_change", args=[slate.previous_id])
        return format_html('<a class="lk-link" href="{}">{}</a>', url, str(slate.previous_id)[:8])

    @admin.display(description=_("served"), ordering="created_at")
    def served(self, slate: Slate) -> SafeString:
        return short_date(slate.created_at)


class ExperimentForm(forms.ModelForm[Experiment]):
    """An experiment whose arms can be used."""

    def clean_arms(self) -> Any:
        arms = self.cleaned_data["arms"]
        try:
            arms_of(arms)
        except InvalidError as error:
            raise forms.ValidationError(refusal_in_words(error)) from None
        return arms


@admin.register(Experiment)
class ExperimentAdmin(ScopedAdmin):
    when_empty = _(
        "No experiment is planned. One serves several ways of recommending side by side "
        "and tells which does better."
    )
    form = ExperimentForm
    changes_need = Role.OWNER
    fields = ["workspace", "name", "placement", "arms"]
    list_display = ["name", "workspace", "place", "state", "started", "stopped", "results"]
    list_filter = [WorkspaceFilter, "state"]
    list_select_related = ["workspace"]
    ordering = ["-pk"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with two arms that can be changed, to show how they are written."""
        return {
            "arms": [{"name": "as now"}, {"name": "no tags", "without": ["tags"]}],
            **super().get_changeform_initial_data(request),
        }

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What has started stays as it was started, or its results would mean nothing."""
        is_open = obj is None or obj.state == Experiment.State.DRAFT
        return is_open and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was never started served nobody, and may go."""
        return self.has_change_permission(request, obj)

    def complete(self, request: HttpRequest, obj: Experiment, form: Any) -> None:
        """Refuse what was started while its form was on the way."""
        if obj.state != Experiment.State.DRAFT:
            raise PermissionDenied

    @admin.display(description=_("placement"), ordering="placement")
    def place(self, experiment: Experiment) -> str:
        return experiment.placement or NOTHING

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, experiment: Experiment) -> SafeString:
        return short_date(experiment.started_at)

    @admin.display(description=_("stopped"), ordering="stopped_at")
    def stopped(self, experiment: Experiment) -> SafeString:
        return short_date(experiment.stopped_at)

    @admin.display(description=_("results"))
    def results(self, experiment: Experiment) -> SafeString:
        board = f"{reverse('outcomes-board')}?workspace={experiment.workspace_id}"
        address = f"{board}&experiment={experiment.pk}"
        return format_html('<a class="lk-link" href="{}">{}</a>', address, _("show"))


class ServingSettingsForm(forms.ModelForm[ServingSettings]):
    """Settings that lists can be served by."""

    def clean_explored_share(self) -> float:
        share = float(self.cleaned_data["explored_share"])
        if not 0.0 <= share <= MOST_EXPLORED:
            told = _("%(share)g is not from 0 to %(most)g: 0.1 gives one place in ten.")
            raise forms.ValidationError(told % {"share": share, "most": MOST_EXPLORED})
        return share


@admin.register(ServingSettings)
class ServingSettingsAdmin(ScopedAdmin):
    form = ServingSettingsForm
    when_empty = _(
        "Nothing is explored: every place goes to what is foretold to please. Settings "
        "give a share of the places to items still to be learnt about."
    )
    changes_need = Role.OWNER
    list_display = ["workspace", "explored_share"]
    list_filter = [WorkspaceFilter]
    list_select_related = ["workspace"]
