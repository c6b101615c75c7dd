"""Lists beside “for you”, and playlists: what is asked for, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from core.fields import refuse
from recommendations.checks import (
    LONGEST_SLATE,
    check_fields,
    check_id,
    check_place,
    check_whole,
    strings,
)
from recommendations.rows import ReasonRow, ServedSlate, SlateWarning

ListKind = Literal["item", "statement", "segment", "trending", "new"]
# In the order in which they are answered; an item stands on the first list that has it.
KINDS: tuple[ListKind, ...] = ("item", "statement", "segment", "trending", "new")
KIND_CHOICES = [(kind, kind) for kind in KINDS]  # as the API's description names them
MOST_OF_A_KIND = 5
LONGEST_PLAYLIST = LONGEST_SLATE


@dataclass(frozen=True, slots=True)
class ListsRequest:
    """Which lists a caller wants. Making one checks it: InvalidError names value and remedy.

    `of_a_kind` is how many lists there may be for past items, and how many for statements.
    """

    user: str | None = None
    kinds: tuple[str, ...] = KINDS
    length: int = 10
    of_a_kind: int = 2
    placement: str = ""
    exclude_ids: tuple[str, ...] = ()
    language: str = "en"

    def __post_init__(self) -> None:
        check_id("user", self.user)
        for kind in self.kinds:
            if kind not in KINDS:
                refuse("kinds", kind, f"choose among {', '.join(KINDS)}.")
        check_whole("length", self.length, LONGEST_SLATE)
        check_whole("of_a_kind", self.of_a_kind, MOST_OF_A_KIND)
        check_place(self.placement, self.language, self.exclude_ids)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """Read a JSON object. Raises InvalidError for unknown fields and wrong values."""
        return cls(**_read(cls, body, ("kinds", "exclude_ids")))


@dataclass(frozen=True, slots=True)
class PlaylistRequest:
    """What a playlist is to be of: what goes with an item, or bears a tag, or what suits the user.

    Making one checks it: InvalidError names value and remedy.
    """

    user: str | None = None
    item: str | None = None
    tag: str | None = None
    length: int = 20
    placement: str = "playlist"
    exclude_ids: tuple[str, ...] = ()
    language: str = "en"

    def __post_init__(self) -> None:
        for name in ("user", "item", "tag"):
            check_id(name, getattr(self, name))
        if self.item is not None and self.tag is not None:
            refuse("tag", self.tag, "start from an item or from a tag, not from both.")
        check_whole("length", self.length, LONGEST_PLAYLIST)
        check_place(self.placement, self.language, self.exclude_ids)

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """Read a JSON object. Raises InvalidError for unknown fields and wrong values."""
        return cls(**_read(cls, body, ("exclude_ids",)))


@dataclass(frozen=True, slots=True)
class ServedList:
    """One list: its kind, what it is about as a fact, and the slate that was stored.

    `about` names a past item (`item`, `title`), a statement (`statement`, `tag`, `name`) or a
    segment (`segment`, `name`); it is empty for the other kinds.
    """

    kind: ListKind
    about: dict[str, Any]
    slate: ServedSlate


@dataclass(frozen=True, slots=True)
class ServedLists:
    """All lists that were asked for and hold something, in the order of KINDS."""

    lists: tuple[ServedList, ...]
    warnings: tuple[SlateWarning, ...] = ()


def reason_of(kind: ListKind, about: Mapping[str, Any]) -> ReasonRow:
    """Return why an item stands on a list: the fact that made the list."""
    return {"kind": kind, "share": 1.0, **about}


def _read(kind: type[Any], body: Mapping[str, Any], listed: tuple[str, ...]) -> dict[str, Any]:
    check_fields(body, [one.name for one in fields(kind)])
    values = {name: body[name] for name in body if body[name] is not None}
    return values | {name: strings(name, values[name]) for name in listed if name in values}
