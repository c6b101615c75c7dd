"""What is asked of the recommender, and what it answers with."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self
from uuid import UUID

from core.fields import LONGEST_ID, refuse
from recommendations.checks import (
    LONGEST_SLATE,
    check_count,
    check_fields,
    check_id,
    check_place,
    check_text,
    check_whole,
    listed,
    strings,
)
from recommendations.filters import Boost, Counted, Filter, boosts_of

Verdict = Literal["more", "less", "not_for_me"]
VERDICTS: tuple[Verdict, ...] = ("more", "less", "not_for_me")
# The kind of interaction that each verdict becomes. "less" is about the taste: it says half of what
# a dismissal says against it, and the item itself may come back once it has rested. "not_for_me" is
# about the item: it never comes back.
KIND_OF_VERDICT: dict[Verdict, str] = {"more": "like", "less": "less", "not_for_me": "dismiss"}
REST_DAYS = 30

SOURCES = (
    *("neighbours", "factors", "company", "sequence", "taste", "tags", "said", "portrait"),
    *("recent", "popular", "trending", "segment", "new"),
)
MOST_STATEMENTS = 50
LONGEST_TEXT = 2_000

ReasonRow = dict[str, Any]
"""A stored reason: kind (item, statement, popular, recent, trending, segment, new, text,
next, explored), share in [0, 1], and the fact.

An item adds `item` (external id) and `title`; a statement adds `statement` (id, or None where it
was sent with the request), `tag`, `name` by language and `polarity`. a segment adds `segment`, its
number, and `name` by language where it has one. Playlists add the kind seed.
"""


@dataclass(frozen=True, slots=True)
class InlineStatement:
    """A like (polarity 1) or dislike (-1) that came with the request, for users we do not know."""

    tag: str
    polarity: int = 1
    strength: float = 0.9

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read `{"tag": ..., "polarity": ..., "strength": ...}`, or a tag's name alone.

        Raises InvalidError, naming the value and the remedy.
        """
        if isinstance(value, str):
            value = {"tag": value}
        if not isinstance(value, Mapping):
            refuse("statements", value, 'give each as {"tag": "gothic", "polarity": 1}.')
        tag, polarity = value.get("tag"), value.get("polarity", 1)
        strength = value.get("strength", 0.9)
        if not isinstance(tag, str) or not 1 <= len(tag.strip()) <= LONGEST_ID:
            refuse("statements.tag", tag, "give the key or the name of a tag.")
        if isinstance(polarity, bool) or polarity not in (1, -1):
            refuse("statements.polarity", polarity, "give 1 for a like, -1 for a dislike.")
        if isinstance(strength, bool) or not isinstance(strength, int | float):
            refuse("statements.strength", strength, "give a number above 0, at most 1.")
        if not 0 < strength <= 1:
            refuse("statements.strength", strength, "give a number above 0, at most 1.")
        return cls(tag=tag.strip(), polarity=int(polarity), strength=float(strength))


@dataclass(frozen=True, slots=True)
class SlateRequest:
    """What a caller wants on a slate. Making one checks it: InvalidError names value and remedy.

    `user` is the partner's id; without one, or with one that is not known, `statements` and
    `text` say what the list is for. `sources` names those that may propose items. `filters` say
    what the items must fit, `boosts` which of them to favour; where nothing fits, a request that
    is not `strict` is served unfiltered.
    """

    user: str | None = None
    length: int = 10
    placement: str = ""
    exclude_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = SOURCES
    statements: tuple[InlineStatement, ...] = ()
    text: str = ""
    language: str = "en"
    filters: Filter | None = None
    boosts: tuple[Boost, ...] = ()
    strict: bool = True

    def __post_init__(self) -> None:
        check_id("user", self.user)
        check_whole("length", self.length, LONGEST_SLATE)
        check_text("text", self.text, LONGEST_TEXT)
        check_place(self.placement, self.language, self.exclude_ids)
        check_count("statements", self.statements, MOST_STATEMENTS)
        for source in self.sources:
            if source not in SOURCES:
                refuse("sources", source, f"choose among {', '.join(SOURCES)}.")
        if not isinstance(self.strict, bool):
            refuse("strict", self.strict, "give true or false.")
        if not self.sources:
            refuse("sources", [], f"leave it out, or name some of {', '.join(SOURCES)}.")

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """Read a JSON object. Raises InvalidError for unknown fields and wrong values."""
        check_fields(body, [one.name for one in fields(cls)])
        values: dict[str, Any] = {name: body[name] for name in body if body[name] is not None}
        for name in ("exclude_ids", "sources"):
            if name in values:
                values[name] = strings(name, values[name])
        if "statements" in values:
            found = listed("statements", values["statements"])
            values["statements"] = tuple(InlineStatement.parse(one) for one in found)
        counted = Counted()
        if "filters" in values:
            values["filters"] = Filter.parse(values["filters"], counted=counted)
        if "boosts" in values:
            values["boosts"] = boosts_of(values["boosts"], counted)
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Return the request as plain values; `parse` reads them back."""
        shallow = replace(self, filters=None, boosts=())
        return asdict(shallow) | {
            "filters": self.filters and self.filters.given,
            "boosts": [one.as_json() for one in self.boosts],
        }


@dataclass(frozen=True, slots=True)
class SlateItem:
    """One place on a slate. Positions count from 1; scores compare within one slate only.

    What is `explored` is shown to learn about it, and not for its score. What is `cold` nobody
    had taken to when the serving fit was learnt.
    """

    id: str
    title: str
    score: float
    position: int
    reasons: tuple[ReasonRow, ...]
    explored: bool = False
    cold: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the place as plain values; `asdict` would copy each of them, at great length."""
        return {
            "id": self.id,
            "title": self.title,
            "score": self.score,
            "position": self.position,
            "reasons": [{**one} for one in self.reasons],
            "explored": self.explored,
            "cold": self.cold,
        }


@dataclass(frozen=True, slots=True)
class SlateWarning:
    """Why a slate is shorter or less personal than it might be. The code is stable."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a request that was only checked.

    `problem` is the first thing that cannot be used, None where all can: its field as a path, its
    value, and what to do. `available` counts what is to be had, `matching` what of it fits the
    filters, `boosted` what fits each boost.
    """

    problem: dict[str, Any] | None = None
    available: int | None = None
    matching: int | None = None
    boosted: tuple[int, ...] = ()
    warnings: tuple[SlateWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class ServedSlate:
    """The envelope of one slate: ask for its next page by `id`."""

    id: UUID
    user: str | None
    items: tuple[SlateItem, ...]
    warnings: tuple[SlateWarning, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the envelope as plain values; its reasons may be added to."""
        return {
            "id": str(self.id),
            "user": self.user,
            "items": [one.as_json() for one in self.items],
            "warnings": [{"code": one.code, "message": one.message} for one in self.warnings],
            "meta": self.meta,
        }
