"""Make, list and delete workspaces, and say what they keep and may speak of."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Scenario
from accounts.queries.workspaces import get_workspace, list_workspaces
from accounts.services.workspaces import ensure_workspace, keep_raw_text
from catalog.services.erasing import erase_workspace
from core.errors import LikenessError
from language.sensitive import TOPICS
from profiles.scenarios import ensure_kinds
from profiles.services.topics import lift_topics


class Command(BaseCommand):
    """Making one that exists changes nothing but kinds of interaction that it lacks."""

    help = "Make a workspace with its scenario's kinds of interaction, list or delete them."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="create|list|topics|raw-text|delete"
        )
        create = verbs.add_parser("create", help="make a workspace")
        create.add_argument("name", help="lower-case letters, digits and hyphens")
        create.add_argument("--title", default="", help="what people call it")
        create.add_argument(
            "--scenario",
            default=Scenario.ECOMMERCE.value,
            choices=Scenario.values,
            help="what kinds of interaction it knows (default: %(default)s)",
        )
        create.add_argument(
            "--drop-raw-text",
            action="store_true",
            help="keep reviews in their cleaned form only, with names and addresses masked",
        )
        verbs.add_parser("list", help="list the workspaces")
        topics = verbs.add_parser(
            "topics", help="say which sensitive topics portraits may speak of"
        )
        topics.add_argument("name")
        topics.add_argument(
            "topics",
            nargs="*",
            help=f"only in the health scenario; none holds all back: {', '.join(TOPICS)}",
            metavar="TOPIC",
        )
        raw = verbs.add_parser(
            "raw-text", help="keep reviews as they are sent, or only their cleaned form"
        )
        raw.add_argument("name")
        raw.add_argument("do", choices=["keep", "drop"], help="what was dropped is gone for good")
        delete = verbs.add_parser("delete", help="delete a workspace with all it has")
        delete.add_argument("name")
        delete.add_argument("--yes", action="store_true", help="it cannot be undone: be sure")

    def handle(self, *args: object, **options: Any) -> None:
        if options["verb"] == "list":
            self._list()
        elif options["verb"] == "topics":
            self._lift(options["name"], options["topics"])
        elif options["verb"] == "raw-text":
            self._keep_raw(options["name"], is_kept=options["do"] == "keep")
        elif options["verb"] == "delete":
            self._delete(options["name"], is_sure=options["yes"])
        else:
            self._create(options["name"], options["scenario"], options["title"])
            if options["drop_raw_text"]:
                self._keep_raw(options["name"], is_kept=False)

    def _keep_raw(self, name: str, *, is_kept: bool) -> None:
        try:
            keep_raw_text(workspace=get_workspace(name), is_kept=is_kept)
        except LikenessError as error:
            raise CommandError(error.message) from error
        if is_kept:
            self.stdout.write(f"{name} keeps reviews as they are sent from now on.")
        else:
            self.stdout.write(
                f"{name} keeps reviews in their cleaned form only; what there is of others goes "
                "when a worker has cleaned them."
            )

    def _create(self, name: str, scenario: str, title: str) -> None:
        try:
            with transaction.atomic():
                workspace, is_new = ensure_workspace(name=name, scenario=scenario, title=title)
                kinds = ensure_kinds(workspace)
        except LikenessError as error:
            raise CommandError(error.message) from error
        made = "Made" if is_new else "There was already"
        self.stdout.write(f"{made} {name} ({workspace.scenario}), which knows {', '.join(kinds)}.")

    def _lift(self, name: str, topics: list[str]) -> None:
        try:
            changed = lift_topics(workspace=get_workspace(name), topics=topics)
        except LikenessError as error:
            raise CommandError(error.message) from error
        lifted = ", ".join(topics) or "no sensitive topic"
        self.stdout.write(
            f"Portraits of {name} may speak of {lifted}: {len(changed)} tags changed."
        )

    def _delete(self, name: str, *, is_sure: bool) -> None:
        try:
            workspace = get_workspace(name)
        except LikenessError as error:
            raise CommandError(error.message) from error
        if not is_sure:
            raise CommandError(f"This deletes {name} with all it has for good: add --yes.")
        for label, count in erase_workspace(workspace=workspace).items():
            self.stdout.write(f"{count:>12,}  {label}")

    def _list(self) -> None:
        for workspace in list_workspaces():
            self.stdout.write(f"{workspace.name}  {workspace.scenario}  {workspace.title}".rstrip())
