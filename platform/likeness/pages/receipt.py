"""The receipt of an erasure: what was stored of somebody and what is left, for people to read."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of row: how many there were, and how many there are now."""

    store: str
    before: int
    after: int


def receipt_of(counts: Mapping[str, Mapping[str, int]]) -> list[Line]:
    """Return the receipt's lines, named in the language of the page.

    `counts` is by model label. A kind of row that there was none of is left out; one without a
    name here is shown by its label, so that nothing is ever left out for want of a word.
    """
    names = _names()
    return [
        Line(names.get(label, label), count["before"], count["after"])
        for label, count in counts.items()
        if count["before"] or count["after"]
    ]


def _names() -> dict[str, str]:
    return {
        "profiles.user": _("you, as a user"),
        "profiles.interaction": _("interactions"),
        "profiles.review": _("reviews"),
        "profiles.reviewvector": _("vectors of reviews"),
        "profiles.reading": _("readings of reviews"),
        "profiles.ruling": _("decisions of staff on reviews"),
        "profiles.aspectreading": _("aspects read in reviews"),
        "profiles.statement": _("statements"),
        "profiles.evidence": _("pieces of evidence"),
        "profiles.profile": _("figures and descriptions"),
        "profiles.profilevector": _("directions of taste"),
        "recommendations.slate": _("lists that were shown"),
    }
