"""Run one query of our own and return its rows."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
from django.db import connection, transaction
from psycopg import Cursor
from psycopg.pq import Format

from core.arrays import Ids

Rows = list[tuple[Any, ...]]


def fetch(sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Return all rows of the query, read in Postgres' binary form. One query.

    Django's own cursor reads text, in which vectors are twice as long; it is passed by, not its
    bookkeeping: logs and counts see the query as any other.
    """
    connection.ensure_connection()
    raw = Cursor(connection.connection)
    raw.format = Format.BINARY
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(raw) as cursor:  # type: ignore[arg-type] # the stubs know one kind of cursor
        cursor.execute(sql, parameters)
        rows: Rows = cursor.fetchall()
    return rows


def array_text(values: Ids | Iterable[int]) -> str:
    """Write numbers as Postgres reads an array; a long list costs far less than one by one."""
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    return "{" + ",".join(map(str, listed)) + "}"


@contextmanager
def contained() -> Iterator[None]:
    """Keep a failing query from spoiling the transaction around it, where there is one."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        yield
