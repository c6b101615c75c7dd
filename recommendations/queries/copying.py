"""Stream many rows out of Postgres into NumPy, in slices."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db import connection
from psycopg import sql

from recommendations.binary import COPY_HEADER

SLICE_BYTES = 8 * 2**20


def copied(query: str, parameters: dict[str, int], row: np.dtype[np.void]) -> Iterator[np.ndarray]:
    """Yield the rows of `query` by binary COPY, laid out as `row` says. One query.

    Every field must have a fixed size and no nulls. Memory: one slice of 8 MB at a time.
    """
    filled = sql.SQL(query).format(
        **{name: sql.Literal(value) for name, value in parameters.items()}
    )
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(filled)
    pending: list[Any] = []
    size, skipped = 0, len(COPY_HEADER)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for part in copy:
            pending.append(bytes(part))
            size += len(part)
            if size >= SLICE_BYTES:
                rows, rest = _cut(b"".join(pending)[skipped:], row)
                pending, size, skipped = [rest], len(rest), 0
                yield rows
    rows, _ = _cut(b"".join(pending)[skipped:], row)  # what is left over is the trailer
    yield rows


def gathered(query: str, parameters: dict[str, int], row: np.dtype[np.void]) -> np.ndarray:
    """Return all rows at once. One query."""
    return np.concatenate(list(copied(query, parameters, row)))


def _cut(read: bytes, row: np.dtype[np.void]) -> tuple[np.ndarray, bytes]:
    whole = len(read) // row.itemsize
    return np.frombuffer(read, dtype=row, count=whole), read[whole * row.itemsize :]
