"""What is asked of the recommender, and what it answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self
from uuid import UUID

from core.errors import InvalidError
from recommendations.filters import Boost, Filter, boosts_of

Verdict = Literal["more", "less", "not_for_me"]
VERDICTS: tuple[Verdict, ...] = ("more", "less", "not_for_me")
# The kind of interaction that each verdict becomes. "less" is about the taste: it says half of what
# a dismissal says against it, and the item itself may come back once it has rested. "not_for_me" is
# about the item: it never comes back.
KIND_OF_VERDICT: dict[Verdict, str] = {"more": "like", "less": "less", "not_for_me": "dismiss"}
REST_DAYS = 30

SOURCES = ("neighbours", "taste", "tags", "recent", "popular")
LONGEST_SLATE = 100
MOST_STATEMENTS = 50
MOST_EXCLUDED = 1_000
LONGEST_ID = 200
LONGEST_PLACEMENT = 64
LONGEST_TEXT = 2_000

ReasonRow = dict[str, Any]
"""A stored reason: kind (item, statement, popular, text, explored), share in [0, 1], and the fact.

An item adds `item` (external id) and `title`; a statement adds `statement` (id, or None where it
was sent with the request), `tag`, `name` by language and `polarity`. Lists and playlists add the
kinds segment, trending, new and seed.
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
            raise _wrong("statements", value, 'Give each as {"tag": "gothic", "polarity": 1}.')
        tag, polarity = value.get("tag"), value.get("polarity", 1)
        strength = value.get("strength", 0.9)
        if not isinstance(tag, str) or not 1 <= len(tag.strip()) <= LONGEST_ID:
            raise _wrong("statements.tag", tag, "Give the key or the name of a tag.")
        if isinstance(polarity, bool) or polarity not in (1, -1):
            raise _wrong("statements.polarity", polarity, "Give 1 for a like, -1 for a dislike.")
        if isinstance(strength, bool) or not isinstance(strength, int | float):
            raise _wrong("statements.strength", strength, "Give a number above 0, at most 1.")
        if not 0 < strength <= 1:
            raise _wrong("statements.strength", strength, "Give a number above 0, at most 1.")
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
        self._check_user()
        self._check_length()
        _check_text("placement", self.placement, LONGEST_PLACEMENT)
        _check_text("text", self.text, LONGEST_TEXT)
        _check_text("language", self.language, 16)
        _check_count("exclude_ids", self.exclude_ids, MOST_EXCLUDED)
        _check_count("statements", self.statements, MOST_STATEMENTS)
        for source in self.sources:
            if source not in SOURCES:
                raise _wrong("sources", source, f"Choose among {', '.join(SOURCES)}.")
        if not isinstance(self.strict, bool):
            raise _wrong("strict", self.strict, "Give true or false.")
        if not self.sources:
            raise _wrong("sources", [], f"Leave it out, or name some of {', '.join(SOURCES)}.")

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """Read a JSON object. Raises InvalidError for unknown fields and wrong values."""
        known = {one.name for one in fields(cls)}
        _check_known(body, known)
        values: dict[str, Any] = {name: body[name] for name in body if body[name] is not None}
        for name in ("exclude_ids", "sources"):
            if name in values:
                values[name] = _strings(name, values[name])
        if "statements" in values:
            listed = _listed("statements", values["statements"])
            values["statements"] = tuple(InlineStatement.parse(one) for one in listed)
        if "filters" in values:
            values["filters"] = Filter.parse(values["filters"])
        if "boosts" in values:
            values["boosts"] = boosts_of(values["boosts"])
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Return the request as plain values; `parse` reads them back."""
        shallow = replace(self, filters=None, boosts=())
        return asdict(shallow) | {
            "filters": self.filters and self.filters.given,
            "boosts": [one.as_json() for one in self.boosts],
        }

    def _check_user(self) -> None:
        given: object = self.user
        if given is None:
            return
        if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_ID:
            raise _wrong("user", given, f"Give an id of 1 to {LONGEST_ID} characters.")

    def _check_length(self) -> None:
        given: object = self.length
        is_whole = isinstance(given, int) and not isinstance(given, bool)
        if not is_whole or not 1 <= self.length <= LONGEST_SLATE:
            raise _wrong("length", given, f"Ask for 1 to {LONGEST_SLATE} items.")


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


def _wrong(name: str, value: object, remedy: str) -> InvalidError:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return InvalidError(f"{name}={shown} cannot be used. {remedy}", field=name, value=shown)


def _check_known(body: Mapping[str, Any], known: set[str]) -> None:
    if "list" in body:  # what a list of its own or a playlist is stored with
        raise _wrong("list", body["list"], "It has no next page: ask for a longer one.")
    for name in body:
        if name not in known:
            raise _wrong(name, body[name], f"The fields are {', '.join(sorted(known))}.")


def _check_text(name: str, value: object, longest: int) -> None:
    if not isinstance(value, str) or len(value) > longest:
        raise _wrong(name, value, f"Give text of at most {longest} characters.")


def _check_count(name: str, values: Sequence[object], most: int) -> None:
    if len(values) > most:
        raise _wrong(name, f"{len(values)} entries", f"Give at most {most}.")


def _listed(name: str, value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _wrong(name, value, "Give a list.")
    return list(value)


def strings_or_none(body: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """Return a list of texts, None where it was not sent. Raises InvalidError."""
    value = body.get(name)
    return None if value is None else _strings(name, value)


def _strings(name: str, value: object) -> tuple[str, ...]:
    listed = _listed(name, value)
    for one in listed:
        if not isinstance(one, str) or not one:
            raise _wrong(name, one, "Give a list of non-empty strings.")
    return tuple(listed)
