"""What is missing or odd in data, in words: for the terminal and the admin alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

LEFT_OUT, SUSPECT = "left_out", "suspect"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows of a kind lack something, or cannot be right. `share` is in [0, 1]."""

    of: str
    what: str
    count: int
    total: int
    is_odd: bool

    @property
    def share(self) -> float:
        return self.count / self.total if self.total else 0.0

    @property
    def percent(self) -> float:
        """The share in hundredths, for a bar."""
        return round(100 * self.share, 1)


def counted_in_words(figures: Mapping[str, Any]) -> list[Counted]:
    """Return every count of a report, what is missing before what is odd."""
    lines = []
    for of, name, what, is_odd in _lines():
        counts = figures.get(name.partition(".")[0], {})
        count = counts.get(name.partition(".")[2], 0)
        lines.append(Counted(of, what, count, counts.get("all", 0), is_odd))
    return lines


def oddities_in_words(oddities: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the reasons why a user stands out, the verdicts left away."""
    return [
        sign_in_words(each["kind"], each["value"])
        for each in oddities
        if each["kind"] not in (LEFT_OUT, SUSPECT)
    ]


def sign_in_words(kind: str, value: float) -> str:
    """Return one reason in words, with its figure."""
    return {
        "fast": _("%(n)d interactions within one minute") % {"n": value},
        "clockwork": _("as even as a clock: the gaps vary by %(n).1f%% of their mean")
        % {"n": 100 * value},
        "sleepless": _("active in %(n)d hours of one day") % {"n": value},
        "copies": _("%(n)d%% of the reviews say what an earlier one says")
        % {"n": round(100 * value)},
        "one_value": _("%(n)d%% of the ratings are the same") % {"n": round(100 * value)},
        "many": _("%(n)d interactions, far more than others") % {"n": value},
    }.get(kind, kind)


def signs_in_words(signs: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return for each rule what it looks for, and how many users it speaks of."""
    named = {
        "fast": _("very many interactions within one minute"),
        "clockwork": _("interactions as even as a clock"),
        "sleepless": _("active around the clock"),
        "copies": _("reviews that repeat earlier ones"),
        "one_value": _("always the same rating"),
        "many": _("far more interactions than others"),
    }
    return [(named.get(kind, kind), count) for kind, count in signs.items()]


def _lines() -> list[tuple[str, str, str, bool]]:
    """What is counted: of what, where its figure is, in words, and whether it is odd."""
    items, users, deeds, reviews = _("items"), _("users"), _("interactions"), _("reviews")
    return [
        (items, "items.without_title", _("without a title"), False),
        (items, "items.without_text", _("without a text"), False),
        (items, "items.without_language", _("without a known language"), False),
        (items, "items.without_tags", _("sent without tags"), False),
        (items, "items.without_attributes", _("without attributes"), False),
        (users, "users.without_interactions", _("who did nothing yet"), False),
        (users, "users.without_language", _("without a known language"), False),
        (users, "users.without_traits", _("without traits"), False),
        (deeds, "interactions.without_date", _("without a date"), False),
        (deeds, "interactions.without_value", _("without the value their kind has"), False),
        (reviews, "reviews.without_words", _("without words once cleaned"), False),
        (reviews, "reviews.without_language", _("without a known language"), False),
        (items, "items.copies", _("that nearly repeat another one"), True),
        (deeds, "interactions.in_the_future", _("dated after they arrived"), True),
        (deeds, "interactions.too_early", _("dated before 1850"), True),
        (deeds, "interactions.off_scale", _("with a value off the scale"), True),
        (deeds, "interactions.repeated", _("that repeat another one"), True),
        (reviews, "reviews.copies", _("that nearly repeat another one"), True),
    ]
