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
from django.conf import settings
from django.db import connection

from catalog.models import Space
from core.errors import NotReadyError

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
    """One caller with one connection that is kept open."""

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


@contextmanager
def running_server(workers: int = 1) -> Iterator[int]:
    """Run gunicorn on a free port of this machine; yield the port."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "recommendations.benchmarks.wsgi:application"]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "1"]
    command += ["--workers", str(workers), "--keep-alive", "60", "--log-level", "warning"]
    root = Path(settings.ROOT)
    places = os.pathsep.join([str(root), str(root / "platform")])
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        command, env={**os.environ, "PYTHONPATH": places, "LIKENESS_LOG_LEVEL": "WARNING"}
    )
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def measure_requests(
    name: str, client: Client, path: str, bodies: Sequence[Mapping[str, Any]], *, warm: int = 20
) -> tuple[Times, list[dict[str, Any]]]:
    """Send the bodies one after the other, the first `warm` of them once more before that."""
    for body in bodies[:warm]:
        client.post(path, body)
    answers = [client.post(path, body) for body in bodies]
    return Times(name, tuple(took for took, _ in answers)), [answer for _, answer in answers]


@dataclass(frozen=True, slots=True)
class Load:
    """What several callers at once were answered. Units: seconds, and requests a second."""

    clients: int
    seconds: float
    times: Times

    def as_json(self) -> dict[str, Any]:
        """Return the figures to keep."""
        a_second = round(len(self.times.each) / self.seconds, 1)
        return {"clients": self.clients, "a_second": a_second, **self.times.as_json()}


def measure_load(
    port: int, key: str, path: str, bodies: Sequence[Mapping[str, Any]], *, clients: int
) -> Load:
    """Let several callers send the bodies, each its share, one after the other."""

    def ask(share: Sequence[Mapping[str, Any]]) -> list[float]:
        client = Client(port, key)
        return [client.post(path, body)[0] for body in share]

    shares = [bodies[place::clients] for place in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(ask, [share[:5] for share in shares]))
        start = perf_counter()
        taken = [took for own in pool.map(ask, shares) for took in own]
        seconds = perf_counter() - start
    return Load(clients, seconds, Times(f"{clients} at once", tuple(taken)))


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
