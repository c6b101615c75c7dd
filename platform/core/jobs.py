"""The names of background jobs, and how a service asks for one without importing it.

Services stand below the workers and cannot import a task: they name the job here, and the task
that does it registers under the same name. A test holds the two lists together.
"""

from enum import StrEnum

from celery import current_app
from django.db import transaction


class Job(StrEnum):
    """One name per task. The value travels through Redis, so it never changes once released."""

    CLEAN = "stages.clean"
    ENCODE = "stages.encode"
    READ = "stages.read"
    TAG = "stages.tag"
    STATE = "stages.state"
    TASTE = "stages.taste"
    SEGMENT = "stages.segment"
    LEARN = "stages.learn"
    DESCRIBE = "stages.describe"
    REFRESH_USER = "profiles.refresh_user"
    SWEEP = "workers.sweep"


def enqueue(job: Job, **arguments: int | str) -> None:
    """Ask a worker for `job` once the current transaction has committed.

    Arguments are ids and short strings: the worker reads the rows itself, so that it never acts
    on a copy which has gone stale in the queue. The queue is a hint and the database the truth:
    where Redis is away the failure is logged, the caller succeeds, and the sweep finds the rows.
    """

    def send() -> None:
        current_app.send_task(job.value, kwargs=arguments)

    transaction.on_commit(send, robust=True)
