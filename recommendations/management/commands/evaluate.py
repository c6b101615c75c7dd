"""`manage.py evaluate FOLDER`: measure recommendations with the functions that serve."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from recommendations.evaluation.folder import read_folder
from recommendations.evaluation.report import difference_table, model_table, report
from recommendations.evaluation.run import Plan, run, splits_for

WIDTH = 100


class Command(BaseCommand):
    """Reads a folder, never the database: nothing of any workspace is touched."""

    help = "Measure recommendations on a folder in the exchange format."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="items, users, interactions as .jsonl(.gz)")
        parser.add_argument(
            "--split",
            choices=["time", "user", "both"],
            default="both",
            help="by time, by each user's own order, or both (user alone where nothing is dated)",
        )
        parser.add_argument("--json", type=Path, help="write the whole report to this file")
        parser.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
        parser.add_argument(
            "--validation-users", type=int, default=2_000, help="drawn at most, per validation"
        )
        parser.add_argument(
            "--no-peers", action="store_true", help="leave out item-knn, rp3beta and ease"
        )
        parser.add_argument(
            "--no-controls", action="store_true", help="leave out shuffled content and tag counts"
        )
        parser.add_argument(
            "--shuffle-ties",
            action="store_true",
            help="once more by user, with the order within the same moment drawn",
        )
        parser.add_argument(
            "--no-content", action="store_true", help="leave item text and tags out of likeness"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        data = read_folder(options["folder"])
        plan = Plan(
            splits=splits_for(
                options["split"], is_dated=data.is_dated, shuffle_ties=options["shuffle_ties"]
            ),
            with_peers=not options["no_peers"],
            with_controls=not options["no_controls"],
            with_content=not options["no_content"],
            seed=options["seed"],
            users=options["validation_users"],
        )
        with _progress() as bar:
            task = bar.add_task("reading", total=None)
            results = list(run(data, plan, lambda step: bar.update(task, description=step)))
        found = report(data, plan, results, time.perf_counter() - started)
        for part in found["splits"].values():
            self.stdout.write(_drawn(model_table(part), difference_table(part)))
        if options["json"]:
            options["json"].write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            self.stdout.write(f"Written to {options['json']}")


def _drawn(*tables: Table) -> str:
    """Return tables as text, as wide as they need to be."""
    console = Console(width=WIDTH)
    with console.capture() as drawn:
        console.print(*tables)
    return drawn.get()


def _progress() -> Progress:
    """Show what is being fitted, on standard error so that tables can be piped."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
