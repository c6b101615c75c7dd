"""How every stage runs: claim a batch, work on it, release it, until nothing is due."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import structlog
from django.db import OperationalError
from django.utils import timezone

from core import claims
from core.jobs import enqueue
from core.models import StageRun
from workers.booking import booked
from workers.budget import Limit
from workers.stages import Part, Plan, next_due

log = structlog.get_logger(__name__)

# A task hands over to a new message after this long, so that workspaces take turns.
SLICE_SECONDS = 60.0
# Between two runs of a stage that reads a whole workspace, unless somebody waits for it.
REST = timedelta(minutes=10)
# A backlog of this many batches is shared with other workers.
SHARED_BATCHES = 6
MOST_HELPERS = 7
WALKS = 2
NO_MODELS: Mapping[str, str] = {}

Work = Callable[[int, Sequence[int]], int]


def run(
    plan: Plan,
    workspace_id: int,
    works: Mapping[str, Work],
    *,
    models: Mapping[str, str] = NO_MODELS,
    at_once: int = 0,
    helper: int = 0,
) -> int:
    """Work on what is due for a stage, then ask for the next stage. Returns the rows done.

    `works` and `models` say by part what does its rows and which model that runs, if any.
    Models run outside any transaction; `works` store their results in one transaction a batch,
    so that a worker killed at any line loses its batch and nothing else. After SLICE_SECONDS the
    rest is left to a new message. A helper shares the work of one slice and asks for nothing, so
    that messages cannot multiply. A part that runs a model stops where the workspace's budget
    for the day is used up, after at most one batch a worker more; the parts and the stages
    behind it go on with what there is.
    """
    if not helper:
        _call_helpers(plan, workspace_id)
    until = time.monotonic() + SLICE_SECONDS
    done = 0
    for part in plan.parts:
        if part.is_wide and not at_once and _is_resting(plan, part, workspace_id):
            continue
        name, model = plan.claims_of(part), models.get(part.rows, "")
        limit = Limit(name, workspace_id)
        done += _work_off(plan, part, workspace_id, works[part.rows], model, until, limit)
        if limit.is_reached():
            log.info("stage.paused_by_budget", stage=name, workspace_id=workspace_id)
            continue
        if time.monotonic() >= until:
            if not helper:
                enqueue(plan.job, workspace_id=workspace_id, at_once=at_once)
            return done
    if not helper and (following := next_due(workspace_id, after=plan.stage)):
        enqueue(following.job, workspace_id=workspace_id, at_once=at_once)
    return done


def _work_off(
    plan: Plan,
    part: Part,
    workspace_id: int,
    work: Work,
    model: str,
    until: float,
    limit: Limit,
) -> int:
    """Walk over the due rows in batches, until all are done, or time or budget is over.

    A second walk finds what became due behind the first. Returns the rows done.
    """
    done = 0
    for _ in range(1 if part.is_wide else WALKS):
        before, after = done, 0
        while time.monotonic() < until and not limit.is_reached():
            ids = claims.claim(
                plan.claims_of(part),
                part.due(workspace_id),
                limit=part.batch,
                lease=part.lease,
                after=after,
            )
            if not ids:
                break
            done += _batch(plan.claims_of(part), work, workspace_id, ids, model=model)
            after = ids[-1]
        if done == before:
            break
    return done


def _batch(stage: str, work: Work, workspace_id: int, ids: Sequence[int], *, model: str) -> int:
    """Work on claimed rows, release them, and keep what it took. Returns the rows done."""
    with booked(workspace_id, stage, model=model) as entry:
        try:
            entry.rows = _attempt(stage, work, workspace_id, ids)
        finally:
            claims.release(stage, ids)
    return entry.rows


def _attempt(stage: str, work: Work, workspace_id: int, ids: Sequence[int]) -> int:
    """Work on a batch; where it fails, on its halves, until the rows to blame are found.

    They are parked until their claim ends, so that one bad row does not stop the others.
    """
    try:
        return work(workspace_id, ids)
    except OperationalError:
        raise  # the database went away: the whole task is tried again
    except Exception:  # the edge of a task: whatever a model throws, the other rows go on
        log.exception("stage.failed", stage=stage, rows=len(ids), first_id=ids[0])
    if len(ids) == 1:
        claims.park(stage, ids)
        return 0
    middle = len(ids) // 2
    return sum(_attempt(stage, work, workspace_id, half) for half in (ids[:middle], ids[middle:]))


def _call_helpers(plan: Plan, workspace_id: int) -> None:
    """Ask other workers to share a large backlog."""
    for part in plan.parts:
        if part.is_wide or Limit(plan.claims_of(part), workspace_id).is_reached():
            continue
        most = part.batch * SHARED_BATCHES * MOST_HELPERS
        waiting = part.due(workspace_id).values("pk")[:most].count()
        for _ in range(waiting // (part.batch * SHARED_BATCHES)):
            enqueue(plan.job, workspace_id=workspace_id, helper=1)
        if waiting:
            return


def _is_resting(plan: Plan, part: Part, workspace_id: int) -> bool:
    return StageRun.objects.filter(
        workspace_id=workspace_id,
        stage=plan.claims_of(part),
        finished_at__gte=timezone.now() - REST,
    ).exists()
