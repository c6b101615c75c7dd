"""Another connection, which does something beside a test and keeps its transaction open."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection, transaction

from tests.processes import wait_until

PATIENCE_SECONDS = 60
WAITING = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


@contextmanager
def open_beside(work: Callable[[], object], *, until_waited_for: bool = False) -> Iterator[None]:
    """Do the work on another connection, and commit it when the block ends.

    With `until_waited_for` it is committed as soon as somebody waits for what it holds. Needs a
    test whose transactions are real.
    """
    is_done, may_end = threading.Event(), threading.Event()

    def beside() -> None:
        try:
            with transaction.atomic():
                work()
                is_done.set()
                if until_waited_for:
                    wait_until(_somebody_waits, seconds=PATIENCE_SECONDS, what="a lock")
                else:
                    may_end.wait(PATIENCE_SECONDS)
        finally:
            is_done.set()
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(beside)
        is_done.wait(PATIENCE_SECONDS)
        try:
            yield
        finally:
            may_end.set()
        running.result()


@contextmanager
def never_waiting() -> Iterator[None]:
    """Raise OperationalError in the block rather than wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])
