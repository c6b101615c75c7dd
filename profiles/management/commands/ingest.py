"""`manage.py ingest FOLDER`: a folder of files becomes items, users and interactions."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO, cast

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from accounts.models import Scenario, Workspace
from accounts.queries.workspaces import get_workspace
from accounts.services.workspaces import ensure_workspace
from core.errors import InvalidError, NotFoundError
from core.jobs import Job, enqueue
from profiles.ingest.formats import FORMATS, plan_of
from profiles.ingest.lines import Advance
from profiles.ingest.loading import Loader
from profiles.ingest.parts import Part, Plan
from profiles.ingest.report import STATUSES, Report
from profiles.scenarios import ensure_kinds

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Load a folder, report every line that was refused."""

    help = (
        "Load a folder of items, users and interactions. Running it again changes nothing, and "
        "finishes what an interrupted run began."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--workspace", required=True, help="Made when it does not exist yet.")
        parser.add_argument("--scenario", choices=Scenario.values, help="Of a new workspace.")
        parser.add_argument("--format", choices=FORMATS, default="auto")
        parser.add_argument(
            "--kind",
            type=_renaming,
            action="append",
            default=[],
            metavar="THEIRS=OURS",
            help="Read one kind of interaction as another, like rating=rate. May be repeated.",
        )
        parser.add_argument("--report", type=Path, help="Where the report goes, as JSON lines.")

    def handle(self, *args: object, **options: Any) -> None:
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        now = timezone.now()
        try:
            plan = plan_of(options["folder"], options["format"])
            workspace = _workspace(options["workspace"], options["scenario"])
        except InvalidError as error:
            raise CommandError(error.message) from None
        path = options["report"] or _report_path(workspace, now)
        with _opened(path) as file:
            report = Report(file)
            loader = Loader(workspace, report, now, dict(options["kind"]))
            seconds = _load(loader, plan, console)
            report.close(seconds)
        if report.total("created") + report.total("updated"):
            enqueue(Job.SWEEP, workspace_id=workspace.pk)
        log.info("folder.ingested", workspace=workspace.name, rows=report.rows, seconds=seconds)
        _show(report, seconds, path, console)


def _renaming(argument: str) -> tuple[str, str]:
    theirs, equals, ours = argument.partition("=")
    if not (theirs and equals and ours):
        message = f"{argument!r} is not of the form THEIRS=OURS."
        raise ArgumentTypeError(message)
    return theirs, ours


def _workspace(name: str, scenario: str | None) -> Workspace:
    """Return the workspace, made with its kinds where it is new and its scenario is given."""
    try:
        workspace = get_workspace(name)
    except NotFoundError:
        if scenario is None:
            message = f"There is no workspace {name!r} yet: give the --scenario of the new one."
            raise InvalidError(message, field="scenario") from None
        workspace, _ = ensure_workspace(name=name, scenario=scenario)
    if scenario not in {None, workspace.scenario}:
        message = (
            f"The workspace {name!r} has the scenario {workspace.scenario}, not {scenario}: "
            "leave --scenario out, or name another workspace."
        )
        raise InvalidError(message, field="scenario", value=scenario)
    ensure_kinds(workspace)
    return workspace


def _report_path(workspace: Workspace, now: datetime) -> Path:
    return Path(settings.VAR) / "reports" / f"ingest-{workspace.name}-{now:%Y%m%d-%H%M%S}.jsonl"


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open the report, line by line, so that a killed run leaves what it had to say."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8", buffering=1)
    except OSError as error:
        message = f"The report cannot be written to {path}: {error.strerror}."
        raise CommandError(message) from None
    with file:
        yield file


def _load(loader: Loader, plan: Plan, console: Console) -> float:
    """Run `plan` under a progress bar, and return the seconds it took."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    start = time.perf_counter()
    with Progress(*columns, console=console) as progress:
        tasks = {
            part: progress.add_task(f"{part.what} ({part.name})", total=part.size, rows=0)
            for part in plan.parts
        }
        loader.load(plan, watch=lambda part: _watch(progress, tasks[part], part, loader.report))
        for part, task in tasks.items():
            progress.update(task, completed=part.size, rows=loader.report.rows_of(part.what))
    return time.perf_counter() - start


def _watch(progress: Progress, task: TaskID, part: Part, report: Report) -> Advance:
    def advance(read: int) -> None:
        progress.update(task, advance=read, rows=report.rows_of(part.what))

    return advance


def _show(report: Report, seconds: float, path: Path, console: Console) -> None:
    totals = Table("", *STATUSES)
    for what, counter in report.counts.items():
        totals.add_row(what, *(f"{counter[status]:,}" for status in STATUSES))
    console.print(totals)
    rate = report.rows / max(seconds, 1e-9)
    console.print(f"{report.rows:,} rows in {seconds:.1f} s, {rate:,.0f} rows per second.")
    for note in report.notes:
        console.print(escape(note))
    for name, count in sorted(report.ignored.items()):
        console.print(f"Nothing reads the field {escape(name)}: ignored in {count:,} rows.")
    for rejection in report.first:
        place = f"{rejection.file}, line {rejection.line}"
        console.print(f"[red]rejected[/red] {escape(place)}: {escape(rejection.message)}")
    rejected = report.total("rejected")
    if rejected > len(report.first):
        console.print(f"… and {rejected - len(report.first):,} more.")
    console.print(f"The whole report is in {escape(str(path))}.", soft_wrap=True)
