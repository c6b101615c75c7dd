"""Who works on which row: claims taken from Postgres, so that workers need no coordinator."""

import os
import socket
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

import psutil
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from core.models import Claim

PARKED = "parked"
# Looks for free rows, where other workers were quicker each time.
TRIES = 5

TAKE = """
    INSERT INTO core_claim (stage, row_id, holder, until)
    SELECT %s, row_id, %s, now() + %s * interval '1 second' FROM unnest(%s::bigint[]) AS row_id
    ON CONFLICT (stage, row_id) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
    WHERE core_claim.until < now()
    RETURNING row_id
"""


def claim(
    stage: str, due: QuerySet[Any], *, limit: int, lease: timedelta, after: int = 0
) -> list[int]:
    """Take up to `limit` rows of `due` that nobody holds, and return their ids in order.

    Rows with an id up to `after` are passed over, so that a long walk does not look at what it
    has done again and again. The claims end after `lease`, unless they are released before. Rows
    that another worker is taking at this moment are skipped, not waited for. Two queries, and two
    more where another worker was quicker by a hair.
    """
    held = Claim.objects.filter(stage=stage, row_id=OuterRef("pk"), until__gte=Now())
    free = (
        due.filter(~Exists(held), pk__gt=after)
        .order_by("pk")
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .values_list("pk", flat=True)
    )
    for _ in range(TRIES):
        with transaction.atomic():
            ids = list(free[:limit])
            if not ids:
                return []
            with connection.cursor() as cursor:
                cursor.execute(TAKE, [stage, holder(), lease.total_seconds(), ids])
                if taken := sorted(row_id for (row_id,) in cursor.fetchall()):
                    return taken
        # Another worker took just these between our look and our locks: the next look sees that.
    return []


def release(stage: str, ids: Sequence[int]) -> None:
    """Give back the rows that this process holds. One query."""
    Claim.objects.filter(stage=stage, row_id__in=ids, holder=holder()).delete()


def release_dead() -> int:
    """Give back what processes of this machine held when they died. Returns how many rows.

    What other machines hold is left to its lease: from here nobody can tell.
    """
    here = Claim.objects.filter(holder__startswith=_machine())
    gone = gone_among(here.values_list("holder", flat=True).distinct())
    return Claim.objects.filter(holder__in=gone).delete()[0] if gone else 0


def gone_among(holders: Iterable[str]) -> list[str]:
    """Return the processes of this machine among `holders` that live no more."""
    return [name for name in holders if name.startswith(_machine()) and not _lives(name)]


def holder() -> str:
    """Return this process's name: machine, process id, and when it started."""
    return _name(os.getpid())


@lru_cache(maxsize=4)  # a forked worker has its parent's memory, but not its process id
def _name(pid: int) -> str:
    started = int(psutil.Process(pid).create_time())
    return f"{_machine()}{pid}:{started}"


def _machine() -> str:
    """Return how the names of this machine's processes begin."""
    return f"{socket.gethostname()[:80]}:"


def _lives(name: str) -> bool:
    pid, started = name.rsplit(":", 2)[1:]
    try:
        return int(psutil.Process(int(pid)).create_time()) == int(started)
    except psutil.Error:
        return False


def any_held() -> bool:
    """Return whether any worker, anywhere, holds a row at this moment. One query."""
    return Claim.objects.filter(until__gte=Now()).exclude(holder=PARKED).exists()


def park(stage: str, ids: Sequence[int]) -> None:
    """Leave rows that cannot be worked on to the end of their claim, so that nobody tries before.

    One query.
    """
    Claim.objects.filter(stage=stage, row_id__in=ids, holder=holder()).update(holder=PARKED)
