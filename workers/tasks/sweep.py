"""What makes the queue a mere hint: look for unfinished work, and ask for it again."""

from typing import Any

import structlog
from celery.signals import worker_ready
from django.db import close_old_connections

from accounts.models import Workspace
from core import claims
from core.jobs import Job, enqueue
from core.orders import resend_orders
from core.progress import fail_silent_jobs
from workers.registry import task_for
from workers.stages import count_held, next_due

log = structlog.get_logger(__name__)


@task_for(Job.SWEEP)
def sweep(workspace_id: int = 0) -> int:
    """Ask for the first due stage of each workspace, or of one. Returns how many were asked for.

    A stage asks for the one behind it, so the first is enough. What dead processes of this
    machine held is given back before, jobs whose process died are closed, and orders that nobody
    works on are asked for again.
    """
    freed, failed, orders = claims.release_dead(), fail_silent_jobs(), resend_orders()
    asked = 0
    workspaces = Workspace.objects.filter(pk=workspace_id) if workspace_id else Workspace.objects
    for pk in workspaces.order_by("pk").values_list("pk", flat=True):
        plan = next_due(pk)
        if plan and not count_held(plan, pk):  # where a worker is at it, it will ask itself
            enqueue(plan.job, workspace_id=pk)
            asked += 1
    log.info(
        "sweep.done",
        asked=asked,
        freed=freed,
        failed=failed,
        orders=orders.asked,
        given_up=orders.given_up,
    )
    return asked


@worker_ready.connect
def catch_up(**_: Any) -> None:
    """Ask for a sweep when a worker starts: it may follow one that was killed."""
    enqueue(Job.SWEEP)
    close_old_connections()
