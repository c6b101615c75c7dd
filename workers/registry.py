"""How a job's name becomes a Celery task."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from celery import shared_task
from celery.app.task import Task
from django.db import OperationalError

from core.jobs import Job

P = ParamSpec("P")
R = TypeVar("R")


def task_for(job: Job) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Return a decorator that makes a function the task of `job`.

    Only a database that went away is worth another try; whatever else fails is found again by
    the sweep, since its rows stay due.
    """
    return shared_task(
        name=job.value,
        autoretry_for=(OperationalError,),
        retry_backoff=True,
        max_retries=5,
    )
