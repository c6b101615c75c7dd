"""Rows of interactions are made one an event, and those that cannot be stored are refused."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.errors import ConflictError, InvalidError, LikenessError
from core.rows import RowResult, repeated
from profiles.rows import InteractionIn

# Clocks differ, and a sender may live east of us; more than that is a mistake.
FUTURE_ALLOWED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What a workspace has at a moment: the primary keys of items and kinds, by name."""

    items: Mapping[str, int]
    kinds: Mapping[str, int]
    now: datetime


@dataclass(slots=True)
class Batch:
    """The rows of one call on their way into the database.

    `rows` are the accepted ones by event key, each merged from all that speak of that event;
    `places` tells where the last of those stood; `results` has the rows that are settled.
    """

    sent: Sequence[InteractionIn]
    rows: dict[uuid.UUID, InteractionIn] = field(default_factory=dict)
    places: dict[uuid.UUID, int] = field(default_factory=dict)
    results: dict[int, RowResult] = field(default_factory=dict)

    def accept(self, place: int, row: InteractionIn) -> None:
        """Take the row at `place`, together with what an earlier one said of the same event."""
        key = row.event_key
        earlier = self.rows.get(key)
        if earlier is None:
            self.rows[key] = row
        elif _identity(earlier) != _identity(row):
            self.refuse(place, taken(row))
            return
        else:
            self.rows[key] = _merged(earlier, row)
            self.results[self.places[key]] = repeated(name_of(row, key))
        self.places[key] = place

    def refuse(self, place: int, error: LikenessError) -> None:
        """Settle the row at `place` as rejected."""
        row = self.sent[place]
        self.results[place] = RowResult.rejected(name_of(row, row.event_key), error)

    def settle(self, key: uuid.UUID, result: RowResult) -> None:
        """Settle the row that speaks last of the event `key`."""
        self.results[self.places[key]] = result

    def in_order(self) -> list[RowResult]:
        """Return one result a row, in the order in which the rows were sent."""
        return [self.results[place] for place in range(len(self.sent))]


def batch_of(sent: Sequence[InteractionIn], known: Known) -> Batch:
    """Return `sent` sorted into rows to store and rows that are refused."""
    batch = Batch(sent)
    for place, row in enumerate(sent):
        error = _refusal_of(row, known)
        if error is None:
            batch.accept(place, row)
        else:
            batch.refuse(place, error)
    return batch


def name_of(row: InteractionIn, key: uuid.UUID) -> str:
    """Return the name by which a sender finds the row's result: its event id, else our key."""
    return row.event_id or str(key)


def taken(row: InteractionIn) -> ConflictError:
    """Return the refusal of an event id that already names something else."""
    message = (
        f"event_id is {row.event_id!r}: it already names another user, item or kind; "
        "send each event under an id of its own."
    )
    return ConflictError(message, field="event_id", value=row.event_id)


class UnknownItemError(InvalidError):
    """An interaction names an item that the workspace lacks."""

    code = "unknown_item"


class UnknownKindError(InvalidError):
    """An interaction is of a kind that the workspace lacks."""

    code = "unknown_kind"


def _refusal_of(row: InteractionIn, known: Known) -> LikenessError | None:
    if row.kind not in known.kinds:
        message = f"kind is {row.kind!r}: send one of {', '.join(sorted(known.kinds))}."
        return UnknownKindError(message, field="kind", value=row.kind)
    if row.item not in known.items:
        message = f"item is {row.item!r}: there is no such item; send it first."
        return UnknownItemError(message, field="item", value=row.item)
    if row.happened_at is not None and row.happened_at > known.now + FUTURE_ALLOWED:
        moment = row.happened_at.isoformat()
        message = f"happened_at is {moment}: it lies in the future; send when it happened."
        return InvalidError(message, field="happened_at", value=moment)
    return None


def _identity(row: InteractionIn) -> tuple[str, str, str]:
    return row.user, row.item, row.kind


def _merged(earlier: InteractionIn, later: InteractionIn) -> InteractionIn:
    return replace(
        later,
        value=earlier.value if later.value is None else later.value,
        text=later.text or earlier.text,
        happened_at=later.happened_at or earlier.happened_at,
        slate_id=later.slate_id or earlier.slate_id,
    )
