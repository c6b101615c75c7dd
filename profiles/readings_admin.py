"""What the models read in reviews, as staff see it: the words, the aspects, and what to look at."""

from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.scoped_admin import NOTHING, WorkspaceFilter, workspaces_for
from profiles.kind_words import kind_in_a_word
from profiles.models import AspectReading, Reading
from profiles.models.texts import SAFE
from profiles.queries.verdicts import verdicts
from profiles.rulings_admin import (
    OPEN,
    RuledAdmin,
    StandingFilter,
    beginning_of,
    rule_on,
    standing_of,
    veiled,
)

# A sentiment nearer to the middle contradicts no rating.
PLAIN = 0.2


class LanguageFilter(admin.SimpleListFilter):
    """The languages of the reviews that the account may see."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = Reading.objects.filter(workspace__in=workspaces_for(request))
        found = seen.order_by("review__language").values_list("review__language", flat=True)
        return [(one, one) for one in found.distinct() if one]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(review__language=value) if value else queryset


class SafetyFilter(admin.SimpleListFilter):
    """What may not be safe to show: the least safe first, for somebody to look at."""

    title = _("safety")
    parameter_name = "safety"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("low", _("to look at: below %(bound)s") % {"bound": f"{SAFE:.0%}"})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(safety__lt=SAFE) if self.value() == "low" else queryset


class AgreementFilter(admin.SimpleListFilter):
    """Where the words sound otherwise than the rating: irony, a slip, or a wrong reading."""

    title = _("words and rating")
    parameter_name = "agreement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("contradict each other"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "no":
            return queryset
        pleased, displeased = verdicts("review__interaction__")
        return queryset.filter(
            (pleased & Q(sentiment__lt=-PLAIN)) | (displeased & Q(sentiment__gt=PLAIN))
        )


class ReadingAdmin(RuledAdmin):
    """Readings, the newest first. The text is the clean one, in which names are masked.

    What is undecided, or may not be safe, comes the least safe first.
    """

    list_display = [
        *("words", "mood", "rated", "aspects", "safe", "stands", "by_user", "language"),
        "by_model",
    ]
    list_filter = [SafetyFilter, StandingFilter, AgreementFilter, LanguageFilter, WorkspaceFilter]
    list_select_related = ["review__interaction__user", "review__interaction__kind"]
    list_per_page = 50
    search_fields = ["review__interaction__user__external_id", "review__clean_text"]
    readonly_fields = [
        *("text", "mood", "rated", "confidence", "safe", "spoken_of"),
        *("by_user", "item", "language", "by_model", "version"),
    ]
    fields = [*readonly_fields]

    def get_urls(self) -> list[Any]:
        """Add where the form under a review is sent to."""
        rules = self.admin_site.admin_view(rule_on)
        own = path("of/<int:review_id>/rule/", rules, name="profiles_review_rule")
        return [own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reading]:
        aspects = AspectReading.objects.select_related("tag").order_by("start", "pk")
        rows: QuerySet[Reading] = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("aspects", aspects))

    def get_ordering(self, request: HttpRequest) -> Any:
        is_inbox = request.GET.get(StandingFilter.parameter_name) == OPEN
        return (
            ["safety", "-pk"] if is_inbox or SafetyFilter.parameter_name in request.GET else ["-pk"]
        )

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let a portrait ask for the readings of its user."""
        return lookup == "review__interaction__user" or super().lookup_allowed(
            lookup, value, request
        )

    @admin.display(description=_("review"))
    def words(self, reading: Reading) -> SafeString:
        return beginning_of(reading.review)

    @admin.display(description=_("review, as it is stored"))
    def text(self, reading: Reading) -> SafeString | str:
        said = marked(reading.review.clean_text, list(reading.aspects.all()))
        return veiled(reading.review, said)

    @admin.display(description=_("sounds"), ordering="sentiment")
    def mood(self, reading: Reading) -> SafeString:
        return leaning(reading.sentiment)

    @admin.display(description=_("rated"), ordering="review__interaction__value")
    def rated(self, reading: Reading) -> str:
        met = reading.review.interaction
        kind = kind_in_a_word(met.kind.name)
        return kind if met.value is None else f"{kind} {met.value:g}"

    @admin.display(description=_("aspects"))
    def aspects(self, reading: Reading) -> SafeString | str:
        found = [(_tone(one), _name(one)) for one in reading.aspects.all()]
        line = format_html_join(" ", '<span class="lk-{}">{}</span>', dict.fromkeys(found))
        return line or NOTHING

    @admin.display(description=_("aspects and their words"))
    def spoken_of(self, reading: Reading) -> SafeString | str:
        text = reading.review.clean_text
        rows = [
            (_tone(one), _name(one), f"{one.polarity:+.2f}", text[one.start : one.end])
            for one in reading.aspects.all()
        ]
        row = '<li><b class="lk-{}">{} {}</b> <q class="lk-quote">{}</q></li>'
        listed = format_html_join("", row, rows)
        return veiled(reading.review, format_html("<ul>{}</ul>", listed)) if listed else NOTHING

    @admin.display(description=_("safety"), ordering="safety")
    def safe(self, reading: Reading) -> SafeString:
        tone = "dislike" if reading.safety < SAFE else "soft"
        return format_html('<span class="lk-{}">{}</span>', tone, f"{reading.safety:.0%}")

    @admin.display(description=_("decision"), ordering="review__standing")
    def stands(self, reading: Reading) -> SafeString | str:
        return standing_of(reading.review)

    @admin.display(description=_("language"), ordering="review__language")
    def language(self, reading: Reading) -> str:
        return reading.review.language or NOTHING

    @admin.display(description=_("model"), ordering="model")
    def by_model(self, reading: Reading) -> SafeString:
        return format_html('<span class="lk-soft">{}</span>', reading.model)


def leaning(sentiment: float) -> SafeString:
    """Draw a sentiment in [-1, 1] as a bar that leans from the middle, with the number beside."""
    reach = round(abs(sentiment) * 30)
    return format_html(
        '<span class="lk-name"><svg class="lk-leaning" width="62" height="10" viewBox="0 0 62 10" '
        'aria-hidden="true"><rect class="lk-{}" fill="currentColor" x="{}" y="2" width="{}" '
        'height="6"/><line stroke="currentColor" x1="31" y1="0" x2="31" y2="10"/></svg> {}</span>',
        "like" if sentiment >= 0 else "dislike",
        31 if sentiment >= 0 else 31 - reach,
        reach,
        f"{sentiment:+.2f}",
    )


def marked(text: str, aspects: list[AspectReading]) -> SafeString:
    """Return the text with the words of each aspect marked; where two overlap, the first is."""
    edges, kept = [0], []
    for one in aspects:
        if one.start >= edges[-1] and one.end <= len(text):
            kept.append(one)
            edges += [one.start, one.end]
    edges.append(len(text))
    told = {one.start: one for one in kept}
    pieces = [
        _mark(text[start:end], told[start]) if number % 2 else format_html("{}", text[start:end])
        for number, (start, end) in enumerate(pairwise(edges))
    ]
    return format_html(
        '<p class="lk-said">{}</p>', format_html_join("", "{}", ((p,) for p in pieces))
    )


def _mark(words: str, aspect: AspectReading) -> SafeString:
    return format_html(
        '<mark class="lk-{}" title="{} {}">{}</mark>',
        _tone(aspect),
        _name(aspect),
        f"{aspect.polarity:+.2f}",
        words,
    )


def _tone(aspect: AspectReading) -> str:
    if not aspect.polarity:
        return "soft"
    return "like" if aspect.polarity > 0 else "dislike"


def _name(aspect: AspectReading) -> str:
    return aspect.tag.name_in(get_language() or "en")
