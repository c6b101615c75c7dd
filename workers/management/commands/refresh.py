"""`manage.py refresh`: ask the workers for whatever is due, and watch them do it."""

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts.models import Workspace
from accounts.queries.workspaces import get_workspace
from core.errors import NotFoundError
from core.jobs import enqueue
from core.progress import advance_job, fail_job, finish_job, list_paces, running_job
from core.stage_words import REFRESH
from core.stages import Stage
from workers.budget import paused_parts
from workers.following import StageProgress, StuckError, follow
from workers.processes import Child, ending_as_by_ctrl_c, has_worker, start_worker
from workers.stages import BY_STAGE, PLANS, Plan, has_due, next_due

ANSWER_SECONDS = 5.0
STARTING_SECONDS = 90.0
# Where others go on sending, there is always something due; nobody watches that for ever.
MOST_ROUNDS = 5


class Command(BaseCommand):
    """Ask for what is due; wait for it, where that is wanted."""

    help = "Ask the workers for whatever is due in a workspace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="Its name.")
        parser.add_argument(
            "--wait", action="store_true", help="Show the progress until all is done."
        )
        parser.add_argument("--stage", choices=list(Stage), help="Only this stage.")
        parser.add_argument(
            "--start-worker", action="store_true", help="Run a worker for as long as this takes."
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            workspace = get_workspace(options["workspace"])
        except NotFoundError as error:
            raise CommandError(error.message) from None
        plans = [BY_STAGE[Stage(options["stage"])]] if options["stage"] else list(PLANS)
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        since = timezone.now()  # a worker that starts looks for work by itself
        with ending_as_by_ctrl_c():
            worker = start_worker() if options["start_worker"] else None
            try:
                find_worker(worker)
                if options["wait"] or worker:
                    refresh(workspace, plans, console, since=since)
                else:
                    console.print(ask(workspace, plans))
            finally:
                if worker:
                    worker.stop()


def find_worker(started: Child | None) -> None:
    """Raise CommandError, with what to do, where no worker answers."""
    until = time.monotonic() + (STARTING_SECONDS if started else ANSWER_SECONDS)
    while not has_worker(seconds=1.0):
        if started and started.has_ended():
            raise CommandError(f"The worker ended at once; see {started.log}.")
        if time.monotonic() > until:
            raise CommandError(
                "No worker answers. Start one with `make worker`, or add --start-worker."
            )


def ask(workspace: Workspace, plans: Sequence[Plan]) -> str:
    """Ask for the first of `plans` that is due. Returns a sentence about it."""
    due = [plan for plan in plans if has_due(plan, workspace.pk)]
    paused = paused_parts(workspace.pk)
    plan = next((plan for plan in due if has_due(plan, workspace.pk, paused=paused)), None)
    if plan is None:
        why = " but what the used-up budget of the day pauses" if due else ""
        return f"Nothing is due in {workspace.name}{why}."
    enqueue(plan.job, workspace_id=workspace.pk, at_once=1)
    return f"Asked for {plan.stage} and what follows it in {workspace.name}."


def refresh(
    workspace: Workspace, plans: Sequence[Plan], console: Console, *, since: datetime
) -> None:
    """Do what is due and show it, again where more became due meanwhile; then say how it stands.

    What was done `since` then counts as done. Raises CommandError where rows are left.
    """
    started = time.monotonic()
    for _ in range(MOST_ROUNDS):
        looked = refresh_once(workspace, plans, console, since=since)
        if len(plans) < len(PLANS) or not next_due(workspace.pk):
            console.print(outcome(workspace, plans, looked, time.monotonic() - started))
            return
        since = timezone.now()
    console.print("More keeps becoming due; the workers go on with it.")


def refresh_once(
    workspace: Workspace, plans: Sequence[Plan], console: Console, *, since: datetime
) -> list[StageProgress]:
    """Ask for what is due and watch it, stage by stage; return how far each came.

    Raises CommandError where rows are left.
    """
    looked: list[StageProgress] = []
    with running_job(workspace_id=workspace.pk, name=REFRESH) as job:
        ask(workspace, plans)
        try:
            with Bars(console) as bars:
                for looked in follow(workspace.pk, plans, since=since):
                    bars.show(looked)
                    advance_job(job.pk, done=sum(each.done for each in looked))
        except KeyboardInterrupt:
            fail_job(job.pk, message="Nobody watched it to the end; the workers go on.")
            raise
        except StuckError as error:
            raise CommandError(f"{error} Is a worker running? Its log says more.") from None
        show_paces(workspace, since, console)
        finish_job(job.pk, result={each.plan.stage.value: each.done for each in looked})
    if failed := [each for each in looked if each.parked]:
        told = ", ".join(f"{each.parked} of {each.plan.stage}" for each in failed)
        raise CommandError(
            f"Some rows failed and are left for later: {told}. See the worker's log."
        )
    return looked


class Bars:
    """A progress bar for each stage that has something to do."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description:<9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console)
        self._tasks: dict[Stage, Any] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, looked: Sequence[StageProgress]) -> None:
        """Move the bars to where the stages are."""
        for each in looked:
            stage = each.plan.stage
            if each.total and stage not in self._tasks:
                self._tasks[stage] = self._progress.add_task(stage.value, total=each.total)
            if stage in self._tasks:
                self._progress.update(self._tasks[stage], total=each.total, completed=each.done)


def outcome(
    workspace: Workspace, plans: Sequence[Plan], looked: Sequence[StageProgress], seconds: float
) -> str:
    """Say that the stages are up to date, or which wait for another day and how they need not."""
    if waiting := [each for each in looked if each.is_paused and each.due]:
        told = ", ".join(f"{each.due:,} of {each.plan.stage}" for each in waiting)
        return (
            f"The budget of {workspace.name} for today is used up: {told} wait until midnight UTC. "
            f"`manage.py costs --workspace {workspace.name}` shows it and can raise it."
        )
    stages = [plan.stage for plan in plans]
    what = f"The stage {stages[0]} of {workspace.name}" if len(stages) == 1 else workspace.name
    return f"{what} is up to date after {seconds:,.1f} s."


def show_paces(workspace: Workspace, since: datetime, console: Console) -> None:
    """Print how many rows each part of each stage did, and how fast one worker did them."""
    table = Table("stage", "rows", "seconds of work", "rows per second and worker")
    for column in table.columns[1:]:
        column.justify = "right"
    paces = {pace.stage: pace for pace in list_paces(workspace.pk, since=since)}
    for name in (plan.claims_of(part) for plan in PLANS for part in plan.parts):
        if pace := paces.get(name):
            table.add_row(
                name.replace(".", ": "),
                f"{pace.rows:,}",
                f"{pace.seconds:,.1f}",
                f"{pace.rows_per_second:,.0f}",
            )
    if table.row_count:
        console.print(table)
