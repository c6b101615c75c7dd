"""The embedded servers: started where they are needed, found in a moment where they run."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from likeness.local_postgres import Postgres, ServerError
from likeness.local_redis import Redis

NEEDED_BYTES = 300 * 2**20
MODEL_BYTES = 700 * 2**20  # the encoder's weights, unpacked beside what they are unpacked from


class Wanted(Protocol):
    """The three settings that say which servers are ours; Django's settings have them."""

    VAR: Path
    EMBEDDED_POSTGRES: bool
    EMBEDDED_REDIS: bool


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server as it is now; `pid` is empty where it does not run."""

    name: str
    pid: int | None
    folder: Path


def ensure_started(wanted: Wanted) -> None:
    """Start the servers that `wanted` asks for and that do not run yet.

    They outlive the caller. Two processes may ask at once: the second waits and finds them
    running. Raises ServerError or RedisError, whose message is one sentence for people.
    """
    missing = [server for server in servers_of(wanted) if not server.is_ready()]
    if not missing:
        return
    prepare_var(wanted.VAR)
    with only_one(wanted.VAR):
        for server in missing:
            if not server.is_ready():
                server.start()


def stop(wanted: Wanted) -> list[str]:
    """Stop our servers, and return the names of those that were running."""
    if not wanted.VAR.is_dir():
        return []
    with only_one(wanted.VAR):
        return [name_of(server) for server in servers_of(wanted) if server.stop()]


def status(wanted: Wanted) -> list[ServerStatus]:
    """Return how each of our servers is doing."""
    return [
        ServerStatus(name_of(server), server.find_pid(), wanted.VAR / name_of(server).lower())
        for server in servers_of(wanted)
    ]


def servers_of(wanted: Wanted) -> list[Postgres | Redis]:
    """Return the servers that are ours to start."""
    servers: list[Postgres | Redis] = []
    if wanted.EMBEDDED_POSTGRES:
        servers.append(Postgres(wanted.VAR))
    if wanted.EMBEDDED_REDIS:
        servers.append(Redis(wanted.VAR))
    return servers


def name_of(server: Postgres | Redis) -> str:
    """Return what people call the server."""
    return type(server).__name__


def prepare_var(var: Path) -> None:
    """Make the folder, and refuse where it cannot be written or its disk is full."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=var):
            pass
    except OSError as error:
        raise ServerError(
            f"{var} cannot be written: {error.strerror}. Set LIKENESS_VAR to a folder that can."
        ) from None
    check_room(var, NEEDED_BYTES)


def check_room(folder: Path, needed: int) -> None:
    """Raise ServerError where the disk of `folder`, made or not, has fewer bytes left."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise ServerError(
            f"The disk of {folder} has {free // 2**20} MB left and {needed // 2**20} MB are "
            "needed; make room, or set LIKENESS_VAR and LIKENESS_MODELS to folders of another disk."
        )


def check_model_room(models: Path, encoder: str) -> None:
    """Raise ServerError where the encoder is still to be unpacked and there is no room for it."""
    if not (models / encoder).exists():
        check_room(models, NEEDED_BYTES + MODEL_BYTES)


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the folder's lock, waiting for whoever has it; it ends with the process."""
    descriptor = os.open(var / "servers.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
