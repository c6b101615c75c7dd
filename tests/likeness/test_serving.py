"""Whatever ends a command that serves, it leaves no process of ours behind."""

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from likeness import serving
from tests.processes import ROOT, environment, wait_until
from workers import processes
from workers.processes import Child, end_leftovers, ending_as_by_ctrl_c, notes_folder

pytestmark = pytest.mark.slow

QUIET = ["http.server", "--bind", "127.0.0.1", "0"]


@pytest.fixture
def var(tmp_path, settings) -> Path:
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def child(var) -> Iterator[Child]:
    """A process of ours that its starter has forgotten."""
    child = Child.start("web", QUIET)
    wait_until(
        lambda: psutil.Process(child.process.pid).cmdline()[1:2] == ["-m"], seconds=9, what=""
    )
    yield child
    child.stop()


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def pids_in(folder: Path) -> list[int]:
    return [int(note.stem.rpartition("-")[2]) for note in folder.glob("run/*.pid")]


def is_up(var: Path, port: int) -> bool:
    if len(pids_in(var)) < 3 or b"ready." not in (var / "worker.log").read_bytes():
        return False
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_kill_and_a_closed_terminal_do_what_ctrl_c_does_and_only_once(number):
    before = signal.getsignal(number)
    with ending_as_by_ctrl_c():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before


@pytest.mark.usefixtures("django_db_setup")
def test_a_closed_terminal_ends_web_worker_and_beat(tmp_path):
    port = free_port()
    command = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment() | {"LIKENESS_VAR": str(tmp_path)},
        start_new_session=True,
    )
    try:
        wait_until(lambda: is_up(tmp_path, port), seconds=120, what="web and worker")
        pids = pids_in(tmp_path)
        command.send_signal(signal.SIGHUP)
        assert command.wait(40) in {0, 130}  # 130 until it has said where to look
        assert not any(psutil.pid_exists(pid) for pid in pids)
        assert pids_in(tmp_path) == []
    finally:
        command.kill()


def test_what_a_killed_command_left_is_ended_and_named(child):
    assert end_leftovers() == ["web"]
    assert child.process.wait(5) is not None
    assert end_leftovers() == []


def test_a_process_that_got_a_number_of_ours_is_left_alone(child):
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    child.note.rename(notes_folder() / f"web-{stranger.pid}.pid")
    assert end_leftovers() == []
    assert stranger.poll() is None
    stranger.communicate(b"\n")


def test_where_one_cannot_be_started_none_is_left(var, monkeypatch):
    started = []

    def start_worker() -> Child:
        started.append(Child.start("worker", QUIET))
        return started[0]

    def start_beat() -> Child:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(serving, "start_worker", start_worker)
    monkeypatch.setattr(serving, "start_beat", start_beat)
    with pytest.raises(OSError, match="No space left"):
        serving.start_all(free_port())
    assert started[0].has_ended()
    assert list(processes.notes_folder().iterdir()) == []
