"""Run one query of our own and return its rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction

Rows = list[tuple[Any, ...]]


def fetch(sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Return all rows of the query. One query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: Rows = cursor.fetchall()
    return rows


@contextmanager
def contained() -> Iterator[None]:
    """Keep a failing query from spoiling the transaction around it, where there is one."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        yield
