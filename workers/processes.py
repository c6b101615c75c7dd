"""Celery's processes, started and ended by commands that need them for a while."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from celery import current_app
from django.conf import settings

# A warm end lets a task finish its batches; what is cut off is found again by the sweep.
ENDING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process of ours with its log, in a session of its own: Ctrl-C reaches us alone."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, name: str, words: Sequence[str], **environment: str) -> Self:
        """Run `python -m words...` in the project's folder, its output in `var/name.log`."""
        log = settings.VAR / f"{name}.log"
        path = os.pathsep.join([str(settings.ROOT), str(settings.ROOT / "platform")])
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter, words of ours
                [sys.executable, "-m", *words],
                cwd=settings.ROOT,
                env=os.environ | {"PYTHONPATH": path} | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(name, process, log)

    def has_ended(self) -> bool:
        """Return whether the process is gone."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """End the process and its children: politely, then by force."""
        if not self.has_ended():
            self.process.terminate()
            try:
                self.process.wait(ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def start_worker() -> Child:
    """Start a worker for both queues that uses all cores and no core twice."""
    cores = os.cpu_count() or 1
    concurrency = min(cores, 4)
    words = ["celery", "--app", "likeness", "worker", "--queues", "default,models"]
    return Child.start(
        "worker",
        [*words, "--concurrency", str(concurrency), "--loglevel", "INFO", "--without-mingle"],
        OMP_NUM_THREADS=os.environ.get("OMP_NUM_THREADS", str(max(1, cores // concurrency))),
    )


def start_beat() -> Child:
    """Start the clock that asks for sweeps."""
    pidfile = settings.VAR / "beat.pid"
    words = ["celery", "--app", "likeness", "beat", "--loglevel", "WARNING"]
    return Child.start("beat", [*words, "--pidfile", str(pidfile)])


def has_worker(*, seconds: float) -> bool:
    """Return whether a worker answers within so many seconds."""
    until = time.monotonic() + seconds
    while True:
        try:
            if current_app.control.ping(timeout=min(1.0, seconds)):
                return True
        except OSError:
            time.sleep(0.2)  # the broker is away; it may come back
        if time.monotonic() >= until:
            return False
