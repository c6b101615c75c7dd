"""Pages of a list by cursor: each page starts after the last row of the one before.

Rows that appear or vanish between two requests shift nothing, and a late page costs what the
first one costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from core.errors import InvalidError
from core.rows import shown

PAGE_ROWS, LARGEST_PAGE_ROWS = 50, 200

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list; `next_cursor` opens the following page and is None at the end."""

    rows: list[Row]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """Which page was asked for."""

    limit: int = PAGE_ROWS
    cursor: str = ""


def window_of(query: QueryDict) -> Window:
    """Return the page that `?limit=` and `?cursor=` ask for, or raise InvalidError."""
    limit = whole_number(query, "limit", default=PAGE_ROWS, most=LARGEST_PAGE_ROWS)
    return Window(limit=limit, cursor=query.get("cursor", ""))


def whole_number(query: QueryDict, field: str, *, default: int, most: int) -> int:
    """Return a number from 1 to `most` of the address, or `default`; else raise InvalidError."""
    given = query.get(field, str(default))
    # Its length is looked at first: thousands of digits are slow to read, or are not read at all.
    is_short = len(given) <= len(str(most))
    if not (is_short and given.isascii() and given.isdigit() and 1 <= int(given) <= most):
        raise InvalidError(
            f"{field} is a whole number from 1 to {most}, not {shown(given)!r}.",
            field=field,
            value=shown(given),
        )
    return int(given)


def page_of(rows: QuerySet[Row], window: Window, *, order: Sequence[str], name: str) -> Page[Row]:
    """Return one page of `rows`, ascending by the fields in `order`. One query.

    The fields are never null, and the last one is unique within the list. `name` is the list's:
    a cursor of one list does not open another. Raises InvalidError for a cursor that we did not
    give out for this list.
    """
    if window.cursor:
        rows = rows.filter(_after(order, _read(window.cursor, order, name)))
    found = list(rows.order_by(*order)[: window.limit + 1])
    if len(found) <= window.limit:
        return Page(rows=found, next_cursor=None)
    kept = found[: window.limit]
    last = [_value(kept[-1], field) for field in order]
    return Page(rows=kept, next_cursor=signing.dumps(last, salt=f"cursor:{name}"))


def _after(order: Sequence[str], last: Sequence[Any]) -> Q:
    """Return the condition "later in this order than `last`"."""
    condition = Q()
    for position, field in enumerate(order):
        same = dict(zip(order[:position], last[:position], strict=True))
        condition |= Q(**same, **{f"{field}__gt": last[position]})
    return condition


def _read(cursor: str, order: Sequence[str], name: str) -> list[Any]:
    try:
        last = signing.loads(cursor, salt=f"cursor:{name}")
    except signing.BadSignature:
        last = None
    if not isinstance(last, list) or len(last) != len(order):
        raise InvalidError(
            "This cursor is none of this list's; start again without one.",
            field="cursor",
            value=cursor[:100],
        )
    return last


def _value(row: Model, field: str) -> Any:
    value: Any = row
    for part in field.split("__"):
        value = getattr(value, part)
    return value
