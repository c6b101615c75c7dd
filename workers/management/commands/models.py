"""`manage.py models`: list a workspace's trained models, promote one, or go back."""

from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from accounts.queries.workspaces import get_only_workspace, get_workspace
from catalog.models import TrainedModel
from catalog.queries.trained import get_trained, list_trained
from catalog.services.trained import promote, rollback
from core.errors import LikenessError


class Command(BaseCommand):
    """Show what was trained, and choose by hand what runs."""

    help = "List a workspace's trained models, let one run, or go back to the one before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "do", choices=["list", "promote", "rollback"], help="list, promote NAME, rollback USE."
        )
        parser.add_argument("which", nargs="?", default="", help="A model's name, or a use.")
        parser.add_argument("--workspace", help="Its name; may be left out where there is one.")

    def handle(self, *_: Any, **options: Any) -> None:
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        named, which = options["workspace"], options["which"]
        try:
            workspace_id = (get_workspace(named) if named else get_only_workspace()).pk
            if options["do"] == "list":
                show(list_trained(workspace_id), console)
            elif options["do"] == "promote":
                changed = promote(get_trained(workspace_id, which))
                console.print("It runs now." if changed else "It ran already.")
            else:
                before = rollback(workspace_id, which)
                console.print(f"{before.name if before else 'The packaged default'} runs again.")
        except LikenessError as error:
            raise CommandError(error.message) from None


def show(models: list[TrainedModel], console: Console) -> None:
    """Print a line for each model."""
    if not models:
        console.print("Nothing has been trained here; `manage.py train` does it.")
        return
    table = Table("use", "name", "method", "state", "gain", "trained", "before it")
    for model in models:
        gain = model.metrics.get("gain")
        table.add_row(
            model.use,
            model.name,
            model.method,
            f"{model.state}, files deleted" if model.files_deleted_at else model.state,
            f"{gain['value']:+.4f}" if gain else "–",
            f"{model.trained_at:%Y-%m-%d %H:%M}",
            model.previous.name if model.previous else "–",
        )
    console.print(table)
