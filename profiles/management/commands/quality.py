"""`manage.py quality`: what is missing and odd in a workspace's data, and who may be a bot."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from rich.console import Console
from rich.table import Table

from accounts.queries.workspaces import get_workspace
from core.errors import NotFoundError
from profiles.oddity_words import counted_in_words, oddities_in_words, signs_in_words
from profiles.queries.quality import OddUser, list_odd_users
from profiles.services.quality import look_over

SHOWN = 20


class Command(BaseCommand):
    """Look over the data now and print the report, as tables or as JSON."""

    help = "Report what is missing and odd in a workspace's data, and which users look like bots."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="Its name.")
        parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            workspace = get_workspace(options["workspace"])
        except NotFoundError as error:
            raise CommandError(error.message) from None
        report = look_over(workspace.pk)
        if options["json"]:
            self.stdout.write(json.dumps(report.figures, cls=DjangoJSONEncoder, indent=2))
            return
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        show(report.figures, console)
        show_users(list_odd_users(workspace.pk)[:SHOWN], console)


def show(figures: Mapping[str, Any], console: Console) -> None:
    """Print what is missing and odd, and the numbers that items come with."""
    table = Table("of", "what", "rows", "share", title="Missing and odd")
    for line in counted_in_words(figures):
        if line.count:
            table.add_row(line.of, line.what, f"{line.count:,}", f"{line.share:.1%}")
    console.print(table)
    if figures["numbers"]:
        numbers = Table("number", "known", "least", "quartiles", "most", "outliers (fences, far)")
        for name, band in figures["numbers"].items():
            quartiles = f"{band['low']:g} · {band['middle']:g} · {band['high']:g}"
            marked = f"{band['outside']:,}, {band['far']:,}"
            ends = (f"{band['least']:g}", quartiles, f"{band['most']:g}")
            numbers.add_row(name, f"{band['known']:,}", *ends, marked)
        console.print(numbers)
        show_outliers(figures["numbers"], console)
    for words, count in signs_in_words(figures["signs"]):
        console.print(f"{count:,} users: {words}")


def show_outliers(numbers: Mapping[str, Any], console: Console) -> None:
    """Print the items whose numbers stand out, the farthest first."""
    table = Table("number", "item", "is", title="Items whose numbers stand out")
    for name, band in numbers.items():
        for outlier in band["outliers"]:
            table.add_row(name, outlier["id"], f"{outlier['value']:g}")
    if table.row_count:
        console.print(table)


def show_users(users: list[OddUser], console: Console) -> None:
    """Print the users who look like bots, each with the reasons."""
    suspects = [user for user in users if user.is_suspect]
    if not suspects:
        console.print("No user looks like a bot.")
        return
    table = Table("user", "interactions", "why it may be a bot", title="May be bots")
    for user in suspects:
        table.add_row(
            user.external_id, f"{user.interactions:,}", "; ".join(oddities_in_words(user.oddities))
        )
    console.print(table)
    console.print("Nobody was left out of anything: staff decide that, in the admin.")
