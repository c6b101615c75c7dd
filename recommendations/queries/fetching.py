"""Run one query of our own and return its rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import ClientCursor, Cursor
from psycopg.errors import QueryCanceled
from psycopg.pq import Format

from core.arrays import Ids

# A query that came up so often on a connection will come again.
PREPARED_AFTER = 2

USUAL_TIMEOUT = "0"  # none

Rows = list[tuple[Any, ...]]


def fetch(
    sql: str, parameters: Mapping[str, Any] | Sequence[Any], *, is_planned_anew: bool = False
) -> Rows:
    """Return all rows of the query, read in Postgres' binary form. One query.

    Django's own cursor reads text, in which vectors are twice as long; it is passed by, not its
    bookkeeping: logs and counts see the query as any other. Where settings allow it, Postgres
    plans a query once for each connection and not every time; where its values decide how it is
    best done, let it be planned anew, and read as text.
    """
    here = connections[DEFAULT_DB_ALIAS]  # `connection` would look for it at every mention
    here.ensure_connection()
    raw = ClientCursor(here.connection) if is_planned_anew else Cursor(here.connection)
    raw.format = Format.TEXT if is_planned_anew else Format.BINARY
    if here.queries_logged or here.execute_wrappers:
        wrap = here.make_debug_cursor if here.queries_logged else here.make_cursor
        with wrap(raw) as cursor:  # type: ignore[arg-type] # the stubs know one kind of cursor
            cursor.execute(sql, parameters)
            return _rows(raw)
    here.validate_no_broken_transaction()  # what else Django's cursors do, less the bookkeeping
    with here.wrap_database_errors:
        raw.execute(sql, parameters)
        return _rows(raw)


def _rows(cursor: Cursor[Any]) -> Rows:
    return cursor.fetchall() if cursor.description else []


def keep_plans(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let a new connection keep one plan for each query of ours, whatever its values.

    Planning anew would take as long as some of the queries do. No value decides between plans: a
    list that rows are held against stands in a subquery, which becomes a hash table in any plan,
    where `= ANY` of a list that is not known yet would be read from end to end for every row.
    """
    if settings.PREPARED_STATEMENTS and connection.vendor == "postgresql":
        connection.connection.prepare_threshold = PREPARED_AFTER
        Cursor(connection.connection).execute("SET plan_cache_mode = force_generic_plan")


def array_text(values: Ids | Iterable[int]) -> str:
    """Write numbers as Postgres reads an array; a long list costs far less than one by one."""
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    return "{" + ",".join(map(str, listed)) + "}"


@contextmanager
def hurried(milliseconds: int) -> Iterator[None]:
    """Let Postgres break off every statement that takes longer. Two queries.

    Whoever is broken off gets an OperationalError, caused by QueryCanceled.
    """
    hurry = "SELECT set_config('statement_timeout', %(timeout)s, %(is_local)s)"
    is_local = connection.in_atomic_block
    fetch(hurry, {"timeout": str(milliseconds), "is_local": is_local})
    try:
        yield
    finally:
        fetch(hurry, {"timeout": USUAL_TIMEOUT, "is_local": is_local})


def is_late(error: BaseException) -> bool:
    """Say whether it was Postgres that broke a statement off for its time."""
    return isinstance(error.__cause__, QueryCanceled)


@contextmanager
def contained() -> Iterator[None]:
    """Keep a failing query from spoiling the transaction around it, where there is one."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        yield
