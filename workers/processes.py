"""Celery's processes, started and ended by commands that need them for a while."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Self

import psutil
from celery import current_app
from django.conf import settings

# A warm end lets a task finish its batches; what is cut off is found again by the sweep.
ENDING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process of ours with its log, in a session of its own: Ctrl-C reaches us alone.

    While it runs a note of it is in `var/run`, so that another command can end it where its
    starter could not: that one may have been killed.
    """

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
        child = cls(name, process, log)
        child.note.parent.mkdir(exist_ok=True)
        child.note.write_text("\n".join(words))
        return child

    @property
    def note(self) -> Path:
        """The file whose name says name and number of the process, and whose lines its command."""
        return notes_folder() / f"{self.name}-{self.process.pid}.pid"

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
        self.note.unlink(missing_ok=True)


def notes_folder() -> Path:
    """Return where the notes of running processes are."""
    return Path(settings.VAR) / "run"


def end_leftovers() -> list[str]:
    """End every process that has a note, and return their names.

    A note may be older than its process's number, which another program has got since: such a one
    is left alone.
    """
    ended = []
    for note in sorted(notes_folder().glob("*.pid")):
        if process := find_noted(note):
            process.terminate()
            try:
                process.wait(ENDING_SECONDS)
            except psutil.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            ended.append(note.stem.rpartition("-")[0])
        note.unlink(missing_ok=True)
    return ended


def find_noted(note: Path) -> psutil.Process | None:
    """Return the process of a note, where it lives and runs the command that was noted."""
    try:
        process = psutil.Process(int(note.stem.rpartition("-")[2]))
        is_ours = process.cmdline()[1:] == ["-m", *note.read_text().split("\n")]
    except (OSError, ValueError, psutil.Error):
        return None
    return process if is_ours else None


@contextmanager
def ending_as_by_ctrl_c() -> Iterator[None]:
    """Let a closed terminal and a polite kill do what Ctrl-C does: nothing of ours stays behind.

    Only the first counts, so that the ending is not itself cut off. Under `nohup` a closed
    terminal still means nothing.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
    schedule = settings.VAR / "beat-schedule"
    words = ["celery", "--app", "likeness", "beat", "--loglevel", "WARNING"]
    return Child.start("beat", [*words, "--schedule", str(schedule)])


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
