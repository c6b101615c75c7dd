"""Make and list workspaces."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Scenario
from accounts.queries.workspaces import list_workspaces
from accounts.services.workspaces import ensure_workspace
from core.errors import LikenessError
from profiles.scenarios import ensure_kinds


class Command(BaseCommand):
    """Making one that exists changes nothing but kinds of interaction that it lacks."""

    help = "Make a workspace with its scenario's kinds of interaction, or list the workspaces."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list")
        create = verbs.add_parser("create", help="make a workspace")
        create.add_argument("name", help="lower-case letters, digits and hyphens")
        create.add_argument("--title", default="", help="what people call it")
        create.add_argument(
            "--scenario",
            default=Scenario.ECOMMERCE.value,
            choices=Scenario.values,
            help="what kinds of interaction it knows (default: %(default)s)",
        )
        verbs.add_parser("list", help="list the workspaces")

    def handle(self, *args: object, **options: Any) -> None:
        if options["verb"] == "list":
            self._list()
        else:
            self._create(options["name"], options["scenario"], options["title"])

    def _create(self, name: str, scenario: str, title: str) -> None:
        try:
            with transaction.atomic():
                workspace, is_new = ensure_workspace(name=name, scenario=scenario, title=title)
                kinds = ensure_kinds(workspace)
        except LikenessError as error:
            raise CommandError(error.message) from error
        made = "Made" if is_new else "There was already"
        self.stdout.write(f"{made} {name} ({workspace.scenario}), which knows {', '.join(kinds)}.")

    def _list(self) -> None:
        for workspace in list_workspaces():
            self.stdout.write(f"{workspace.name}  {workspace.scenario}  {workspace.title}".rstrip())
