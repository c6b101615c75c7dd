"""The embedded servers start where they must, survive crashes, and refuse in one sentence."""

import os
import signal
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command

from core.errors import LikenessError
from likeness import embedded, serving
from likeness.local_postgres import Postgres, is_postgres
from likeness.local_redis import Redis
from tests.processes import ROOT, wait_until

pytestmark = pytest.mark.slow


@dataclass
class Wanted:
    VAR: Path
    EMBEDDED_POSTGRES: bool = True
    EMBEDDED_REDIS: bool = False


@pytest.fixture
def wanted(tmp_path):
    wanted = Wanted(tmp_path / "var")
    yield wanted
    embedded.stop(wanted)


def answers(server: Postgres) -> bool:
    place = f"host={server.sockets} user=postgres dbname=likeness"
    with psycopg.connect(place) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_a_postgres_that_was_killed_comes_back_with_its_rows(wanted):
    embedded.ensure_started(wanted)
    server = Postgres(wanted.VAR)
    with psycopg.connect(f"host={server.sockets} user=postgres dbname=likeness") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    pid = server.find_pid()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_postgres(pid), seconds=20, what="the end of Postgres")
    assert (server.cluster / "postmaster.pid").exists(), "the crash left no lock file behind"
    embedded.ensure_started(wanted)
    with psycopg.connect(f"host={server.sockets} user=postgres dbname=likeness") as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_lock_file_that_names_a_stranger_is_no_obstacle(wanted):
    embedded.ensure_started(wanted)
    server = Postgres(wanted.VAR)
    lock = server.cluster / "postmaster.pid"
    lines = lock.read_text().split("\n")
    embedded.stop(wanted)
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    embedded.ensure_started(wanted)
    assert answers(server)


def test_two_processes_that_start_it_at_once_share_one_server(wanted):
    start = (
        "import sys; from pathlib import Path; from types import SimpleNamespace as Wanted;"
        "from likeness.embedded import ensure_started;"
        "ensure_started(Wanted(VAR=Path(sys.argv[1]), EMBEDDED_POSTGRES=True, EMBEDDED_REDIS=True))"
    )
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
    command = [sys.executable, "-c", start, str(wanted.VAR)]
    wanted.EMBEDDED_REDIS = True
    with ThreadPoolExecutor() as threads:
        runs = [
            threads.submit(subprocess.run, command, env=os.environ | path, capture_output=True)
            for _ in range(2)
        ]
    assert [run.result().returncode for run in runs] == [0, 0], [
        run.result().stderr for run in runs
    ]
    assert answers(Postgres(wanted.VAR))
    assert Redis(wanted.VAR).is_ready()


def test_the_socket_is_closed_to_other_users(wanted):
    embedded.ensure_started(wanted)
    mode = Postgres(wanted.VAR).sockets.stat().st_mode
    assert stat.S_IMODE(mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lets its Postgres pass")
def test_only_the_user_of_postgres_may_pass_through_a_closed_folder(tmp_path, capsys):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    wanted = Wanted(home / "project" / "var")
    try:
        embedded.ensure_started(wanted)
        assert answers(Postgres(wanted.VAR))
        assert home.stat().st_mode & 0o007 == 0
        assert f"may from now on pass through {home}, " in said_about(home, capsys)
        embedded.stop(wanted)
        embedded.ensure_started(wanted)
        assert said_about(home, capsys) == ""
    finally:
        embedded.stop(wanted)


def said_about(home: Path, capsys) -> str:
    """What was said about the folder, and not about those above it."""
    said = capsys.readouterr().err
    for above in home.parents:
        said = said.replace(f"{above}, ", "")
    return said if str(home) in said else ""


def test_a_redis_that_cannot_start_says_why(wanted):
    wanted.EMBEDDED_POSTGRES, wanted.EMBEDDED_REDIS = False, True
    folder = wanted.VAR / "redis"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof").write_text("no commands at all\n")
    with pytest.raises(LikenessError, match=r"Redis did not start: .*file format.*"):
        embedded.ensure_started(wanted)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(LikenessError, match=f"{file}/var cannot be written: .* Set LIKENESS_VAR"):
        embedded.ensure_started(Wanted(file / "var"))


def test_a_full_disk_is_named_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "NEEDED_BYTES", 2**60)
    with pytest.raises(LikenessError, match=r"The disk of .* has \d+ MB left"):
        embedded.ensure_started(Wanted(tmp_path))
    assert not list(tmp_path.iterdir())


def test_room_for_the_model_is_asked_for_until_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "MODEL_BYTES", 2**60)
    models = tmp_path / "not" / "yet"
    with pytest.raises(LikenessError, match=f"The disk of {models} has .* LIKENESS_MODELS"):
        embedded.check_model_room(models, "encoder")
    (models / "encoder").mkdir(parents=True)
    embedded.check_model_room(models, "encoder")


def test_the_demo_asks_for_room_before_it_does_anything(tmp_path, monkeypatch, settings):
    monkeypatch.setattr(embedded, "MODEL_BYTES", 2**60)
    settings.MODELS = tmp_path
    with pytest.raises(LikenessError, match=r"The disk of .* has"):
        call_command("demo", no_serve=True)


def test_a_cluster_of_another_postgres_is_left_alone(wanted):
    cluster = Postgres(wanted.VAR).cluster
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(LikenessError, match="was made by Postgres 16 and ours is 18"):
        embedded.ensure_started(wanted)


def test_a_taken_port_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LikenessError, match=f"Port {port} cannot be used"):
            serving.check_port(port)


def test_a_command_that_is_refused_ends_with_one_line_and_no_traceback(tmp_path):
    file = tmp_path / "file"
    file.touch()
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env=os.environ | {"LIKENESS_VAR": str(file / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
