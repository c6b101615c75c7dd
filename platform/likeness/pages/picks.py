"""A recommended item as its card shows it: in words of the page's language, with its reasons."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Workspace
from catalog.queries.cards import Card, cards_of
from likeness.pages.visitor import page_language
from recommendations.engine.reasons import GENERAL
from recommendations.lists import ServedList
from recommendations.rows import ReasonRow, ServedSlate, SlateItem
from recommendations.wording import heading_of, sentence_of

# Where the lists stand that are each about one thing, below the slate.
LISTED = "for-you-lists"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason in words; `statement` is the id of the statement that it rests on, if any.

    `percent` is its share of all that spoke for the pick, of 100.
    """

    words: str
    is_against: bool
    statement: int | None = None
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """One recommended item as the page shows it. `hue` is in degrees, fixed by the item's id."""

    id: str
    position: int
    title: str
    byline: str
    blurb: str
    hue: int
    initial: str
    reasons: list[Because]


@dataclass(frozen=True, slots=True)
class Line:
    """A list about one thing as the page shows it: a heading, and picks side by side."""

    heading: str
    slate_id: UUID
    picks: list[Pick]


def picks_of(served: ServedSlate, workspace: Workspace) -> list[Pick]:
    """Return the slate's items as cards show them. One query."""
    return picks_of_places(served.items, workspace)


def picks_of_places(places: Sequence[SlateItem], workspace: Workspace) -> list[Pick]:
    """Return places of slates as cards show them. One query."""
    return _picks(places, cards_of(workspace, [place.id for place in places]))


def lines_of(lists: Sequence[ServedList], workspace: Workspace) -> list[Line]:
    """Return lists as lines of cards. One query, however many there are."""
    cards = cards_of(workspace, [item.id for one in lists for item in one.slate.items])
    return [
        Line(
            heading=heading_of(one.kind, one.about, page_language()),
            slate_id=one.slate.id,
            picks=_picks(one.slate.items, cards),
        )
        for one in lists
    ]


def reasons_in_words(reasons: tuple[ReasonRow, ...]) -> list[Because]:
    """Word each reason once, the weightiest first; that many people like it comes last."""
    ranked = sorted(reasons, key=lambda reason: reason["kind"] in GENERAL)
    alike: dict[str, list[ReasonRow]] = {}
    for reason in ranked:
        alike.setdefault(sentence_of(reason, page_language()), []).append(reason)
    return [
        Because(
            words=words,
            is_against=same[0].get("polarity", 1) < 0,
            statement=same[0].get("statement"),
            percent=round(100 * sum(reason["share"] for reason in same)),
        )
        for words, same in alike.items()
    ]


def year_in_words(year: int) -> str:
    """Return a year as people write it; one before the common era is negative."""
    return str(year) if year > 0 else _("%(year)d BC") % {"year": -year}


def _picks(places: Sequence[SlateItem], cards: Mapping[str, Card]) -> list[Pick]:
    return [_pick(place, cards.get(place.id) or Card(place.title)) for place in places]


def _pick(item: SlateItem, card: Card) -> Pick:
    return Pick(
        id=item.id,
        position=item.position,
        title=card.title,
        byline=_byline(card),
        blurb=card.blurb,
        hue=zlib.crc32(item.id.encode()) % 360,
        initial=card.title[:1].upper(),
        reasons=reasons_in_words(item.reasons),
    )


def _byline(card: Card) -> str:
    year = "" if card.year is None else year_in_words(card.year)
    return " · ".join(part for part in (card.makers, year) if part)
