"""Start a real web server, ask it things one after the other, and keep the times."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import numpy as np
import psutil
from django.conf import settings
from django.db import connection

from catalog.models import Space
from core.errors import NotReadyError

BACKENDS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
START_SECONDS = 60.0
ASK_SECONDS = 60.0

# As a slate asks it: in 16-bit floats, so that the index is used where there is one.
BARE_QUERY = """
SELECT item_id FROM catalog_itemvector WHERE space_id = {space}
ORDER BY vector::halfvec({dimensions}) <#> %(vector)s::halfvec({dimensions}) LIMIT 20
"""
ONE_VECTOR = """
SELECT vector::text FROM catalog_itemvector
WHERE space_id = %(space)s AND item_id = %(item)s
"""


@dataclass(frozen=True, slots=True)
class Times:
    """How long each of many requests took. Units: milliseconds."""

    name: str
    each: tuple[float, ...]

    def at(self, percent: float) -> float:
        """Return the time below which that share of the requests stayed."""
        return round(float(np.percentile(self.each, percent)), 2)

    def as_json(self) -> dict[str, Any]:
        """Return the figures to keep."""
        return {"requests": len(self.each), "p50_ms": self.at(50), "p95_ms": self.at(95)}


class Client:
    """One caller, who asks one thing after the other, and connects anew where the server closes."""

    def __init__(self, port: int, key: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ASK_SECONDS)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(self, path: str, body: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        """Return the milliseconds until the whole answer was here, and the answer.

        Raises NotReadyError where the answer is not 200.
        """
        sent = json.dumps(body).encode()
        start = perf_counter()
        self.connection.request("POST", path, body=sent, headers=self.headers)
        response = self.connection.getresponse()
        answer = response.read()
        took = (perf_counter() - start) * 1_000
        if response.status != 200:
            shown = answer[:300].decode(errors="replace")
            raise NotReadyError(f"POST {path} answered {response.status}: {shown}")
        return took, json.loads(answer)


@dataclass(frozen=True, slots=True)
class Work:
    """What the processors did, waiting aside. Units: milliseconds; None where it is unknown."""

    web: float
    postgres: float | None

    def since(self, earlier: "Work", requests: int) -> dict[str, float | None]:
        """Return the work of each of so many requests."""
        both = None not in (self.postgres, earlier.postgres)
        done = (self.postgres or 0.0) - (earlier.postgres or 0.0) if both else None
        return {
            "web": round((self.web - earlier.web) / requests, 2),
            "postgres": None if done is None else round(done / requests, 2),
        }


@dataclass(frozen=True, slots=True)
class Server:
    """A web server that runs, with all its workers."""

    port: int
    process: subprocess.Popen[bytes]

    def work(self) -> Work:
        """Return what it and Postgres have done until now; Postgres only where it is ours."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        web = sum(map(_busy, [one.pid for one in children]))
        if not settings.EMBEDDED_POSTGRES:
            return Work(web, None)
        with connection.cursor() as cursor:
            cursor.execute(BACKENDS)
            pids = [int(row[0]) for row in cursor.fetchall()]
        return Work(web, sum(map(_busy, pids)))


def _busy(pid: int) -> float:
    """Return the milliseconds that a process has had of any processor; 0 of one that is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return (times.user + times.system) * 1_000


@contextmanager
def running_server(workers: int = 1) -> Iterator[Server]:
    """Run gunicorn on a free port of this machine, until it is not needed any more."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "recommendations.benchmarks.wsgi:application"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--log-level", "warning"]
    root = Path(settings.ROOT)
    places = os.pathsep.join([str(root), str(root / "platform")])
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        command, env={**os.environ, "PYTHONPATH": places, "LIKENESS_LOG_LEVEL": "WARNING"}
    )
    try:
        _await(port, process)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def warm_up(client: Client, path: str, bodies: Sequence[Mapping[str, Any]], server: Server) -> Work:
    """Send the bodies, and return what the server had done when it was warm."""
    for body in bodies:
        client.post(path, body)
    return server.work()


def measure_requests(
    name: str, client: Client, path: str, bodies: Sequence[Mapping[str, Any]]
) -> tuple[Times, list[dict[str, Any]]]:
    """Send the bodies one after the other."""
    answers = [client.post(path, body) for body in bodies]
    return Times(name, tuple(took for took, _ in answers)), [answer for _, answer in answers]


@dataclass(frozen=True, slots=True)
class Load:
    """What several callers at once were answered. Units: seconds, and requests a second."""

    clients: int
    seconds: float
    times: Times
    work: dict[str, float | None]

    def as_json(self) -> dict[str, Any]:
        """Return the figures to keep."""
        a_second = round(len(self.times.each) / self.seconds, 1)
        figures = {"clients": self.clients, "a_second": a_second, **self.times.as_json()}
        return {**figures, "cpu_ms": self.work}


def measure_load(
    server: Server,
    key: str,
    path: str,
    bodies: Sequence[Mapping[str, Any]],
    *,
    warm: Sequence[Mapping[str, Any]],
    clients: int,
) -> Load:
    """Let several callers send the bodies, each its share one after the other; `warm` first."""

    def ask(share: Sequence[Mapping[str, Any]]) -> list[float]:
        client = Client(server.port, key)
        return [client.post(path, body)[0] for body in share]

    shares, early = ([one[place::clients] for place in range(clients)] for one in (bodies, warm))
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(ask, early))
        started, start = server.work(), perf_counter()
        taken = [took for own in pool.map(ask, shares) for took in own]
        seconds = perf_counter() - start
        work = server.work().since(started, len(taken))
    return Load(clients, seconds, Times(f"{clients} at once", tuple(taken)), work)


def measure_bare_query(space: Space, items: Sequence[int], *, warm: int = 5) -> Times:
    """Time one nearest-items query of pgvector and nothing around it."""
    taken = []
    sql = BARE_QUERY.format(space=int(space.pk), dimensions=int(space.dimensions))
    for number, item in enumerate([*items[:warm], *items]):
        with connection.cursor() as cursor:
            cursor.execute(ONE_VECTOR, {"space": space.pk, "item": item})
            [vector] = cursor.fetchone()
            start = perf_counter()
            cursor.execute(sql, {"vector": vector})
            cursor.fetchall()
        if number >= warm:
            taken.append((perf_counter() - start) * 1_000)
    return Times("one bare pgvector query", tuple(taken))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    until = perf_counter() + START_SECONDS
    while perf_counter() < until:
        if process.poll() is not None:
            raise NotReadyError(f"The web server ended at once with code {process.returncode}.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.1)
    raise NotReadyError(f"The web server did not answer within {START_SECONDS:.0f} s.")
