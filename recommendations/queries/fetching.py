"""Run one query of our own and return its rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
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

USUAL_TIMEOUT = 0  # none
# So much of a budget may be spent before the next statement of it is given less time than the
# first. It is kept back from each, so that what they take together stays within the budget.
LEEWAY = 0.1

Rows = list[tuple[Any, ...]]


def fetch(
    sql: str, parameters: Mapping[str, Any] | Sequence[Any], *, is_planned_anew: bool = False
) -> Rows:
    """Return all rows of the query, read in Postgres' binary form. One query.

    Django's own cursor reads text, in which vectors are twice as long; it is passed by, not its
    bookkeeping: logs and counts see the query as any other. Where settings allow it, Postgres
    plans a query once for each connection and not every time; where its values decide how it is
    best done, let it be planned anew, and read as text.

    Of who is hurried it takes from their budget, see `within`. Raises LateError where that is gone.
    """
    hurry = _hurry.get()
    if hurry is None:
        return _run(sql, parameters, is_planned_anew=is_planned_anew)
    hurry.begin()
    start = perf_counter()
    try:
        return _run(sql, parameters, is_planned_anew=is_planned_anew)
    finally:
        hurry.budget.spent += (perf_counter() - start) * 1_000


def fetch_ids(sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> Ids:
    """Return the first column of a query, which is one of ids, in its order. One query."""
    return ids_in(fetch(sql, parameters))


def ids_in(rows: Rows) -> Ids:
    """Return the ids that rows begin with, in their order."""
    return np.array([row[0] for row in rows], dtype=np.int64)


def _run(
    sql: str, parameters: Mapping[str, Any] | Sequence[Any], *, is_planned_anew: bool = False
) -> Rows:
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


class LateError(Exception):
    """There is no time left to ask anything more."""


@dataclass(slots=True)
class Budget:
    """How long some statements may take, all of them together. Units: milliseconds."""

    most: float
    spent: float = 0.0

    @property
    def left(self) -> float:
        """How much is not spent yet."""
        return self.most - self.spent

    @property
    def timeout(self) -> int:
        """How long the next statement may take; above 0, which would be for ever."""
        least_left = (1.0 - LEEWAY) * self.most
        return max(1, int(least_left if self.spent <= LEEWAY * self.most else self.left))


@dataclass(slots=True)
class _Hurry:
    """The budgets of whoever asks, by their names, and the timeout that Postgres has now."""

    most: float
    is_local: bool
    budget: Budget
    timeout: int
    budgets: dict[tuple[str, ...], Budget] = field(default_factory=dict)

    def begin(self) -> None:
        if self.budget.left <= 0:
            raise LateError("There is no time left to ask anything more.")
        self.give(self.budget.timeout)

    def give(self, milliseconds: int) -> None:
        if milliseconds != self.timeout:
            _set_timeout(milliseconds, is_local=self.is_local)
            self.timeout = milliseconds


_hurry: ContextVar[_Hurry | None] = ContextVar("hurry", default=None)


@contextmanager
def hurried(milliseconds: int) -> Iterator[None]:
    """Let Postgres break off whatever takes longer. Two queries.

    That is each statement, but for what is asked `within` a budget: all of it together. Whoever is
    broken off gets an OperationalError, caused by QueryCanceled, or a LateError.
    """
    is_local, usual = connection.in_atomic_block, Budget(milliseconds)
    _set_timeout(usual.timeout, is_local=is_local)
    token = _hurry.set(_Hurry(milliseconds, is_local, usual, usual.timeout))
    try:
        yield
    finally:
        _hurry.reset(token)
        _set_timeout(USUAL_TIMEOUT, is_local=is_local)


@contextmanager
def within(names: Sequence[str], milliseconds: float | None = None) -> Iterator[None]:
    """Let all that is asked under these names, here and before, share one budget.

    No query as long as little of the budget is spent: then the timeout of `hurried` keeps what is
    asked within it. Else one for each statement, and one to go back. With `milliseconds` what is
    asked here has a budget of its own. Where nobody is hurried, nothing is held to a budget.
    """
    hurry = _hurry.get()
    if hurry is None:
        yield
        return
    around, usual = hurry.budget, hurry.timeout
    own = Budget(hurry.most if milliseconds is None else milliseconds)
    if milliseconds is None:
        own = hurry.budgets.setdefault(tuple(names), own)
    hurry.budget = own
    try:
        yield
    except Exception:
        if hurry.is_local:  # what was set is undone with all else, see `contained`
            hurry.timeout = usual
        raise
    finally:
        hurry.budget = around
        hurry.give(usual)


def _set_timeout(milliseconds: int, *, is_local: bool) -> None:
    hurry = "SELECT set_config('statement_timeout', %(timeout)s, %(is_local)s)"
    _run(hurry, {"timeout": str(milliseconds), "is_local": is_local})


def is_late(error: BaseException) -> bool:
    """Say whether Postgres broke a statement off for its time, or there was none left to ask it."""
    return isinstance(error, LateError) or isinstance(error.__cause__, QueryCanceled)


@contextmanager
def contained() -> Iterator[None]:
    """Keep a failing query from spoiling the transaction around it, where there is one."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        yield
