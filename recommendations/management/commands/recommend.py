"""Show what a user would be recommended, and why: `manage.py recommend USER --workspace NAME`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from accounts.queries.workspaces import get_workspace
from recommendations.rows import ServedSlate, SlateRequest
from recommendations.services.serving import recommend
from recommendations.wording import sentences_of

HEADINGS = {
    "en": ("Item", "Score", "Why", "Recommended for {user}"),
    "zh": ("物品", "得分", "理由", "为 {user} 推荐"),
}


class Command(BaseCommand):
    """Prints one slate, which is stored like any other."""

    help = "Recommend items to a user, with the reasons."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="The user's id, as the partner sends it.")
        parser.add_argument("--workspace", required=True, help="The workspace's name.")
        parser.add_argument("-n", "--length", type=int, default=10, help="How many items.")
        parser.add_argument("--language", default="en", help="Of the reasons: en or zh.")
        parser.add_argument("--json", action="store_true", help="Print the API's envelope.")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = get_workspace(options["workspace"])
        request = SlateRequest(
            user=options["user"],
            length=options["length"],
            placement="terminal",
            language=options["language"],
        )
        slate = recommend(workspace=workspace, request=request, now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(slate.as_json(), ensure_ascii=False, indent=2))
        else:
            show(Console(), slate, options["language"])


def show(console: Console, slate: ServedSlate, language: str) -> None:
    """Print the slate as a table, then its warnings."""
    item, score, why, title = HEADINGS.get(language[:2], HEADINGS["en"])
    table = Table("", item, score, why, title=escape(title.format(user=slate.user)))
    for one in slate.items:
        sentences = sentences_of(one.reasons, language)
        table.add_row(
            str(one.position), escape(one.title), f"{one.score:.3f}", escape("\n".join(sentences))
        )
    console.print(table)
    for warning in slate.warnings:
        console.print(escape(f"{warning.code}: {warning.message}"), style="yellow")
