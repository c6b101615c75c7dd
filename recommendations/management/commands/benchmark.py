"""Measure how fast slates are served: `manage.py benchmark serve --items 15000`."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts.models import Workspace
from accounts.scopes import Scope
from accounts.services.keys import issue_key
from catalog.models import Space
from recommendations.benchmarks.loading import load, make_workspace, remove
from recommendations.benchmarks.synthetic import Size, make_synthetic
from recommendations.benchmarks.timing import (
    Client,
    Times,
    measure_bare_query,
    measure_requests,
    running_server,
)
from recommendations.services.learning import learn

SLATE_LENGTH = 20


def count(text: str) -> int:
    """Read a whole number above 0."""
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0.")
    return int(text)


class Command(BaseCommand):
    """Makes up a workspace, serves it by a real web server, and removes it."""

    help = "Measure how fast slates are served, on a made-up workspace that is removed afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["serve"], help="What is measured.")
        parser.add_argument("--items", type=count, default=15_000)
        parser.add_argument("--users", type=count, default=2_000)
        parser.add_argument("--interactions", type=count, default=300_000)
        parser.add_argument("--requests", type=count, default=200)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--tune", action="store_true", help="Learn in full, and do not just fit the defaults."
        )
        parser.add_argument(
            "--at-most-ms",
            type=float,
            metavar="MS",
            help="Fail where the 95th percentile of the requests is above this.",
        )
        parser.add_argument("--json", type=Path, metavar="PATH", help="Keep the figures here.")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console()
        size = Size(options["items"], options["users"], options["interactions"])
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as progress:
            run = Run(progress, size, options["requests"], options["seed"])
            report = run.report(is_tuned=options["tune"])
        show(console, report)
        if options["json"]:
            options["json"].write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        most, found = options["at_most_ms"], report["served"]["p95_ms"]
        if most is not None and found > most:
            raise CommandError(f"The 95th percentile is {found} ms, above the {most:g} ms allowed.")


class Run:
    """One measurement from the first row to the last."""

    def __init__(self, progress: Progress, size: Size, requests: int, seed: int) -> None:
        self.progress = progress
        self.size = size
        self.requests = requests
        self.seed = seed
        self.task = progress.add_task("making it up", total=None)

    def say(self, step: str) -> None:
        """Show what is being done."""
        self.progress.update(self.task, description=step)

    def report(self, *, is_tuned: bool) -> dict[str, Any]:
        """Make the workspace, measure, remove it. Returns all figures."""
        started = perf_counter()
        synthetic = make_synthetic(self.size, seed=self.seed)
        workspace = make_workspace()
        try:
            load(workspace, synthetic, now=timezone.now(), progress=self.say)
            loaded = perf_counter()
            learn(
                workspace.pk,
                progress=lambda step: self.say(f"learning: {step}"),
                is_tuned=is_tuned,
            )
            learnt = perf_counter()
            figures = self.measure(workspace)
        finally:
            self.say("removing the workspace")
            remove(workspace)
        return {
            "size": {
                "items": self.size.items,
                "users": self.size.users,
                "interactions": self.size.interactions,
            },
            "is_tuned": is_tuned,
            "seconds": {
                "load": round(loaded - started, 1),
                "learn": round(learnt - loaded, 1),
            },
            **figures,
        }

    def measure(self, workspace: Workspace) -> dict[str, Any]:
        """Ask for slates of users drawn at random, for nothing, and Postgres alone."""
        rng = np.random.default_rng(self.seed)
        users = rng.integers(self.size.users, size=self.requests).tolist()
        bodies = [{"user": f"u{user}", "length": SLATE_LENGTH} for user in users]
        _, key = issue_key(
            workspace=workspace, name="benchmark", scopes=[Scope.RECOMMENDATIONS_READ]
        )
        with running_server() as port:
            client = Client(port, key)
            self.say(f"asking for {self.requests} slates")
            served, answers = measure_requests(
                "POST recommendations", client, "/api/v1/recommendations", bodies
            )
            self.say("asking for nothing")
            empty, _ = measure_requests("an empty view", client, "/empty", bodies)
        self.say("asking Postgres alone")
        space = Space.objects.get(workspace=workspace)
        offsets = rng.integers(self.size.items, size=self.requests).tolist()
        bare = measure_bare_query(space.pk, offsets)
        return _figures(served, empty, bare, answers)


def _figures(
    served: Times, empty: Times, bare: Times, answers: list[dict[str, Any]]
) -> dict[str, Any]:
    steps = answers[0]["meta"]["took_ms"]
    return {
        "served": served.as_json(),
        "empty_view": empty.as_json(),
        "bare_query": bare.as_json(),
        "ratio_to_empty_view": round(served.at(95) / empty.at(95), 1),
        "ratio_to_bare_query": round(served.at(95) / bare.at(95), 1),
        "steps_p50_ms": {
            step: round(float(np.median([one["meta"]["took_ms"][step] for one in answers])), 2)
            for step in steps
        },
        "items_per_slate": float(np.mean([len(one["items"]) for one in answers])),
    }


def show(console: Console, report: dict[str, Any]) -> None:
    """Print the figures as tables."""
    size = report["size"]
    title = f"{size['items']:,} items, {size['users']:,} users, {size['interactions']:,} events"
    table = Table("", "requests", "p50 ms", "p95 ms", title=title)
    for name, label in (
        ("served", "POST recommendations"),
        ("empty_view", "an empty view behind the same key"),
        ("bare_query", "one bare pgvector query"),
    ):
        row = report[name]
        table.add_row(label, *(str(row[one]) for one in ("requests", "p50_ms", "p95_ms")))
    console.print(table)
    steps = ", ".join(f"{step} {taken}" for step, taken in report["steps_p50_ms"].items())
    console.print(f"Steps, p50 ms: {steps}.")
    console.print(
        f"{report['ratio_to_empty_view']} times the empty view and "
        f"{report['ratio_to_bare_query']} times the bare query, at p95."
    )
