"""Users and what is believed about them, as staff see it and correct it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import ComputedAdmin, ScopedAdmin, workspaces_for
from core.errors import LikenessError
from core.jobs import Job, enqueue
from profiles.models import Evidence, Kind, Segment, Statement, User
from profiles.queries.portraits import portrait_of
from profiles.services import corrections

Correction = Callable[..., Statement]
CORRECTIONS: dict[str, Correction] = {
    "confirm": corrections.confirm,
    "reject": corrections.reject,
    "pin": corrections.pin,
}


def correct(request: HttpRequest, statements: QuerySet[Any], verdict: str) -> tuple[int, list[str]]:
    """Apply a verdict to the statements that the account may change.

    Returns how many were changed, and what stood in the way of the others.
    """
    allowed = statements.filter(workspace__in=workspaces_for(request, writing=True))
    done, refused = 0, []
    for statement in allowed:
        try:
            CORRECTIONS[verdict](statement=statement, account=request.user)
            done += 1
        except LikenessError as error:
            refused.append(error.message)
    return done, refused


@admin.register(User)
class UserAdmin(ComputedAdmin):
    """The list of users; each opens as a portrait, not as a form."""

    list_display = ["portrait_link", "name", "language", "believed", "segment", "is_paused"]
    list_filter = ["workspace", "is_paused", "language"]
    list_select_related = ["profile__segment"]
    search_fields = ["external_id", "name"]
    actions = ["draw_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        current = Q(statements__valid_until__isnull=True) & ~Q(statements__status="rejected")
        return super().get_queryset(request).annotate(beliefs=Count("statements", filter=current))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.portrait_view)
        own = path("<int:user_id>/portrait/", view, name="profiles_user_portrait")
        return [own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect("admin:profiles_user_portrait", user_id=object_id)

    def portrait_view(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Show one user's portrait on one page; a POST corrects one statement of it."""
        user = self.get_queryset(request).select_related("workspace").filter(pk=user_id).first()
        if user is None:
            raise Http404
        may_correct = workspaces_for(request, writing=True).filter(pk=user.workspace_id).exists()
        if request.method == "POST" and may_correct:
            self._correct_one(request, user)
            return redirect("admin:profiles_user_portrait", user_id=user_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(user),
            "subtitle": user.external_id,
            "person": user,
            "portrait": portrait_of(user, language=get_language() or "en", with_hidden=True),
            "may_correct": may_correct,
            "opts": self.opts,
        }
        return render(request, "admin/profiles/user/portrait.html", context)

    def _correct_one(self, request: HttpRequest, user: User) -> None:
        verdict = request.POST.get("verdict", "")
        chosen = Statement.objects.filter(user=user, pk=request.POST.get("statement") or 0)
        if verdict not in CORRECTIONS:
            self.message_user(request, _("Choose confirm, reject or pin."), messages.ERROR)
            return
        done, refused = correct(request, chosen, verdict)
        if done:
            self.message_user(request, _("Noted; the portrait follows."), messages.SUCCESS)
        for words in refused:
            self.message_user(request, words, messages.ERROR)

    @admin.display(description=_("user"), ordering="external_id")
    def portrait_link(self, user: User) -> SafeString:
        url = reverse("admin:profiles_user_portrait", args=[user.pk])
        return format_html('<a href="{}">{}</a>', url, user.external_id)

    @admin.display(description=_("statements"), ordering="beliefs")
    def believed(self, user: User) -> int:
        return int(getattr(user, "beliefs", 0))

    @admin.display(description=_("segment"))
    def segment(self, user: User) -> str:
        profile = getattr(user, "profile", None)
        return str(profile.segment) if profile and profile.segment else "–"

    @admin.action(description=_("Draw the chosen portraits again"))
    def draw_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for user_id in queryset.values_list("pk", flat=True):
            enqueue(Job.REFRESH_USER, user_id=user_id)
        self.message_user(request, _("Asked for; reload in a moment."), messages.SUCCESS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Statement)
class StatementAdmin(ComputedAdmin):
    """The review inbox: what is proposed, with the words behind it, to confirm or reject."""

    list_display = ["belief", "portrait", "how_sure", "because", "level", "status", "valid_from"]
    list_filter = [
        "status",
        "level",
        "polarity",
        "workspace",
        ("valid_until", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["tag", "user"]
    search_fields = ["tag__key", "user__external_id"]
    ordering = ["-confidence", "-pk"]
    list_per_page = 50
    actions = ["confirm", "reject", "pin"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Statement]:
        words = Evidence.objects.filter(statement=OuterRef("pk")).exclude(quote="")
        quote = Subquery(words.order_by("-weight").values("quote")[:1])
        return super().get_queryset(request).annotate(first_quote=quote)

    def has_action_permission(self, request: HttpRequest) -> bool:
        """Curators and owners may answer."""
        return workspaces_for(request, writing=True).exists()

    @admin.display(description=_("statement"), ordering="tag__key")
    def belief(self, statement: Statement) -> SafeString:
        verb = _("likes") if statement.polarity > 0 else _("dislikes")
        name = statement.tag.name_in(get_language() or "en")
        tone = "like" if statement.polarity > 0 else "dislike"
        return format_html('<span class="lk-{}">{} <b>{}</b></span>', tone, verb, name)

    @admin.display(description=_("user"), ordering="user__external_id")
    def portrait(self, statement: Statement) -> SafeString:
        url = reverse("admin:profiles_user_portrait", args=[statement.user_id])
        return format_html('<a href="{}">{}</a>', url, statement.user)

    @admin.display(description=_("sure"), ordering="confidence")
    def how_sure(self, statement: Statement) -> str:
        return f"{statement.confidence:.0%}"

    @admin.display(description=_("because of the words"))
    def because(self, statement: Statement) -> SafeString | str:
        quote = getattr(statement, "first_quote", None)
        return format_html('<q class="lk-quote">{}</q>', quote) if quote else "–"

    @admin.action(description=_("Confirm"), permissions=["action"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._answer(request, queryset, "confirm")

    @admin.action(description=_("Reject"), permissions=["action"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._answer(request, queryset, "reject")

    @admin.action(description=_("Pin: keep whatever comes"), permissions=["action"])
    def pin(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._answer(request, queryset, "pin")

    def _answer(self, request: HttpRequest, queryset: QuerySet[Any], verdict: str) -> None:
        done, refused = correct(request, queryset, verdict)
        self.message_user(request, _("%d statements answered.") % done, messages.SUCCESS)
        for words in refused[:5]:
            self.message_user(request, words, messages.ERROR)


@admin.register(Segment)
class SegmentAdmin(ComputedAdmin):
    list_display = ["name", "size", "about", "workspace", "updated_at"]
    list_filter = ["workspace"]
    ordering = ["workspace", "-size"]

    @admin.display(description=_("segment"))
    def name(self, segment: Segment) -> str:
        return str(segment.names.get((get_language() or "en")[:2]) or segment)

    @admin.display(description=_("description"))
    def about(self, segment: Segment) -> str:
        return str(segment.description.get((get_language() or "en")[:2], ""))


@admin.register(Kind)
class KindAdmin(ScopedAdmin):
    list_display = ["name", "polarity", "weight", "half_life_days", "value_middle", "workspace"]
    list_filter = ["workspace"]
