"""Reads the JSON that callers send, within bounds, and says plainly when it cannot be used."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from core.api import TooLargeError
from core.errors import InvalidError

LARGEST_BODY_BYTES = 5 * 2**20
LARGEST_BATCH_ROWS = 1_000
DEEPEST = 100


class BoundedJsonParser(BaseParser):
    """JSON in UTF-8 of at most 5 MiB, nested at most 100 deep."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what the body says. Raises TooLargeError or ParseError."""
        raw = stream.read(LARGEST_BODY_BYTES + 1)
        if len(raw) > LARGEST_BODY_BYTES:
            raise TooLargeError(
                f"A body may have {LARGEST_BODY_BYTES // 2**20} MiB; send smaller batches."
            )
        too_deep = ParseError(f"The JSON is nested too deeply; {DEEPEST} levels are taken.")
        try:
            body = json.loads(raw.decode(), parse_constant=_refuse_constant)
        except RecursionError:
            raise too_deep from None
        except ValueError as error:  # bad UTF-8 and bad JSON alike
            raise ParseError(f"The body is not JSON in UTF-8: {error}") from None
        if _is_deeper(body, DEEPEST):
            raise too_deep
        return body


def _is_deeper(value: Any, most: int) -> bool:
    """Whether lists and objects stand more than `most` deep in each other. Calls itself never."""
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(most):
        within = (each.values() if isinstance(each, dict) else each for each in level)
        level = [inner for each in within for inner in each if isinstance(inner, list | dict)]
    return bool(level)


def rows_of(body: Any, name: str) -> list[Any]:
    """Return the rows of a batch: the body itself, or the list it carries under `name`.

    The rows are not looked at: one that is wrong is its own reader's to refuse. Raises
    ParseError where there is no list, TooLargeError past 1,000 rows.
    """
    rows = body.get(name) if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise ParseError(f'Send a list of rows, or {{"{name}": [rows]}}.')
    if len(rows) > LARGEST_BATCH_ROWS:
        raise TooLargeError(
            f"A batch may have {LARGEST_BATCH_ROWS:,} rows and this has {len(rows):,}; split it."
        )
    return rows


def object_of(body: Any) -> dict[str, Any]:
    """Return the body as one object, of texts and numbers that can be stored.

    Raises ParseError where it is none, or holds a NUL, half a surrogate pair, or a number beyond
    the largest float: all of them are legal in JSON.
    """
    if not isinstance(body, dict):
        raise ParseError("Send one JSON object.")
    _refuse_unstorable(body)
    return body


def with_id(body: dict[str, Any], external_id: str) -> dict[str, Any]:
    """Return the body with the id of the address; raises InvalidError where it names another."""
    given = body.get("id", external_id)
    if str(given) != external_id:
        raise InvalidError(
            f"The address names {external_id!r} and the body {given!r}; leave the id out of it.",
            field="id",
            value=given,
        )
    return {**body, "id": external_id}


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str) and any(letter == "\0" or _is_half(letter) for letter in value):
        raise ParseError("A text holds a character that cannot be stored (NUL or half a pair).")
    if isinstance(value, float) and not math.isfinite(value):
        raise ParseError("A number is out of range.")
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner)


def _is_half(letter: str) -> bool:
    return "\ud800" <= letter <= "\udfff"
