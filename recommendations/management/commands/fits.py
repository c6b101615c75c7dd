"""`manage.py fits`: what was learnt for a workspace, and the way back to what served before."""

import json
from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from accounts.models import Workspace
from accounts.queries.workspaces import get_workspace
from core.errors import LikenessError
from recommendations.fit_words import brought_in_words
from recommendations.queries.fits import FitRow, list_fits
from recommendations.services.rollback import WentBack, roll_back


class Command(BaseCommand):
    """Lists fits, or lets an earlier one serve again."""

    help = "List what was learnt for a workspace, or go back to what served before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True)
        listing = ways.add_parser("list", help="The newest fits, and which could serve again.")
        back = ways.add_parser("rollback", help="Let the fit that served before serve again.")
        back.add_argument("--to", type=int, metavar="ID", help="Another fit than the one before.")
        for one in (listing, back):
            one.add_argument("--workspace", required=True, help="The workspace's name.")
            one.add_argument("--json", action="store_true", help="Print plain values.")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            workspace = get_workspace(options["workspace"])
            if options["way"] == "list":
                self._list(workspace, as_json=options["json"])
            else:
                now = timezone.now()
                done = roll_back(workspace=workspace, now=now, to=options["to"])
                self._tell(done, as_json=options["json"])
        except LikenessError as error:
            raise CommandError(error.message) from None

    def _list(self, workspace: Workspace, *, as_json: bool) -> None:
        rows = list_fits(workspace)
        if as_json:
            self.stdout.write(json.dumps([_plain(row) for row in rows], indent=2))
            return
        self.stdout.ending = ""  # rich ends its lines itself
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        if not rows:
            console.print(f"Nothing was learnt for {workspace.name} yet.")
            return
        table = Table("fit", "state", "data until", "interactions", "items", "why", "can serve")
        for row in rows:
            fit = row.fit
            table.add_row(
                str(fit.pk),
                fit.state,
                f"{fit.data_until:%Y-%m-%d %H:%M}" if fit.data_until else "–",
                f"{fit.interactions:,}",
                f"{row.items:,}",
                brought_in_words(fit),
                "serves now" if row.is_serving else row.hindrance or "yes",
            )
        console.print(table)

    def _tell(self, done: WentBack, *, as_json: bool) -> None:
        before = None if done.instead_of is None else done.instead_of.pk
        if as_json:
            self.stdout.write(json.dumps({"serving": done.fit.pk, "instead_of": before}))
        elif before is None:
            self.stdout.write(f"Fit {done.fit.pk} serves.")
        else:
            self.stdout.write(f"Fit {done.fit.pk} serves again, instead of fit {before}.")


def _plain(row: FitRow) -> dict[str, Any]:
    fit = row.fit
    return {
        "id": fit.pk,
        "state": fit.state,
        "data_until": fit.data_until and fit.data_until.isoformat(),
        "served_at": fit.served_at and fit.served_at.isoformat(),
        "interactions": fit.interactions,
        "items": row.items,
        "served_because": fit.report.get("served_because", ""),
        "lead": fit.report.get("lead"),
        "can_serve_again": row.can_serve_again,
        "hindrance": row.hindrance,
    }
