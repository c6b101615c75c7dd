"""`manage.py costs`: what a workspace's stages have cost, and what its models may spend a day."""

from argparse import ArgumentParser
from datetime import UTC, date, timedelta
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from accounts.models import Workspace
from accounts.queries.workspaces import get_workspace
from accounts.services.workspaces import set_budget
from core.arguments import count, limit
from core.costs import Cost, list_costs
from core.errors import NotFoundError
from workers.budget import Balance, balance_of

LIMITS = ("budget_seconds", "budget_tokens")


class Command(BaseCommand):
    """Show the costs by day, stage and model; set the budget, where one is named."""

    help = "Show what a workspace's stages have cost, and set what its models may spend a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="Its name.")
        parser.add_argument("--days", type=count, default=7, help="How far back (default: 7).")
        parser.add_argument(
            "--budget-seconds", type=limit, metavar="N|none", help="Seconds of model work a day."
        )
        parser.add_argument(
            "--budget-tokens", type=limit, metavar="N|none", help="Tokens through models a day."
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            workspace = get_workspace(options["workspace"])
        except NotFoundError as error:
            raise CommandError(error.message) from None
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        if any(options[name] is not None for name in LIMITS):
            workspace = _with_budget(workspace, options)
        since = timezone.now().astimezone(UTC).date() - timedelta(days=options["days"] - 1)
        show_costs(list_costs(workspace.pk, since=since), since, workspace, console)
        console.print(balance_in_words(balance_of(workspace.pk)))


def _with_budget(workspace: Workspace, options: dict[str, Any]) -> Workspace:
    """Set the limits that were named and leave the other as it is."""
    limits: dict[str, int | None] = {}
    for name in LIMITS:
        asked = options[name]
        limits[name] = getattr(workspace, name) if asked is None else None if asked < 0 else asked
    set_budget(
        workspace=workspace, seconds=limits["budget_seconds"], tokens=limits["budget_tokens"]
    )
    workspace.refresh_from_db()
    return workspace


def show_costs(costs: list[Cost], since: date, workspace: Workspace, console: Console) -> None:
    """Print a line for each day, stage and model, or that there was nothing."""
    if not costs:
        console.print(f"No stage of {workspace.name} has run since {since}.")
        return
    table = Table("day", "stage", "model", "rows", "tokens", "seconds")
    for column in table.columns[3:]:
        column.justify = "right"
    for cost in costs:
        table.add_row(
            str(cost.day),
            cost.stage,
            cost.model or "–",
            f"{cost.rows:,}",
            f"{cost.tokens:,}" if cost.tokens else "–",
            f"{cost.seconds:,.1f}",
        )
    console.print(table)


def balance_in_words(balance: Balance) -> str:
    """Say what is left of the day's budget, or that there is none or nothing."""
    budget, spent = balance.budget, balance.spent
    used = f"{spent.seconds:,.1f} seconds and {spent.tokens:,} tokens of models today"
    if not budget.is_limited:
        return f"{used}; no budget is set."
    limits = [
        f"{limit:,} {unit}"
        for limit, unit in ((budget.seconds, "seconds"), (budget.tokens, "tokens"))
        if limit is not None
    ]
    told = f"{used}, of {' and '.join(limits)}"
    if balance.is_used_up:
        return f"{told}: used up. Models wait until {balance.resumes_at:%Y-%m-%d %H:%M} UTC."
    return f"{told}."
