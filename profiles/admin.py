"""Users and what is believed about them, as staff see it and correct it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from accounts.scoped_admin import (
    NOTHING,
    ComputedAdmin,
    Role,
    WorkspaceFilter,
    count_of,
    short_date,
    workspaces_for,
)
from catalog.models import Tag
from core.errors import LikenessError
from core.jobs import Job, enqueue
from core.refusal_words import refusal_in_words
from profiles.calibration_admin import CalibrationAdmin
from profiles.kind_words import kind_in_a_word
from profiles.models import Calibration, Evidence, Kind, Reading, Ruling, Segment, Statement, User
from profiles.queries.rulings import quoting, shown_quote
from profiles.queries.statements import IN_USE
from profiles.readings_admin import ReadingAdmin
from profiles.rulings_admin import RulingAdmin, link_to_portrait
from profiles.segments_admin import SegmentAdmin, in_words
from profiles.services import corrections
from profiles.topics_admin import LiftingWorkspaceAdmin
from profiles.vocabulary_admin import KindAdmin, TagAdmin
from profiles.wording import level_in_words, status_in_words

admin.site.unregister(Workspace)  # in whose place comes a page that knows of topics
admin.site.register(Workspace, LiftingWorkspaceAdmin)
admin.site.register(Segment, SegmentAdmin)
admin.site.register(Tag, TagAdmin)
admin.site.register(Kind, KindAdmin)
admin.site.register(Calibration, CalibrationAdmin)
admin.site.register(Reading, ReadingAdmin)
admin.site.register(Ruling, RulingAdmin)

Status = Statement.Status
Correction = Callable[..., Statement | None]
UNDO = "undo"
CORRECTIONS: dict[str, Correction] = {
    "confirm": corrections.confirm,
    "reject": corrections.reject,
    "pin": corrections.pin,
    UNDO: lambda *, statement, account: corrections.undo(statement=statement),
}


def correct(request: HttpRequest, statements: QuerySet[Any], verdict: str) -> tuple[int, list[str]]:
    """Apply a verdict to the statements that the account may change.

    Returns how many were changed, and what stood in the way of the others.
    """
    allowed = statements.filter(workspace__in=workspaces_for(request, Role.CURATOR))
    done, refused = 0, []
    for statement in allowed:
        try:
            CORRECTIONS[verdict](statement=statement, account=request.user)
            done += 1
        except LikenessError as error:
            refused.append(refusal_in_words(error))
    return done, refused


@admin.register(User)
class UserAdmin(ComputedAdmin):
    """The list of users. What one opens as is the portrait, which stands on a higher floor."""

    when_empty = _(
        "No user was sent yet. Send some by the API, or load a folder: “manage.py ingest "
        "FOLDER --workspace NAME”."
    )
    list_display = ["whose", "full_name", "believed", "waiting", "segment", "paused"]
    list_filter = [WorkspaceFilter, "is_paused", "language"]
    list_select_related = ["profile__segment"]
    ordering = ["external_id"]
    list_per_page = 50
    search_fields = ["external_id", "name"]
    actions = ["draw_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        held = Statement.objects.filter(
            user=OuterRef("pk"), valid_until__isnull=True, is_hidden=False
        )
        in_use = held.filter(status__in=IN_USE)
        proposed = held.filter(status=Status.PROPOSED).exclude(level=Statement.Level.LATENT)
        counted: QuerySet[User] = (
            super()
            .get_queryset(request)
            .annotate(beliefs=count_of(in_use, "user"), proposals=count_of(proposed, "user"))
        )
        return counted

    @admin.display(description=_("user"), ordering="external_id")
    def whose(self, user: User) -> str:
        return user.external_id

    @admin.display(description=_("name"), ordering="name")
    def full_name(self, user: User) -> str:
        return user.name or NOTHING

    @admin.display(description=_("in use"), ordering="beliefs")
    def believed(self, user: User) -> int:
        return int(getattr(user, "beliefs", 0))

    @admin.display(description=_("waiting"), ordering="proposals")
    def waiting(self, user: User) -> int:
        return int(getattr(user, "proposals", 0))

    @admin.display(description=_("segment"))
    def segment(self, user: User) -> str:
        profile = getattr(user, "profile", None)
        return in_words(profile.segment.names) if profile and profile.segment else NOTHING

    @admin.display(description=_("profiling"), ordering="is_paused")
    def paused(self, user: User) -> str:
        return str(_("paused") if user.is_paused else _("on"))

    def has_draw_permission(self, request: HttpRequest) -> bool:
        return workspaces_for(request, Role.CURATOR).exists()

    @admin.action(description=_("Draw the chosen portraits again"), permissions=["draw"])
    def draw_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        allowed = queryset.filter(workspace__in=workspaces_for(request, Role.CURATOR))
        for user_id in allowed.values_list("pk", flat=True):
            enqueue(Job.REFRESH_USER, user_id=user_id)
        self.message_user(request, _("Asked for; reload in a moment."), messages.SUCCESS)


class ValidityFilter(admin.SimpleListFilter):
    """What is believed now, unless one asks for what was believed before."""

    title = _("validity")
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("past", _("no longer held")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        """Name the default, which Django calls "All"."""
        default, *others = super().choices(changelist)
        yield {**default, "display": _("held now")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(valid_until__isnull=self.value() != "past")


@admin.register(Statement)
class StatementAdmin(ComputedAdmin):
    """The review inbox: what is proposed, with the words behind it, to confirm or reject."""

    when_empty = _(
        "Nothing is believed of anybody yet. A worker draws portraits from interactions: "
        "“make worker”."
    )
    list_display = ["belief", "portrait", "how_sure", "because", "how_known", "standing", "since"]
    list_filter = ["status", ValidityFilter, "level", "polarity", WorkspaceFilter]
    list_select_related = ["tag", "user"]
    search_fields = ["tag__key", "tag__names", "user__external_id", "user__name"]
    ordering = ["-confidence", "-pk"]
    list_per_page = 50
    actions = ["confirm", "reject", "pin", "undo"]
    readonly_fields = [
        *("belief", "portrait", "how_sure", "how_strong", "how_known", "standing", "look_ahead"),
        "words",
        *("held", "concluded", "answered", "note", "by_model"),
    ]
    fields = [*readonly_fields]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Statement]:
        words = quoting(Evidence.objects.filter(statement=OuterRef("pk")))
        agreeing = words.order_by((F("weight") * F("statement__polarity")).desc(), "-pk")
        quote = Subquery(agreeing.values("quote")[:1])
        quoted: QuerySet[Statement] = super().get_queryset(request).annotate(first_quote=quote)
        if "level__exact" in request.GET:
            return quoted
        return quoted.exclude(level=Statement.Level.LATENT, reviewed_at=None)  # guesses, no facts

    def has_action_permission(self, request: HttpRequest) -> bool:
        """Curators and owners may answer."""
        return workspaces_for(request, Role.CURATOR).exists()

    @admin.display(description=_("statement"), ordering="tag__key")
    def belief(self, statement: Statement) -> SafeString:
        verb = _("likes") if statement.polarity > 0 else _("dislikes")
        if statement.level == Statement.Level.LATENT and statement.reviewed_at is None:
            verb = _("may like")
        name = statement.tag.name_in(get_language() or "en")
        tone = "like" if statement.polarity > 0 else "dislike"
        return format_html('<span class="lk-{}">{} <b>{}</b></span>', tone, verb, name)

    @admin.display(description=_("user"), ordering="user__external_id")
    def portrait(self, statement: Statement) -> SafeString:
        return link_to_portrait(statement.user_id, str(statement.user))

    @admin.display(description=_("confidence"), ordering="confidence")
    def how_sure(self, statement: Statement) -> str:
        return f"{statement.confidence:.0%}"

    @admin.display(description=_("because of the words"))
    def because(self, statement: Statement) -> SafeString | str:
        quote = getattr(statement, "first_quote", None)
        return format_html('<q class="lk-quote">{}</q>', quote) if quote else NOTHING

    @admin.display(description=_("strength"))
    def how_strong(self, statement: Statement) -> str:
        return f"{statement.strength:.0%}"

    @admin.display(description=_("What would move"))
    def look_ahead(self, statement: Statement) -> SafeString | str:
        """Lead to the page where an answer is tried before it is given."""
        if statement.valid_until is not None:
            return NOTHING
        place = reverse("preview-statement", args=[statement.user_id, statement.pk])
        return format_html('<a class="lk-link" href="{}">{}</a>', place, _("See what would move"))

    @admin.display(description=_("evidence"))
    def words(self, statement: Statement) -> SafeString | str:
        rest_on = statement.evidence.select_related("interaction__kind", "interaction__item")
        rest_on = rest_on.annotate(shown=shown_quote())
        rows = [
            (
                format_html('<q class="lk-quote">{}</q> ', one.shown) if one.shown else "",
                kind_in_a_word(one.interaction.kind.name),
                one.interaction.item,
                f"{one.weight:+.2f}",
            )
            for one in rest_on.order_by("-weight", "pk")
        ]
        lines = format_html_join("", "<li>{}{} · {} · {}</li>", rows)
        return format_html("<ul>{}</ul>", lines) if lines else NOTHING

    @admin.display(description=_("held"))
    def held(self, statement: Statement) -> SafeString:
        until = short_date(statement.valid_until) if statement.valid_until else ""
        return format_html("{} – {}", short_date(statement.valid_from), until)

    @admin.display(description=_("concluded"))
    def concluded(self, statement: Statement) -> SafeString:
        return short_date(statement.concluded_at)

    @admin.display(description=_("answered"))
    def answered(self, statement: Statement) -> SafeString | str:
        if statement.reviewed_at is None:
            return NOTHING
        who = statement.reviewed_by or NOTHING
        return format_html("{} · {}", who, short_date(statement.reviewed_at))

    @admin.display(description=_("model"))
    def by_model(self, statement: Statement) -> str:
        return f"{statement.model} · {statement.version}"

    @admin.display(description=_("level"), ordering="level")
    def how_known(self, statement: Statement) -> SafeString:
        return format_html('<span class="lk-name">{}</span>', level_in_words(statement.level))

    @admin.display(description=_("status"), ordering="status")
    def standing(self, statement: Statement) -> SafeString:
        words = status_in_words(statement.status)
        return format_html('<span class="lk-badge lk-{}">{}</span>', statement.status, words)

    @admin.display(description=_("since"), ordering="valid_from")
    def since(self, statement: Statement) -> SafeString:
        return short_date(statement.valid_from)

    @admin.action(description=_("Confirm"), permissions=["action"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._answer(request, queryset, "confirm")

    @admin.action(description=_("Reject"), permissions=["action"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._answer(request, queryset, "reject")

    @admin.action(description=_("Pin: keep whatever comes"), permissions=["action"])
    def pin(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._answer(request, queryset, "pin")

    @admin.action(description=_("Undo the last answer"), permissions=["action"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._answer(request, queryset, UNDO)

    def _answer(self, request: HttpRequest, queryset: QuerySet[Any], verdict: str) -> None:
        """Answer the chosen statements, which may leave the list by it, and show where they are."""
        keys = sorted(queryset.values_list("pk", flat=True))
        done, refused = correct(request, queryset, verdict)
        if done:
            here = reverse("admin:profiles_statement_changelist")
            told = format_html(
                '{} <a class="lk-link" href="{}?pk__in={}">{}</a>',
                _("%d statements answered.") % done,
                here,
                ",".join(map(str, keys)),
                _("Look at them"),
            )
            self.message_user(request, told, messages.SUCCESS)
        for words in refused[:5]:
            self.message_user(request, words, messages.ERROR)
