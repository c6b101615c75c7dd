"""Measure serving and learning: `manage.py benchmark serve`, `manage.py benchmark fit`."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts.models import Workspace
from accounts.queries.workspaces import get_workspace
from core.arguments import count, new_file
from recommendations.benchmarks.learning import learn_here, measure_learning, report_of
from recommendations.benchmarks.loading import load, make_workspace, remove
from recommendations.benchmarks.serving import measure_serving
from recommendations.benchmarks.synthetic import Size, make_synthetic
from recommendations.services.learning import learn


class Command(BaseCommand):
    """Makes up a workspace, measures what is done with it, and removes it."""

    help = "Measure how fast slates are served, or how learning grows, on made-up workspaces."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["serve", "fit"], help="What is measured.")
        parser.add_argument("--items", type=count, default=15_000)
        parser.add_argument("--users", type=count, default=2_000)
        parser.add_argument(
            "--interactions",
            type=count,
            nargs="+",
            default=[300_000],
            help="How many; for fit, several sizes one after the other.",
        )
        parser.add_argument("--requests", type=count, default=200)
        parser.add_argument("--clients", type=count, default=4, help="Callers at once, under load.")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--workspace", help="Measure this one, and leave it as it is.")
        parser.add_argument("--keep", action="store_true", help="Do not remove what was made.")
        parser.add_argument(
            "--tune", action="store_true", help="Learn in full, and do not just fit the defaults."
        )
        parser.add_argument(
            "--at-most-ms",
            type=float,
            metavar="MS",
            help="Fail where the 95th percentile of the requests is above this.",
        )
        parser.add_argument("--json", type=new_file, metavar="PATH", help="Keep the figures here.")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console()
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as progress:
            run = Run(progress, options)
            report = run.report()
        show_fit(console, report) if options["what"] == "fit" else show(console, report)
        if options["json"]:
            options["json"].write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        most = options["at_most_ms"]
        if most is not None and (found := report["served"]["p95_ms"]) > most:
            raise CommandError(f"The 95th percentile is {found} ms, above the {most:g} ms allowed.")


class Run:
    """One measurement from the first row to the last."""

    def __init__(self, progress: Progress, options: dict[str, Any]) -> None:
        self.progress = progress
        self.options = options
        self.sizes = [
            Size(options["items"], options["users"], interactions)
            for interactions in options["interactions"]
        ]
        self.is_tuned = bool(options["tune"])
        self.task = progress.add_task("making it up", total=None)

    def say(self, step: str) -> None:
        """Show what is being done."""
        self.progress.update(self.task, description=step)

    def report(self) -> dict[str, Any]:
        """Return all figures."""
        return self.fit() if self.options["what"] == "fit" else self.serve()

    def fit(self) -> dict[str, Any]:
        """Measure learning, on the workspace that is named or on made-up ones."""
        if self.options["workspace"]:
            workspace = get_workspace(self.options["workspace"])
            return report_of([learn_here(workspace, is_tuned=self.is_tuned, progress=self.say)])
        seed = self.options["seed"]
        return measure_learning(self.sizes, seed=seed, is_tuned=self.is_tuned, progress=self.say)

    def serve(self) -> dict[str, Any]:
        """Measure serving, on the workspace that is named or on a made-up one."""
        if self.options["workspace"]:
            return self._served(get_workspace(self.options["workspace"]))
        workspace = make_workspace()
        is_kept = False
        try:
            seconds = self._made(workspace, self.sizes[0])
            figures = self._served(workspace) | {"seconds": seconds}
            is_kept = bool(self.options["keep"])
        finally:
            if not is_kept:
                self.say("removing the workspace")
                remove(workspace)
        return figures

    def _made(self, workspace: Workspace, size: Size) -> dict[str, float]:
        def timed(work: Callable[[], object]) -> float:
            start = perf_counter()
            work()
            return round(perf_counter() - start, 1)

        synthetic = make_synthetic(size, seed=self.options["seed"])
        return {
            "load": timed(
                lambda: load(workspace, synthetic, now=timezone.now(), progress=self.say)
            ),
            "learn": timed(
                lambda: learn(
                    workspace.pk,
                    progress=lambda step: self.say(f"learning: {step}"),
                    is_tuned=self.is_tuned,
                )
            ),
        }

    def _served(self, workspace: Workspace) -> dict[str, Any]:
        figures = measure_serving(
            workspace,
            requests=self.options["requests"],
            clients=self.options["clients"],
            seed=self.options["seed"],
            progress=self.say,
        )
        return {"workspace": workspace.name, **figures}


def show(console: Console, report: dict[str, Any]) -> None:
    """Print the figures of serving as tables."""
    size = report["size"]
    title = f"{size['items']:,} items, {size['users']:,} users, {size['interactions']:,} events"
    table = Table("", "requests", "p50 ms", "p95 ms", "of it web and Postgres ms", title=title)
    for name, label in (
        ("served", "POST recommendations"),
        ("filtered", "the same with a filter"),
        ("own_filter", "each with a filter never met"),
        ("under_load", "under load"),
        ("filtered_load", "under load, with a filter"),
        ("own_filter_load", "under load, each with a filter never met"),
        ("empty_view", "an empty view behind the same key"),
        ("bare_query", "one bare pgvector query"),
    ):
        if row := report.get(name):
            work = " and ".join(str(one) for one in row.get("cpu_ms", {}).values())
            table.add_row(label, *(str(row[one]) for one in ("requests", "p50_ms", "p95_ms")), work)
    console.print(table)
    for percent in ("p50", "p95"):
        taken = report[f"steps_{percent}_ms"]
        steps = ", ".join(f"{step} {one}" for step, one in taken.items())
        console.print(f"Steps, {percent} ms: {steps}.")
    if fit := report.get("fit"):
        weights = ", ".join(f"{source} {weight:g}" for source, weight in fit["weights"].items())
        made = "tuned" if fit["is_tuned"] else "by default"
        ranker = "a ranker" if fit["has_ranker"] else "no ranker"
        console.print(f"Served by fit {fit['id']}, {made}, with {ranker}: {weights}.")
    if machine := report.get("machine"):
        console.print(f"{machine['cores']} cores; load before: {machine['load_before']}.")
    for name, how in (
        ("under_load", ""),
        ("filtered_load", ", with a filter"),
        ("own_filter_load", ", each with a filter never met"),
    ):
        if load := report.get(name):
            console.print(f"{load['a_second']} slates a second for {load['clients']} at once{how}.")
    console.print(
        f"{report['ratio_to_empty_view']} times the empty view and "
        f"{report['ratio_to_bare_query']} times the bare query, at p95."
    )


def show_fit(console: Console, report: dict[str, Any]) -> None:
    """Print the figures of learning as tables."""
    for run in report["runs"]:
        table = Table(
            "step", "seconds", "GB at most", title=f"{run['interactions']:,} interactions"
        )
        for one in run["steps"]:
            table.add_row(one["step"], str(one["seconds"]), str(one["gigabytes"]))
        table.add_row("all", str(run["seconds"]), str(run["gigabytes"]))
        console.print(table)
    if report["growth_of_seconds"] is not None:
        console.print(
            f"Time grows with the power {report['growth_of_seconds']} of the interactions, "
            f"memory with the power {report['growth_of_gigabytes']}."
        )
