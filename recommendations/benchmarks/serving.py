"""How fast slates are served: one caller, several at once, beside nothing and Postgres alone."""

import os
from typing import Any

import numpy as np

from accounts.models import Workspace
from accounts.scopes import Scope
from accounts.services.keys import issue_key
from catalog.models import Item, Space
from profiles.models import User
from recommendations.benchmarks.loading import Progress
from recommendations.benchmarks.timing import (
    Client,
    Load,
    Times,
    measure_bare_query,
    measure_load,
    measure_requests,
    running_server,
    warm_up,
)
from recommendations.models import Fit
from recommendations.queries.lessons import list_item_ids

SLATE_LENGTH = 20
WORKERS = 2
# A server that has just started reads what it will remember: so many requests come before.
WARM = 200
FEW = 20
PATH = "/api/v1/recommendations"
FILTER = {"attribute": "year", "gte": 1990}


def measure_serving(
    workspace: Workspace, *, requests: int, clients: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """Ask for slates of users drawn at random, for nothing, and Postgres alone.

    Units: milliseconds. What is asked for needs the workspace of `benchmarks.loading`.
    """
    rng = np.random.default_rng(seed)
    size = _size_of(workspace)
    users = rng.integers(size["users"], size=requests + WARM).tolist()
    everybody = [{"user": f"u{user}", "length": SLATE_LENGTH} for user in users]
    bodies, warm = everybody[:requests], everybody[requests:]
    filtered = [{**body, "filters": FILTER} for body in bodies]
    _, key = issue_key(workspace=workspace, name="benchmark", scopes=[Scope.RECOMMENDATIONS_READ])
    machine = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1)}
    with running_server() as server:
        client = Client(server.port, key)
        progress(f"asking for {requests} slates")
        started = warm_up(client, PATH, warm, server)
        served, answers = measure_requests("POST recommendations", client, PATH, bodies)
        work = server.work().since(started, requests)
        progress("asking with a filter")
        started = warm_up(client, PATH, filtered[:FEW], server)
        narrowed, _ = measure_requests("with a filter", client, PATH, filtered)
        filtered_work = server.work().since(started, requests)
        progress("asking for nothing")
        warm_up(client, "/empty", bodies[:FEW], server)
        empty, _ = measure_requests("an empty view", client, "/empty", bodies)
    with running_server(WORKERS) as server:
        progress(f"asking for {clients} at once")
        load = measure_load(server, key, PATH, bodies, warm=[*warm, *warm], clients=clients)
    progress("asking Postgres alone")
    space = Space.objects.get(workspace=workspace, state=Space.State.ACTIVE)
    items = rng.choice(list_item_ids(workspace.pk), size=requests).tolist()
    bare = measure_bare_query(space, items)
    figures = _figures(served, narrowed, load, empty, bare, answers)
    figures["served"]["cpu_ms"], figures["filtered"]["cpu_ms"] = work, filtered_work
    return {"size": size, "machine": machine, "workers_under_load": WORKERS, **figures}


def _size_of(workspace: Workspace) -> dict[str, int]:
    fit = Fit.objects.filter(workspace=workspace).order_by("pk").last()
    return {
        "items": Item.objects.filter(workspace=workspace).count(),
        "users": User.objects.filter(workspace=workspace).count(),
        "interactions": fit.interactions if fit else 0,
    }


def _figures(
    served: Times,
    narrowed: Times,
    load: Load,
    empty: Times,
    bare: Times,
    answers: list[dict[str, Any]],
) -> dict[str, Any]:
    steps = answers[0]["meta"]["took_ms"]
    return {
        "served": served.as_json(),
        "filtered": narrowed.as_json(),
        "under_load": load.as_json(),
        "empty_view": empty.as_json(),
        "bare_query": bare.as_json(),
        "ratio_to_empty_view": round(served.at(95) / empty.at(95), 1),
        "ratio_to_bare_query": round(served.at(95) / bare.at(95), 1),
        "steps_p50_ms": {
            step: round(float(np.median([one["meta"]["took_ms"][step] for one in answers])), 2)
            for step in steps
        },
        "items_per_slate": float(np.mean([len(one["items"]) for one in answers])),
        "warnings": sorted({one["code"] for answer in answers for one in answer["warnings"]}),
    }
