"""The names of background jobs, and how a service asks for one without importing it.

Services stand below the workers and cannot import a task: they name the job here, and the task
that does it registers under the same name. A test holds the two lists together.
"""

import math
import time
from collections.abc import Callable, Mapping
from enum import StrEnum

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


class Job(StrEnum):
    """One name per task. The value travels through Redis, so it never changes once released."""

    CLEAN = "stages.clean"
    ENCODE = "stages.encode"
    READ = "stages.read"
    TAG = "stages.tag"
    STATE = "stages.state"
    TASTE = "stages.taste"
    LATENT = "stages.latent"
    SEGMENT = "stages.segment"
    LEARN = "stages.learn"
    DESCRIBE = "stages.describe"
    TRAIN = "models.train"
    HEAR = "models.hear"
    REFRESH_USER = "profiles.refresh_user"
    QUALITY = "profiles.look_over"
    SWEEP = "workers.sweep"


class Line:
    """The line to the queue. Where it was found dead, nobody tries it again for a while.

    Each try waits for the broker's timeouts: a request that sends many messages must pay that
    once, and those that follow at once not at all.
    """

    REST_SECONDS = 5.0

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._dead_until = -math.inf

    def send(self, job: Job, arguments: Mapping[str, int | str]) -> None:
        """Send a message, or drop it while the line rests. Raises what the broker raises."""
        if self._clock() < self._dead_until:
            log.warning("job.not_sent", job=job.value, **arguments)
            return
        try:
            current_app.send_task(job.value, kwargs=dict(arguments))
        except Exception:
            self._dead_until = self._clock() + self.REST_SECONDS
            raise


LINE = Line(time.monotonic)


def enqueue(job: Job, **arguments: int | str) -> None:
    """Ask a worker for `job` once the current transaction has committed.

    Arguments are ids and short strings: the worker reads the rows itself, so that it never acts
    on a copy which has gone stale in the queue. The queue is a hint and the database the truth:
    where Redis is away the failure is logged, the caller succeeds, and the sweep finds the rows.
    """

    def send() -> None:
        LINE.send(job, arguments)

    transaction.on_commit(send, robust=True)
