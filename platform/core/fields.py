"""The fields of a row that came from outside: each is returned checked, or refused by name.

A refusal is an InvalidError that names the field, the value and the remedy. Absent and null mean
the same: the field was not sent.
"""

import dataclasses
import functools
import json
import math
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from core.errors import InvalidError
from core.rows import shown

Row = Mapping[str, Any]

LONGEST_ID = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Postgres stores no NUL, and half a surrogate pair is no character in UTF-8.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Seconds of this size lie beyond the year 5000, so the sender counted milliseconds.
FIRST_MILLISECONDS = 100_000_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2100


def refuse(
    field: str, value: object, remedy: str, *, reason: str = "", **details: object
) -> NoReturn:
    """Raise the InvalidError that names `field`, `value` and the remedy.

    `reason` and its details are for staff, as `core.errors` has it.
    """
    message = f"{field} is {shown(value)!r}: {remedy}"
    raise InvalidError(message, reason=reason, field=field, value=shown(value), **details)


def unknown_fields(row: Row, shape: type) -> list[str]:
    """Return the names in `row` that the dataclass `shape` lacks, sorted.

    They are ignored, not refused: a partner may send more than we read. A door warns of them,
    because a misspelt field would otherwise be lost in silence.
    """
    known = _names_of(shape)
    return [] if row.keys() <= known else sorted(str(name) for name in row.keys() - known)


def identifier(row: Row, field: str) -> str:
    """Return a required id: 1 to 200 characters without control characters, or a whole number."""
    found = optional_identifier(row, field)
    if not found:
        refuse(field, row.get(field), "it is required; send the id as text or a whole number.")
    return found


def optional_identifier(row: Row, field: str) -> str:
    """Return an id as `identifier` does, or "" where it was not sent."""
    value = row.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        refuse(field, value, "send the id as text or a whole number.")
    return _short_text(field, str(value).strip(), LONGEST_ID)


def word(row: Row, field: str, *, longest: int) -> str:
    """Return a short text without control characters, or "" where it was not sent."""
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        refuse(field, value, "send text.")
    return _short_text(field, value.strip(), longest)


def prose(row: Row, field: str, *, longest: int) -> str:
    """Return a text exactly as it was sent, or "" where it was not sent."""
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        refuse(field, value, "send text.")
    if len(value) > longest:
        remedy = f"it has {len(value):,} characters; send at most {longest:,}."
        refuse(field, value, remedy)
    if UNSTORABLE.search(value):
        refuse(field, value, "remove the NUL or broken Unicode characters.")
    return value


def number(row: Row, field: str) -> float | None:
    """Return a finite number, or None where it was not sent."""
    value = row.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(field, value, "send a number.")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        refuse(field, value, "send a finite number, or leave the field out.")
    return found


def flag(row: Row, field: str, *, default: bool) -> bool:
    """Return a yes or no, or `default` where it was not sent."""
    value = row.get(field)
    if value is None:
        return default
    if not isinstance(value, bool):
        refuse(field, value, "send true or false.")
    return value


def moment(row: Row, field: str) -> datetime | None:
    """Return a moment with its time zone, or None where it was not sent.

    Read from ISO 8601 (UTC where no zone is given, midnight where no time is) or from a Unix
    time in seconds or milliseconds. Moments before 1900 and after 2100 are refused as mistakes.
    """
    value = row.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        refuse(field, value, "send ISO 8601 text or Unix seconds.")
    found = _moment_of(value)
    if found is None:
        refuse(field, value, "send ISO 8601, like 2024-05-31T12:00:00Z, or Unix seconds.")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        remedy = f"send a date between {FIRST_YEAR} and {LAST_YEAR}."
        refuse(field, value, remedy, reason="no_such_year", first=FIRST_YEAR, last=LAST_YEAR)
    return found


def words(row: Row, field: str, *, longest: int, most: int) -> tuple[str, ...]:
    """Return a list of short texts, each once and in order, or () where it was not sent."""
    value = row.get(field)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        refuse(field, value, "send a list of texts.")
    if len(value) > most:
        refuse(field, value, f"it has {len(value)} entries; send at most {most}.")
    found = (_short_text(field, each.strip(), longest) for each in value)
    return tuple(dict.fromkeys(each for each in found if each))


def mapping(row: Row, field: str, *, longest: int) -> dict[str, Any]:
    """Return a JSON object of at most `longest` characters, or {} where it was not sent."""
    value = row.get(field)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        refuse(field, value, 'send an object, like {"year": 1999}.')
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        refuse(field, value, "send only JSON values, with finite numbers.")
    if len(written) > longest:
        remedy = f"it has {len(written):,} characters as JSON; send at most {longest:,}."
        refuse(field, value, remedy)
    if UNSTORABLE.search(written) or "\\u0000" in written:
        refuse(field, value, "remove the NUL or broken Unicode characters.")
    return dict(value)


def uuid_of(row: Row, field: str) -> uuid.UUID | None:
    """Return a UUID, or None where it was not sent."""
    value = row.get(field)
    if value is None or isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(str(value))
    except ValueError:
        refuse(field, value, "send the UUID that the platform gave.")


@functools.cache
def _names_of(shape: type) -> frozenset[str]:
    return frozenset(each.name for each in dataclasses.fields(shape))


def _short_text(field: str, value: str, longest: int) -> str:
    if len(value) > longest:
        remedy = f"it has {len(value):,} characters; send at most {longest:,}."
        refuse(field, value, remedy, reason="too_long", most=longest)
    if CONTROL.search(value) or UNSTORABLE.search(value):
        refuse(field, value, "remove the control characters.", reason="control_characters")
    return value


def _moment_of(value: str | float) -> datetime | None:
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        seconds = value / 1000 if abs(value) >= FIRST_MILLISECONDS else value
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
