"""Run one query of our own and return its rows."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from psycopg import Cursor
from psycopg.errors import QueryCanceled
from psycopg.pq import Format

from core.arrays import Ids

# A query that came up so often on a connection will come again.
PREPARED_AFTER = 2

USUAL_TIMEOUT = "0"  # none

Rows = list[tuple[Any, ...]]


def fetch(sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Return all rows of the query, read in Postgres' binary form. One query.

    Django's own cursor reads text, in which vectors are twice as long; it is passed by, not its
    bookkeeping: logs and counts see the query as any other. Where settings allow it, Postgres
    plans a query once for each connection and not every time.
    """
    connection.ensure_connection()
    if settings.PREPARED_STATEMENTS:
        connection.connection.prepare_threshold = PREPARED_AFTER
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
def hurried(milliseconds: int) -> Iterator[None]:
    """Let Postgres break off every statement that takes longer. Two queries.

    Whoever is broken off gets an OperationalError, caused by QueryCanceled.
    """
    here = "SELECT set_config('statement_timeout', %(timeout)s, %(is_local)s)"
    is_local = connection.in_atomic_block
    fetch(here, {"timeout": str(milliseconds), "is_local": is_local})
    try:
        yield
    finally:
        fetch(here, {"timeout": USUAL_TIMEOUT, "is_local": is_local})


def is_late(error: BaseException) -> bool:
    """Say whether it was Postgres that broke a statement off for its time."""
    return isinstance(error.__cause__, QueryCanceled)


@contextmanager
def contained() -> Iterator[None]:
    """Keep a failing query from spoiling the transaction around it, where there is one."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        yield
