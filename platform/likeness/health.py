"""Is this process alive, and can it serve?

Anybody may ask, so an answer is kept for some seconds: asking often costs no more than asking.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from kombu.exceptions import OperationalError as BrokerError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workers.budget import paused_workspaces

REPLY_SECONDS = 0.5
KEPT_SECONDS = 5.0

# Without these nothing can be answered. The others delay work and lose none of it.
NEEDED = ("database", "migrations")
# Told, but as it was wished: nothing is wrong where a budget holds back the models.
WISHED = ("budget",)


class Answers:
    """What the checks last answered; they are made again once that is KEPT_SECONDS old.

    One request makes them while the others wait for what it finds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, str] = {}
        self._made_at = -math.inf
        self._is_migrated = False

    def get(self) -> dict[str, str]:
        """Return the answer of each check, by its name."""
        with self._lock:
            if time.monotonic() - self._made_at >= KEPT_SECONDS:
                self._kept = check_all(is_migrated=self._is_migrated)
                self._is_migrated = self._kept["migrations"] == "ok"
                self._made_at = time.monotonic()
            return self._kept

    def forget(self) -> None:
        """Make every check again when next asked."""
        with self._lock:
            self._made_at, self._is_migrated = -math.inf, False


answers = Answers()


class OpenView(APIView):
    """A view that needs no key."""

    authentication_classes = []
    permission_classes = []


class LiveView(OpenView):
    """GET: the process answers. Asks nothing else, so that an outage restarts nobody."""

    @extend_schema(responses=OpenApiTypes.OBJECT, auth=[])
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


class ReadyView(OpenView):
    """GET: what this process can reach. 503 without the database or with migrations waiting."""

    @extend_schema(responses=OpenApiTypes.OBJECT, auth=[])
    def get(self, request: Request) -> Response:
        checks = answers.get()
        is_ready = all(checks[name] == "ok" for name in NEEDED)
        is_whole = all(answer == "ok" for name, answer in checks.items() if name not in WISHED)
        status = "ok" if is_whole else "degraded" if is_ready else "not_ready"
        body: dict[str, Any] = {"status": status, "checks": checks}
        return Response(body, status=200 if is_ready else 503)


def check_all(*, is_migrated: bool = False) -> dict[str, str]:
    """Return "ok" or a few words of what is wrong, for each thing that serving rests on.

    Where `is_migrated`, the migrations are known to be applied and are not read again: the code
    of a running process does not change.
    """
    checks: dict[str, Callable[[], str]] = {
        "database": database_answers,
        "migrations": (lambda: "ok") if is_migrated else migrations_applied,
        "redis": redis_answers,
        "worker": worker_answers,
        "budget": budget_answers,
    }
    return {name: check() for name, check in checks.items()}


def no_worker_answers() -> bool:
    """Whether what was asked of the workers will not be done before somebody starts one."""
    return answers.get()["worker"] != "ok"


def database_answers() -> str:
    """Ask the database for a row."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def migrations_applied() -> str:
    """Compare the migrations in the code with those that the database has seen."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unknown: the database does not answer"
    return f"{len(waiting)} not applied" if waiting else "ok"


def redis_answers() -> str:
    """Ask Redis for a sign of life."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=REPLY_SECONDS, socket_connect_timeout=REPLY_SECONDS
    )
    try:
        client.ping()
    except redis.RedisError:
        return "does not answer"
    finally:
        client.close()
    return "ok"


def worker_answers() -> str:
    """Ask the workers; the first that replies ends the wait."""
    try:
        replies = current_app.control.ping(timeout=REPLY_SECONDS, limit=1)
    except (BrokerError, redis.RedisError, OSError):
        return "unknown: redis does not answer"
    return "ok" if replies else "none replied"


def budget_answers() -> str:
    """Say in how many workspaces the models wait for another day, since the budget is used up."""
    try:
        paused = paused_workspaces()
    except DatabaseError:
        return "unknown: the database does not answer"
    return f"models paused by budget in {paused} workspaces" if paused else "ok"
