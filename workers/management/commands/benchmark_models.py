"""`manage.py benchmark_models`: how fast texts are encoded and read on this machine."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from accounts.queries.workspaces import get_workspace
from core.arguments import count, new_file
from core.errors import InvalidError, LikenessError

NO_PEER = "The library to measure beside is missing: pip install sentence-transformers."


class Command(BaseCommand):
    """Measures our encoder beside sentence-transformers, and reading from text to vector."""

    help = "Measure how fast texts are encoded and read, and write the figures with the hardware."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, help="Its reviews are used; else made-up ones are."
        )
        parser.add_argument("--workspace", help="Read by the heads that run in this workspace.")
        parser.add_argument(
            "--as-worker",
            action="store_true",
            help="Measure what a worker does with the workspace's own reviews, and keep nothing.",
        )
        parser.add_argument(
            "--sentiment-head", type=Path, metavar="FOLDER", help="Read sentiment by this head."
        )
        parser.add_argument("--texts", type=count, default=1_000)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", type=new_file, metavar="PATH", help="Keep the figures here.")

    def handle(self, *_: Any, **options: Any) -> None:
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        with console.status("loading") as status:
            try:
                report = (measure_worker if options["as_worker"] else measure)(
                    options, status.update
                )
            except LikenessError as error:
                raise CommandError(error.message) from None
            except ImportError:
                raise CommandError(NO_PEER) from None
        self.show(report, console)
        if options["json"]:
            options["json"].write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")

    def show(self, report: dict[str, Any], console: Console) -> None:
        """Print the figures in sentences."""
        if worker := report.get("worker"):
            console.print(
                f"{worker['per_second']} reviews a second through clean, read and encode, "
                f"{worker['per_core_second']} a second of one core: {worker['texts']} reviews, "
                f"{worker['words']} words, sentiment by the {worker['sentiment']}, safety by the "
                f"{worker['safety']}."
            )
            return
        encoded, reading = report["encode"], report["read"]
        console.print(
            f"{encoded['per_second']} texts a second, sentence-transformers "
            f"{encoded['peer_per_second']}: ratio {encoded['ratio']}."
        )
        console.print(
            f"{reading['per_second']} reviews a second read and encoded, by the {reading['by']}."
        )


def measure_worker(options: dict[str, Any], say: Any) -> dict[str, Any]:
    """Return the figures of a worker in a workspace. Raises InvalidError where none is named."""
    from workers.heads import encoder_of  # noqa: PLC0415 -- only here are networks needed
    from workers.pace import hardware  # noqa: PLC0415 -- as above
    from workers.reading_pace import worker_pace  # noqa: PLC0415 -- as above

    if not options["workspace"]:
        raise InvalidError("Name the workspace whose reviews a worker is to read.")
    workspace_id = get_workspace(options["workspace"]).pk
    pace = worker_pace(workspace_id, options["texts"], seed=options["seed"], say=say)
    return {"hardware": hardware(encoder_of(workspace_id)), "worker": pace}


def measure(options: dict[str, Any], say: Any) -> dict[str, Any]:
    """Return all figures."""
    from language.encode import place_of  # noqa: PLC0415 -- as above
    from language.read import Heads  # noqa: PLC0415 -- only here are networks needed
    from workers.heads import encoder_of, load_encoder, load_reading, open_head  # noqa: PLC0415 -- as above
    from workers.pace import encoding_pace, hardware, reading_pace, texts_of  # noqa: PLC0415 -- as above

    texts = texts_of(options["folder"], options["texts"], seed=options["seed"])
    encoder, heads = load_encoder(settings.ENCODER), Heads()
    if options["workspace"]:
        workspace_id = get_workspace(options["workspace"]).pk
        encoder, heads = encoder_of(workspace_id), load_reading(workspace_id).heads
    if options["sentiment_head"]:
        heads = replace(heads, sentiment=open_head(options["sentiment_head"]))
    return {
        "hardware": hardware(encoder),
        "encode": encoding_pace(encoder, place_of(settings.ENCODER, settings.MODELS), texts, say),
        "read": reading_pace(encoder, heads, texts, say),
    }
