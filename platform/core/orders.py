"""Long jobs that somebody ordered: kept in the database first, and worked off once.

The message that asks for one carries nothing but its id. It may be lost, late, or come again while
the job is being worked on, as every message does that is not done with in time: whoever takes an
order up holds it until a moment, and moves that moment on for as long as the process lives.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error, IntegrityError, OperationalError, connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from core.claims import gone_among, holder
from core.errors import ConflictError
from core.jobs import Job, enqueue
from core.models import JobRun

log = structlog.get_logger(__name__)

State = JobRun.State
# What kills its worker so often does so always.
MOST_ATTEMPTS = 3
# Signs of life in one hold, so that a few may fail.
BEATS = 6
GIVEN_UP = (
    "Its worker ended without a word {} times, perhaps for want of memory; it is not tried again. "
    "Look at the worker's log, then order it anew, smaller or on another machine."
)


@dataclass(frozen=True, slots=True)
class Resent:
    """What a look at the orders led to: how many were asked for again, and how many given up."""

    asked: int
    given_up: int


def hold() -> timedelta:
    """Return for how long an order is held after the last sign of life."""
    return timedelta(seconds=settings.CLAIM_SECONDS)


def place_order(
    job: Job, *, workspace_id: int, name: str, order: dict[str, Any], total: int | None = None
) -> JobRun:
    """Order a long job, and ask a worker for it once the current transaction has committed.

    `order` is what the worker is to know, in words and numbers. Raises ConflictError where one of
    this name is ordered already in the workspace, and is not finished.
    """
    try:
        with transaction.atomic():
            run = JobRun.objects.create(
                workspace_id=workspace_id, name=name, job=job.value, order=order, total=total
            )
    except IntegrityError:
        raise ConflictError(
            "This is ordered already, and not finished.", reason="ordered_already", job=name
        ) from None
    enqueue(job, order_id=str(run.pk))
    return run


@contextmanager
def taken_up(order_id: str) -> Iterator[JobRun | None]:
    """Take an order up for as long as the block lasts; None where it is not to be worked on now.

    It is not where it is finished, given up or gone, or where another process holds it. What
    breaks out of the block closes it as failed, but for a database that went away and for an
    end from outside: then it waits for the next to take it up.
    """
    run = _take(order_id)
    if run is None:
        yield None
        return
    with _Heart(run):
        try:
            yield run
        except OperationalError:
            _let_go(run, state=State.QUEUED)
            raise
        except Exception as error:
            said = str(error) or f"It ended with {type(error).__name__}."
            _let_go(run, state=State.FAILED, finished_at=timezone.now(), message=said)
            raise
        except BaseException:
            _let_go(run, state=State.QUEUED)
            raise


def refuse_lost(run: JobRun) -> None:
    """Raise ConflictError where another process has taken the order up since. One query.

    It may where this one was not heard of for too long. A job that nobody ordered is never lost.
    """
    if run.job and not _held(run).exists():
        raise ConflictError("Another worker has taken this up meanwhile.", job=run.name)


def resend_orders() -> Resent:
    """Ask again for the orders that nobody works on. Three queries, and two an order.

    They are those whose process died or went silent, and those that nobody took up for as long
    as an order is held: their message may be lost. What was taken up MOST_ATTEMPTS times is given
    up.
    """
    ordered = JobRun.objects.exclude(job="").filter(finished_at=None)
    holders = ordered.filter(state=State.RUNNING).values_list("holder", flat=True)
    left = Q(state=State.RUNNING) & (Q(until__lt=Now()) | Q(holder__in=gone_among(holders)))
    unheard = Q(state=State.QUEUED, updated_at__lt=timezone.now() - hold())
    asked = given_up = 0
    for pk in ordered.filter(left | unheard).order_by("created_at").values_list("pk", flat=True):
        with transaction.atomic():
            run = _lock(pk)
            if run is None:
                continue
            if _is_given_up(run):
                given_up += 1
                continue
            JobRun.objects.filter(pk=pk).update(
                state=State.QUEUED, holder="", until=None, updated_at=timezone.now()
            )
            enqueue(Job(run.job), order_id=str(pk))
            asked += 1
    return Resent(asked, given_up)


def _take(order_id: str) -> JobRun | None:
    """Hold an order for this process. A second one that tries waits for the first, then sees it."""
    with transaction.atomic():
        run = _lock(UUID(order_id))
        if run is None or _is_given_up(run):
            return None
        JobRun.objects.filter(pk=run.pk).update(
            state=State.RUNNING,
            attempts=run.attempts + 1,
            holder=holder(),
            until=Now() + hold(),
            started_at=timezone.now(),
            updated_at=timezone.now(),
            done=0,
        )
    run.refresh_from_db()
    log.info("order.taken_up", job=run.name, order=order_id, attempt=run.attempts)
    return run


def _lock(pk: UUID) -> JobRun | None:
    """Return an order that waits or was left, locked; None where it is held, finished or gone."""
    is_over = ExpressionWrapper(Q(until__lt=Now()), output_field=BooleanField())
    rows = JobRun.objects.select_for_update().exclude(job="").filter(finished_at=None)
    run = rows.annotate(is_over=is_over).filter(pk=pk).first()
    if run is None or run.state == State.QUEUED:
        return run
    return run if run.is_over or gone_among([run.holder]) else None


def _is_given_up(run: JobRun) -> bool:
    """Close an order that was taken up often enough. Returns whether it is closed."""
    if run.attempts < MOST_ATTEMPTS:
        return False
    _let_go(
        run,
        state=State.FAILED,
        finished_at=timezone.now(),
        message=GIVEN_UP.format(run.attempts),
    )
    log.warning("order.given_up", job=run.name, order=str(run.pk))
    return True


def _let_go(run: JobRun, **fields: Any) -> None:
    """Change an order that nobody has taken up since `run` was read, and hold it no longer."""
    JobRun.objects.filter(pk=run.pk, attempts=run.attempts, finished_at=None).update(
        holder="", until=None, updated_at=timezone.now(), **fields
    )


def _held(run: JobRun) -> QuerySet[JobRun]:
    """The order, where it is still this taking up of it that counts."""
    return JobRun.objects.filter(pk=run.pk, attempts=run.attempts, state=State.RUNNING)


class _Heart:
    """Moves on the moment until which an order is held, from a thread of its own."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._has_ended.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._has_ended.wait(hold().total_seconds() / BEATS):
                try:
                    _held(self._run).update(until=Now() + hold(), updated_at=timezone.now())
                except Error:  # the database is away; it may be back at the next beat
                    log.warning("order.not_renewed", order=str(self._run.pk))
                    connection.close()
        finally:
            connection.close()
