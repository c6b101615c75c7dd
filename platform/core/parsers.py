"""Reads the JSON that callers send, within bounds, and refuses what no row could keep."""

import json
import math
import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from core.api import TooLargeError

LARGEST_BODY_BYTES = 5 * 2**20
LARGEST_BATCH_ROWS = 1_000
# A NUL or half a surrogate pair is legal in JSON and can be stored in no text column.
UNSTORABLE = re.compile(rb"\\u(0000|[dD][89a-fA-F])")


class BoundedJsonParser(BaseParser):
    """JSON of at most 5 MiB whose numbers are finite and whose texts can be stored."""

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
        try:
            body = json.loads(raw.decode(), parse_constant=_refuse_constant, parse_float=_finite)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as error:  # bad UTF-8, bad JSON and bad numbers are all of this kind
            raise ParseError(f"The body is not JSON in UTF-8: {error}") from None
        if UNSTORABLE.search(raw):
            _refuse_unstorable(body)
        return body


def rows_of(body: Any, name: str) -> list[Any]:
    """Return the rows of a batch: the body itself, or the list it carries under `name`.

    Raises ParseError where there is no list, TooLargeError past 1,000 rows.
    """
    rows = body.get(name) if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise ParseError(f'Send a list of rows, or {{"{name}": [rows]}}.')
    if len(rows) > LARGEST_BATCH_ROWS:
        raise TooLargeError(
            f"A batch may have {LARGEST_BATCH_ROWS:,} rows and this has {len(rows):,}; split it."
        )
    return rows


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ParseError("A text holds a character that cannot be stored (NUL or half a pair).")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner)
