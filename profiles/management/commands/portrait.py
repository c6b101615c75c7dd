"""`manage.py portrait USER`: one user's portrait in the terminal, with its evidence."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime, time
from difflib import get_close_matches
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.dateparse import parse_date, parse_datetime
from rich.console import Console

from accounts.models import Workspace
from accounts.queries.workspaces import get_only_workspace, get_workspace
from core.errors import NotFoundError
from profiles.management.drawing import draw
from profiles.models import User
from profiles.queries.portraits import portrait_of

NEAR = 2_000


class Command(BaseCommand):
    """Shows one portrait; it reads and changes nothing."""

    help = "Show what is believed about a user, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user's id, as the partner sent it")
        parser.add_argument("--workspace", help="its name; may be left out where there is one")
        parser.add_argument("--as-of", help="a date or a moment: what was believed then")
        parser.add_argument("--language", default="", help="en or zh (default: the user's own)")
        parser.add_argument("--evidence", type=int, default=3, help="lines under each statement")
        parser.add_argument("--json", action="store_true", help="write JSON instead of tables")

    def handle(self, *_: Any, **options: Any) -> None:
        """Show the portrait, or say in one sentence why there is none."""
        workspace = _workspace(options["workspace"])
        user = _user(workspace, options["user"])
        portrait = portrait_of(user, language=options["language"], as_of=_moment(options["as_of"]))
        if options["json"]:
            told = json.dumps(
                portrait.as_dict(), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2
            )
            self.stdout.write(told)
            return
        if not portrait.is_ready:
            raise CommandError(
                f"{portrait.user} has no portrait yet. Draw it with:"
                f" manage.py refresh --workspace {workspace.name} --wait"
            )
        draw(portrait, Console(file=cast(TextIO, self.stdout)), lines=options["evidence"])


def _workspace(name: str | None) -> Workspace:
    try:
        return get_workspace(name) if name else get_only_workspace()
    except NotFoundError as error:
        raise CommandError(error.message) from None


def _user(workspace: Workspace, external_id: str) -> User:
    users = User.objects.filter(workspace=workspace)
    found = users.filter(external_id=external_id).first()
    if found is not None:
        return found
    alike = users.filter(external_id__icontains=external_id).order_by("external_id")
    known = users.order_by("pk").values_list("external_id", flat=True)[:NEAR]
    near = list(alike.values_list("external_id", flat=True)[:3])
    close = near or get_close_matches(external_id, list(known), n=3)
    hint = f" Did you mean {', '.join(close)}?" if close else ""
    raise CommandError(f"There is no user {external_id!r} in {workspace.name}.{hint}")


def _moment(text: str | None) -> datetime | None:
    """Read a moment, or a date as its end: what was believed on that day."""
    if text is None:
        return None
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time.max) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text!r} is not a date. Write it as 2026-05-31.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
