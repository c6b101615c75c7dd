"""Real processes for tests that need them: workers on the test database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode

import psutil
import redis
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
LANE = os.environ.get("PYTEST_XDIST_WORKER", "gw0")  # tests run side by side, each lane by itself
REDIS_DATABASE = 9 + int(LANE.removeprefix("gw"))


def test_redis_url(url: str) -> str:
    """Return `url` with the database of that Redis that this lane of the tests has to itself."""
    plain = url.partition("?")[0]
    if plain.startswith("unix://"):
        return f"{plain}?db={REDIS_DATABASE}"
    scheme, _, rest = plain.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{REDIS_DATABASE}"


test_redis_url.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it by its name


def test_database_url() -> str:
    """Return the URL of the database that this test session uses."""
    at = connection.settings_dict
    password = f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else ""
    port = f":{at['PORT']}" if at["PORT"] else ""
    query = f"?{urlencode(at['OPTIONS'])}" if at.get("OPTIONS") else ""
    host = quote(at["HOST"], safe="")
    return f"postgresql://{at['USER']}{password}@{host}{port}/{at['NAME']}{query}"


test_database_url.__test__ = False  # type: ignore[attr-defined]  # see above


def environment() -> dict[str, str]:
    """Return the environment of a process that works on the test database and queue."""
    return os.environ | {
        "LIKENESS_DATABASE_URL": test_database_url(),
        "LIKENESS_REDIS_URL": settings.REDIS_URL,
        "LIKENESS_VAR": str(settings.VAR),
        "LIKENESS_MODELS": str(settings.MODELS),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "OMP_NUM_THREADS": "1",
    }


def flush_queue() -> None:
    """Empty the tests' Redis database: every message and everything cached is gone."""
    redis.from_url(settings.REDIS_URL).flushdb()


def wait_until(claim: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Look again and again until `claim` holds; fail with `what` when the time is over."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """A worker for both queues in a session of its own, so that it can be killed whole."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, *, concurrency: int = 1, app: str = "likeness") -> Self:
        """Start a worker, and return once it is about to take messages.

        It has as many processes as `concurrency` says, and one that hands out their work. `app` is
        the module of its Celery app.
        """
        flush_queue()
        log = settings.VAR / f"test-worker-{LANE}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "--app", app, "worker"),
                    *("--queues", "default,models", "--concurrency", str(concurrency)),
                    *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
                ],
                cwd=ROOT,
                env=environment(),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        leftover_note().write_text(str(process.pid))
        worker = cls(process, log)
        wait_until(worker.is_ready, seconds=90, what=f"a worker (see {log})")
        return worker

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"the worker ended at once (see {self.log})"
        return b"ready." in self.log.read_bytes()

    def finds(self, claim: Callable[[], bool], *, seconds: float = 120) -> bool:
        """Return True once `claim` holds; fail where it does not, or the worker ends first."""

        def holds() -> bool:
            assert self.process.poll() is None, f"the worker ended (see {self.log})"
            return claim()

        wait_until(holds, seconds=seconds, what=f"the worker's work (see {self.log})")
        return True

    def is_caught(self, claim: Callable[[], bool]) -> bool:
        """Return whether `claim` holds while the worker stands still; where not, it goes on."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        if claim():
            return True
        os.killpg(self.process.pid, signal.SIGCONT)
        return False

    def kill(self) -> None:
        """End the worker and its children as a crash would, with SIGKILL."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        leftover_note().unlink(missing_ok=True)


def leftover_note() -> Path:
    """Return the file that names the running worker, for a later run to end what this one left."""
    return settings.VAR / f"test-worker-{LANE}.pid"


def end_leftover_worker() -> None:
    """End the worker of a test run that was killed: it would keep the test database in use."""
    try:
        pid = int(leftover_note().read_text())
        if "celery" in psutil.Process(pid).cmdline():
            os.killpg(pid, signal.SIGKILL)
    except (OSError, ValueError, psutil.Error):
        pass
    leftover_note().unlink(missing_ok=True)
