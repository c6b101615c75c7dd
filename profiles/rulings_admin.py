"""Staff decide which reviews may be shown: one at a time or many at once, and with a reason."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Account
from accounts.scoped_admin import (
    NOTHING,
    ComputedAdmin,
    Role,
    WorkspaceFilter,
    short_date,
    works_in,
    workspaces_for,
)
from core.errors import LikenessError
from core.refusal_words import refusal_in_words
from profiles.models import Reading, Review, Ruling
from profiles.queries.rulings import is_put_away, rulings_on, undecided
from profiles.services.rulings import LONGEST_REASON, rule, undo_ruling

if TYPE_CHECKING:
    ActionForm = forms.Form
else:
    from unfold.forms import ActionForm

Standing = Review.Standing
BEGINNING = 140  # letters of a review in a list
UNDO = "undo"
OPEN = "open"
TONES = {Standing.KEPT: "active", Standing.HIDDEN: "rejected", Standing.LEFT_OUT: "rejected"}


class RulingForm(ActionForm):
    """What to do with the chosen reviews, and why."""

    reason = forms.CharField(
        label="",
        required=False,
        widget=forms.TextInput(
            {
                "class": "lk-reason",
                "placeholder": _("why, for who looks later"),
                "aria-label": _("reason"),
            }
        ),
    )


class StandingFilter(admin.SimpleListFilter):
    """What nobody has decided about, the least safe first, and what was decided."""

    title = _("decision")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(OPEN, _("undecided")), ("kept", _("kept")), ("hidden", _("hidden"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == OPEN:
            return queryset.filter(undecided("review__"))
        if self.value() in Standing.values:
            return queryset.filter(review__standing=self.value())
        return queryset


class RuledAdmin(ComputedAdmin):
    """Rows that have a `review`, which is decided about in the list or on the row's own page."""

    action_form = RulingForm
    actions = ["keep", "hide", "leave_out", "undo"]
    change_form_outer_after_template = "admin/profiles/reading/ruling.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = ruling_context(request, row.review if row else None)
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    @admin.display(description=_("user"), ordering="review__interaction__user__external_id")
    def by_user(self, row: Any) -> SafeString:
        user = row.review.interaction.user
        return link_to_portrait(user.pk, str(user))

    @admin.display(description=_("item"))
    def item(self, row: Any) -> str:
        return str(row.review.interaction.item)

    def has_rule_permission(self, request: HttpRequest) -> bool:
        """Curators and owners may decide."""
        return workspaces_for(request, Role.CURATOR).exists()

    @admin.action(description=_("Keep: may be shown"), permissions=["rule"])
    def keep(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        _decide_all(request, queryset, Standing.KEPT)

    @admin.action(description=_("Hide: shown to nobody, but counts"), permissions=["rule"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        _decide_all(request, queryset, Standing.HIDDEN)

    @admin.action(description=_("Hide and leave out of the portrait"), permissions=["rule"])
    def leave_out(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        _decide_all(request, queryset, Standing.LEFT_OUT)

    @admin.action(description=_("Undo the last decision"), permissions=["rule"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        _decide_all(request, queryset, UNDO)


def _decide_all(request: HttpRequest, rows: QuerySet[Any], verdict: str) -> None:
    _decide(request, set(rows.order_by().values_list("review_id", flat=True)), verdict)


def _decide(request: HttpRequest, review_ids: Collection[int], verdict: str) -> None:
    """Rule on those of these reviews that the account may rule on, and say what came of it."""
    here = workspaces_for(request, Role.CURATOR)
    allowed = Review.objects.filter(pk__in=review_ids, workspace__in=here)
    ids = list(allowed.values_list("pk", flat=True))
    if not ids:
        messages.error(request, _("You may look at these reviews, but not decide about them."))
        return
    account = request.user if isinstance(request.user, Account) else None
    try:
        count = _ruled(ids, verdict, account, request.POST.get("reason", "").strip())
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))
        return
    said = ngettext("%(n)d review decided about.", "%(n)d reviews decided about.", count)
    messages.success(request, said % {"n": count})


def _ruled(ids: Collection[int], verdict: str, account: Account | None, reason: str) -> int:
    if verdict == UNDO:
        return undo_ruling(review_ids=ids, account=account)
    return rule(review_ids=ids, verdict=verdict, account=account, reason=reason)


def rule_on(request: HttpRequest, review_id: int) -> HttpResponse:
    """Do what the form under a review asks for, and go back to where the review is to be seen."""
    seen = Review.objects.filter(workspace__in=workspaces_for(request), pk=review_id)
    if not seen.exists():
        raise Http404
    if request.method == "POST":
        _decide(request, [review_id], request.POST.get("verdict", ""))
    return redirect(_where(review_id))


def _where(review_id: int) -> str:
    """Return the page that shows the review: its reading's, or its last decision's."""
    reading = Reading.objects.filter(review=review_id).first()
    if reading is not None:
        return reverse("admin:profiles_reading_change", args=[reading.pk])
    last = rulings_on(review_id).first()
    if last is not None:
        return reverse("admin:profiles_ruling_change", args=[last.pk])
    return reverse("admin:profiles_reading_changelist")


def ruling_context(request: HttpRequest, review: Review | None) -> dict[str, Any]:
    """Return what the form under a review needs."""
    if review is None:
        return {}
    rulings = list(rulings_on(review.pk))
    return {
        "ruled_review": review,
        "standing": standing_of(review),
        "rulings": rulings,
        "can_undo": any(one.undone_at is None for one in rulings),
        "may_rule": works_in(request, review.workspace_id, Role.CURATOR),
        "longest_reason": LONGEST_REASON,
    }


def badge_of(standing: Review.Standing) -> SafeString:
    """Return a badge of what was decided."""
    return format_html('<span class="lk-badge lk-{}">{}</span>', TONES[standing], standing.label)


def link_to_portrait(user_id: int, words: str) -> SafeString:
    """Return a link to a user's portrait."""
    url = reverse("admin:profiles_user_change", args=[user_id])
    return format_html('<a class="lk-name" href="{}">{}</a>', url, words)


def standing_of(review: Review) -> SafeString | str:
    """Return a badge of where a review stands, or nothing where nobody has decided."""
    if not review.standing:
        return NOTHING
    standing = Standing(review.standing)
    badge = badge_of(standing)
    if review.ruled_source == review.source_hash:
        return badge
    changed = format_html('<span class="lk-badge lk-proposed">{}</span>', _("written anew since"))
    return format_html("{} {}", badge, changed)


def beginning_of(review: Review) -> SafeString:
    """Return how a review begins, for a list; of what is hidden only that it is."""
    if is_put_away(review.standing):
        return format_html('<span class="lk-soft">{}</span>', _("hidden: open it to read it"))
    beginning = Truncator(review.clean_text).chars(BEGINNING)
    return format_html('<q class="lk-quote">{}</q>', beginning)


def veiled(review: Review, words: SafeString | str) -> SafeString | str:
    """Return the words of a review; where they are hidden, folded away."""
    if not is_put_away(review.standing):
        return words
    fold = '<details class="lk-veiled"><summary>{}</summary>{}</details>'
    return format_html(fold, _("Hidden. Show it to me"), words)


class RulingAdmin(RuledAdmin):
    """All that staff decided about reviews, the newest first, and what became of it."""

    list_display = ["words", "decided", "why", "by", "made", "became"]
    list_filter = ["verdict", WorkspaceFilter]
    list_select_related = ["review", "account", "undone_by"]
    list_per_page = 50
    ordering = ["-pk"]
    search_fields = ["reason", "review__interaction__user__external_id"]
    readonly_fields = ["text", "decided", "why", "by", "made", "became", "by_user", "item"]
    fields = [*readonly_fields]

    @admin.display(description=_("review"))
    def words(self, ruling: Ruling) -> SafeString:
        return beginning_of(ruling.review)

    @admin.display(description=_("review, as it is stored"))
    def text(self, ruling: Ruling) -> SafeString | str:
        said = format_html('<p class="lk-said">{}</p>', ruling.review.clean_text)
        return veiled(ruling.review, said)

    @admin.display(description=_("decision"), ordering="verdict")
    def decided(self, ruling: Ruling) -> SafeString:
        return badge_of(Standing(ruling.verdict))

    @admin.display(description=_("reason"))
    def why(self, ruling: Ruling) -> str:
        return ruling.reason or NOTHING

    @admin.display(description=_("by whom"), ordering="account")
    def by(self, ruling: Ruling) -> str:
        return str(ruling.account or NOTHING)

    @admin.display(description=_("when"), ordering="made_at")
    def made(self, ruling: Ruling) -> SafeString:
        return short_date(ruling.made_at)

    @admin.display(description=_("undone"), ordering="undone_at")
    def became(self, ruling: Ruling) -> SafeString | str:
        if ruling.undone_at is None:
            return NOTHING
        return format_html("{} · {}", ruling.undone_by or NOTHING, short_date(ruling.undone_at))
