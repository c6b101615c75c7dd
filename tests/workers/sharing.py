"""A Celery app like ours, whose worker processes take few rows at a time and share each stage.

The first process that has rows of a stage in hand waits until another one has some, too, and asks
for it. So several processes do take part, however busy the machine is. How many rows and processes
is told by environment variables.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import redis
from celery.signals import worker_process_init

from likeness.celery import app

__all__ = ["app", "came"]  # by its name Celery finds the app

ROWS_AT_ONCE = "TEST_ROWS_AT_ONCE"  # 0 leaves the batches as they are
MEETING = "TEST_MEETING_PROCESSES"  # how many wait for each other in each stage
LEFT_OUT = "TEST_STAGES_LEFT_OUT"
PROCESSES = 2
PATIENCE_SECONDS = 120.0


def came(stage: str) -> str:
    """Return the name under which Redis keeps which processes had rows of a stage in hand."""
    return f"test:came:{stage}"


@worker_process_init.connect
def share(**_: Any) -> None:
    """Make this process's batches small, and let it meet the other one in each stage."""
    from django.conf import settings  # noqa: PLC0415 - Django is set up only in the processes

    from core.jobs import enqueue  # noqa: PLC0415 - as above
    from workers import loop, stages  # noqa: PLC0415 - as above

    store = redis.from_url(settings.REDIS_URL)
    rows, meeting = int(os.environ.get(ROWS_AT_ONCE, "3")), int(os.environ.get(MEETING, PROCESSES))
    left_out = os.environ.get(LEFT_OUT, "").split()
    stages.PLANS = tuple(plan for plan in stages.PLANS if plan.stage not in left_out)
    work_alone = loop._batch
    jobs = {}
    for stage, plan in stages.BY_STAGE.items():
        parts = [
            part if part.is_wide else replace(part, batch=rows or part.batch) for part in plan.parts
        ]
        small = stages.BY_STAGE[stage] = replace(plan, parts=tuple(parts))
        jobs |= {small.claims_of(part): small.job for part in parts if not part.is_wide}

    def work_together(
        stage: str, work: loop.Work, workspace_id: int, ids: Sequence[int], *, model: str
    ) -> int:
        if stage in jobs and store.sadd(came(stage), os.getpid()):
            until = time.monotonic() + PATIENCE_SECONDS
            while store.scard(came(stage)) < meeting and time.monotonic() < until:
                enqueue(jobs[stage], workspace_id=workspace_id, helper=1)
                time.sleep(0.2)
        return work_alone(stage, work, workspace_id, ids, model=model)

    loop._batch = work_together
