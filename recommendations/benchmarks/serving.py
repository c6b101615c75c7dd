"""How fast slates are served: one caller, several at once, beside nothing and Postgres alone."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from accounts.models import Workspace
from accounts.scopes import Scope
from accounts.services.keys import issue_key
from catalog.models import Item, Space
from profiles.models import User
from recommendations.benchmarks.loading import Progress
from recommendations.benchmarks.synthetic import (
    FIRST_YEAR,
    LAST_YEAR,
    TAGS_PER_TOPIC,
    TOPICS,
)
from recommendations.benchmarks.timing import (
    Client,
    Times,
    measure_bare_query,
    measure_load,
    measure_requests,
    running_server,
    warm_up,
)
from recommendations.engine.blend import BlendConfig
from recommendations.models import Fit
from recommendations.queries.fits import serving_fit
from recommendations.queries.lessons import list_item_ids
from recommendations.services.learning import DEFAULTS

SLATE_LENGTH = 20
WORKERS = 2
# A server that has just started reads what it will remember: so many requests come before.
WARM = 200
FEW = 20
PATH = "/api/v1/recommendations"
FILTER = {"attribute": "year", "gte": 1990}
# So many shelves, or tags, are named by a filter that is drawn.
NAMED = 3


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
    drawn = draw_filters(requests + WARM, rng)
    own = [{**body, "filters": one} for body, one in zip(everybody, drawn, strict=True)]
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
        progress("asking with filters never met")
        owned, _ = measure_requests("each with its own", client, PATH, own[:requests])
        progress("asking for nothing")
        warm_up(client, "/empty", bodies[:FEW], server)
        empty, _ = measure_requests("an empty view", client, "/empty", bodies)
    with running_server(WORKERS) as server:
        loads = {}
        for name, what, asked, early in (
            ("under_load", "", bodies, [*warm, *warm]),
            ("filtered_load", " with a filter", filtered, filtered[: FEW * clients]),
            ("own_filter_load", " with filters never met", own[:requests], own[requests:]),
        ):
            progress(f"asking for {clients} at once{what}")
            load = measure_load(server, key, PATH, asked, warm=early, clients=clients)
            loads[name] = load.as_json()
    progress("asking Postgres alone")
    space = Space.objects.get(workspace=workspace, state=Space.State.ACTIVE)
    items = rng.choice(list_item_ids(workspace.pk), size=requests).tolist()
    bare = measure_bare_query(space, items)
    figures = _figures(served, empty, bare, answers) | {
        "filtered": narrowed.as_json(),
        "own_filter": owned.as_json(),
        **loads,
    }
    figures["served"]["cpu_ms"], figures["filtered"]["cpu_ms"] = work, filtered_work
    about = {"fit": fit_of(serving_fit(workspace.pk)), "workers_under_load": WORKERS}
    return {"size": size, "machine": machine, **about, **figures}


def draw_filters(count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return filters as callers' pages send them, hardly two alike: by year, by shelf, by tag.

    A third each: some half of all items from a year on, a thirteenth on three shelves, and some
    1 % with one of three tags, from a year on.
    """
    middle = (FIRST_YEAR + LAST_YEAR) / 2

    def drawn(place: int) -> dict[str, Any]:
        since = {"attribute": "year", "gte": round(float(rng.normal(middle, 5.0)), 6)}
        if place % 3 == 0:
            return since
        if place % 3 == 1:
            shelves = rng.choice(TOPICS, NAMED, replace=False).tolist()
            return {"attribute": "shelf", "in": [f"shelf {one}" for one in shelves]}
        tags = rng.choice(TOPICS * TAGS_PER_TOPIC, NAMED, replace=False).tolist()
        return {"and": [{"tags": {"any": [f"tag {one}" for one in tags]}}, since]}

    return [drawn(place) for place in range(count)]


def fit_of(fit: Fit | None) -> dict[str, Any] | None:
    """Say what serves: whether its choices were tried out, what counts in it and how much.

    What counts for users of one length of history alone is named with the general weight, which
    is 0 then. None before anything was learnt.
    """
    if fit is None:
        return None
    blend = BlendConfig.from_json(fit.config["blend"])
    named = sorted(blend.weights, key=lambda one: (-blend.weights[one], one))
    return {
        "id": fit.pk,
        "version": fit.version,
        "is_tuned": fit.report.get("chosen") != DEFAULTS,
        "weights": {name: blend.weights[name] for name in named if blend.uses(name)},
        "has_ranker": bool(fit.ranker),
    }


def _size_of(workspace: Workspace) -> dict[str, int]:
    fit = serving_fit(workspace.pk)
    return {
        "items": Item.objects.filter(workspace=workspace).count(),
        "users": User.objects.filter(workspace=workspace).count(),
        "interactions": fit.interactions if fit else 0,
    }


def _figures(
    served: Times,
    empty: Times,
    bare: Times,
    answers: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "served": served.as_json(),
        "empty_view": empty.as_json(),
        "bare_query": bare.as_json(),
        "ratio_to_empty_view": round(served.at(95) / empty.at(95), 1),
        "ratio_to_bare_query": round(served.at(95) / bare.at(95), 1),
        **steps_of([one["meta"]["took_ms"] for one in answers]),
        "items_per_slate": float(np.mean([len(one["items"]) for one in answers])),
        "warnings": sorted({one["code"] for answer in answers for one in answer["warnings"]}),
    }


def steps_of(taken: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return how long each step of the requests took, by their laps, at two percentiles."""
    return {
        f"steps_p{percent}_ms": {
            step: Times(step, tuple(one[step] for one in taken)).at(percent) for step in taken[0]
        }
        for percent in (50, 95)
    }
