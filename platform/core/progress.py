"""How far long work has come, kept where everybody can see it: in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum
from django.utils import timezone

from core.models import JobRun, StageRun

# Far longer than any look at how far the work is.
SILENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class StagePace:
    """What one stage has done since a moment. Units: seconds of work, summed over workers."""

    stage: str
    rows: int
    seconds: float
    batches: int

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds if self.seconds else 0.0


def record_stage(
    *, workspace_id: int, stage: str, model: str, rows: int, seconds: float, tokens: int = 0
) -> None:
    """Keep that a stage finished `rows` rows in `seconds`, with `tokens` through its model."""
    StageRun.objects.create(
        workspace_id=workspace_id,
        stage=stage,
        model=model,
        rows=rows,
        seconds=seconds,
        tokens=tokens,
    )


def list_paces(workspace_id: int, *, since: datetime) -> list[StagePace]:
    """Return what each stage has done since then, in no particular order. One query."""
    rows = (
        StageRun.objects.filter(workspace_id=workspace_id, finished_at__gte=since)
        .values_list("stage")
        .annotate(Sum("rows"), Sum("seconds"), Count("id"))
    )
    return [StagePace(*row) for row in rows]


def begin_job(*, workspace_id: int, name: str, total: int | None = None) -> JobRun:
    """Open a job that is running from now on."""
    return JobRun.objects.create(
        workspace_id=workspace_id,
        name=name,
        total=total,
        state=JobRun.State.RUNNING,
        started_at=timezone.now(),
    )


@contextmanager
def running_job(*, workspace_id: int, name: str) -> Iterator[JobRun]:
    """Open a job for as long as the block lasts; whatever breaks out of it closes it as failed."""
    job = begin_job(workspace_id=workspace_id, name=name)
    try:
        yield job
    except BaseException as error:
        fail_job(job.pk, message=str(error) or f"It ended with {type(error).__name__}.")
        raise


def advance_job(job_id: UUID, *, done: int) -> None:
    """Say how much of a job is done, and that somebody is at it. A finished one keeps what it has.

    Call it at least every few minutes: a job that is silent for SILENCE is taken for dead.
    """
    JobRun.objects.filter(pk=job_id, state=JobRun.State.RUNNING).update(
        done=done, updated_at=timezone.now()
    )


def finish_job(job_id: UUID, *, result: dict[str, Any], message: str = "") -> None:
    """Close a job that went well."""
    _close(job_id, JobRun.State.DONE, result=result, message=message)


def fail_job(job_id: UUID, *, message: str) -> None:
    """Close a job that did not, with a sentence that says why."""
    _close(job_id, JobRun.State.FAILED, message=message)


def fail_silent_jobs() -> int:
    """Close the running jobs that nobody has been heard of for SILENCE. Returns how many.

    Those that were ordered are taken up again instead: see `core.orders`.
    """
    silent = JobRun.objects.filter(
        state=JobRun.State.RUNNING,
        job="",
        finished_at=None,
        updated_at__lt=timezone.now() - SILENCE,
    )
    now = timezone.now()
    return silent.update(
        state=JobRun.State.FAILED,
        finished_at=now,
        updated_at=now,
        message="Whoever did this ended without a word; what was done is kept.",
    )


def _close(job_id: UUID, state: JobRun.State, **fields: Any) -> None:
    JobRun.objects.filter(pk=job_id, finished_at=None).update(
        state=state, finished_at=timezone.now(), updated_at=timezone.now(), **fields
    )
