"""`manage.py evaluate FOLDER`: measure recommendations with the functions that serve."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from core.arguments import count, new_file, new_folder
from core.arrays import Floats
from core.errors import InvalidError
from language.default import DEFAULT_ENCODER
from language.quick import encode_sentence
from language.read import LEXICON, Heads
from recommendations.engine.shortlist import centred
from recommendations.evaluation.cold import Voice, cold_tables, measure_cold
from recommendations.evaluation.folder import read_folder
from recommendations.evaluation.peers import TRIES
from recommendations.evaluation.pictures import draw_curves
from recommendations.evaluation.portrait.measuring import (
    Setting,
    measure_portraits,
    measure_written,
)
from recommendations.evaluation.portrait.pictures import draw_pictures
from recommendations.evaluation.portrait.showing import as_markdown, portrait_table
from recommendations.evaluation.portrait.vectors import vectors_of
from recommendations.evaluation.portrait.written import is_written
from recommendations.evaluation.published import Shape, read_lines, read_sequences, shape_of
from recommendations.evaluation.report import (
    OURS,
    difference_table,
    model_table,
    recommending_markdown,
    report,
)
from recommendations.evaluation.run import Plan, run, splits_for
from recommendations.evaluation.tracks import run_published
from recommendations.evaluation.workspace.following import Progress as Following
from recommendations.evaluation.workspace.measuring import measure_workspace, workspace_tables

WIDTH = 100
FOLDER = (
    "items, users, interactions as .jsonl(.gz); or train, validation, test as .txt(.gz), lines of "
    "user and items; or sequences, such lines in order, and item_text, lines of item and words"
)
# What a published split has no use for, each as it is where nobody gives it.
NOT_OF_PUBLISHED: Mapping[str, Any] = {
    "portrait": False,
    "split": "both",
    "shuffle_ties": False,
    "cold": False,
    "no_controls": False,
    "peer_tries": TRIES,
}


class Command(BaseCommand):
    """Reads a folder, or a workspace, which is left as it was."""

    help = "Measure recommendations on a folder (exchange format, published split) or a workspace."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help=FOLDER)
        parser.add_argument(
            "--workspace", help="measure edits and reasons in this workspace, in place of a folder"
        )
        parser.add_argument(
            "--cold", action="store_true", help="measure hidden items and users, and nothing else"
        )
        parser.add_argument("--users", type=int, default=1_000, help="of the workspace, at most")
        parser.add_argument(
            "--split",
            choices=["time", "user", "both"],
            default="both",
            help="by time, by each user's own order, or both (user alone where nothing is dated)",
        )
        parser.add_argument("--json", type=new_file, help="write the whole report to this file")
        parser.add_argument("--seed", type=int, default=0, help="of every draw (default 0)")
        parser.add_argument(
            "--validation-users", type=int, default=2_000, help="drawn at most, per validation"
        )
        parser.add_argument(
            "--causal", type=int, default=0, help="epochs of a causal transformer, on sequences"
        )
        parser.add_argument("--no-peers", action="store_true", help="leave out the tuned peers")
        parser.add_argument(
            "--peer-tries", type=count, default=TRIES, help="settings of each peer (default 12)"
        )
        parser.add_argument(
            "--no-controls", action="store_true", help="leave out shuffled content and tag counts"
        )
        parser.add_argument(
            "--shuffle-ties",
            action="store_true",
            help="once more by user, with the order within the same moment drawn",
        )
        parser.add_argument(
            "--no-content", action="store_true", help="leave item text and tags out of likeness"
        )
        parser.add_argument(
            "--portrait", action="store_true", help="measure portraits, too, and their controls"
        )
        parser.add_argument(
            "--no-encoder",
            action="store_true",
            help="compare words by their spelling alone; nobody says a sentence",
        )
        parser.add_argument(
            "--sentiment-head", type=Path, help="a trained head to read reviews with (a folder)"
        )
        parser.add_argument(
            "--texts", type=Path, help="folder of labelled texts (default: FOLDER/../text)"
        )
        parser.add_argument(
            "--markdown", type=new_file, help="write the figures as tables to this file"
        )
        parser.add_argument("--plots", type=new_folder, help="draw the figures into this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        with _progress() as bar:
            task = bar.add_task("reading", total=None)

            def step(what: str, done: int = 0, whole: int | None = None) -> None:
                bar.update(task, description=what, completed=done, total=whole)

            found = _found(options, step)
        for part in found.get("splits", {}).values():
            self.stdout.write(_drawn(model_table(part), difference_table(part)))
            self.stdout.write("\n".join(part["data"].get("left_out_peers", ())))
        if "cold_items" in found:
            self.stdout.write(_drawn(*cold_tables(found)))
        if "workspace" in found:
            self.stdout.write(_drawn(*workspace_tables(found)))
        if "portrait" in found:
            self._show_portrait(found, options)
        elif "splits" in found:
            self._keep_tables(found, options)
        if options["json"]:
            options["json"].write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            self.stdout.write(f"Written to {options['json']}")

    def _keep_tables(self, found: dict[str, Any], options: dict[str, Any]) -> None:
        if options["markdown"]:
            options["markdown"].write_text(recommending_markdown(found), encoding="utf-8")
            self.stdout.write(f"Written to {options['markdown']}")
        if options["plots"]:
            for path in draw_curves(found, options["plots"], ours=OURS):
                self.stdout.write(f"Drawn: {path}")

    def _show_portrait(self, found: dict[str, Any], options: dict[str, Any]) -> None:
        name, portrait = found["data"]["name"], found["portrait"]
        parts = portrait.get("splits") or {found["data"]["split"]: portrait}
        for split, part in parts.items():
            self.stdout.write(_drawn(portrait_table(f"{name}, portraits, split {split}", part)))
        if options["markdown"]:
            options["markdown"].write_text(as_markdown(name, parts), encoding="utf-8")
            self.stdout.write(f"Written to {options['markdown']}")
        if options["plots"]:
            for path in draw_pictures(name, portrait, options["plots"]):
                self.stdout.write(f"Drawn: {path}")


def _found(options: dict[str, Any], step: Following) -> dict[str, Any]:
    """Measure what the folder's shape and the options ask for."""
    folder = options["folder"]
    if name := options["workspace"]:
        return measure_workspace(name, users=options["users"], seed=options["seed"], progress=step)
    if folder is None:
        raise InvalidError("Name a folder, or a workspace with --workspace.")
    if options["portrait"] and is_written(folder):
        encode = None if options["no_encoder"] else vectors_of
        return measure_written(folder, seed=options["seed"], encode=encode)
    if (shape := shape_of(folder)) != "exchange":
        return _measure_published(folder, shape, options, step)
    return _measure(folder, options, step)


def _measure(folder: Path, options: dict[str, Any], step: Callable[[str], None]) -> dict[str, Any]:
    started = time.perf_counter()
    data = read_folder(folder)
    plan = Plan(
        splits=splits_for(
            options["split"], is_dated=data.is_dated, shuffle_ties=options["shuffle_ties"]
        ),
        with_peers=not options["no_peers"],
        with_controls=not options["no_controls"],
        with_content=not options["no_content"],
        seed=options["seed"],
        users=options["validation_users"],
        peer_tries=options["peer_tries"],
    )
    if options["cold"]:
        return measure_cold(data, plan, step, voice=None if options["no_encoder"] else _voice())
    results = list(run(data, plan, step))
    portrait = None
    if options["portrait"]:
        public = options["texts"] or folder.resolve().parent / "text"
        encode = None if options["no_encoder"] else vectors_of
        setting = Setting(plan, public, _heads(options["sentiment_head"]), encode=encode)
        portrait = measure_portraits(data, results, setting, step)
    found = report(data, plan, results, time.perf_counter() - started)
    return found if portrait is None else {**found, "portrait": portrait}


def _measure_published(
    folder: Path, shape: Shape, options: dict[str, Any], step: Callable[[str], None]
) -> dict[str, Any]:
    told = [name for name, usual in NOT_OF_PUBLISHED.items() if options[name] != usual]
    if told:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in told)
        raise InvalidError(
            "A published split has its own parts, each of its models a fixed list of settings, and "
            f"no portraits, dates, hidden items or controls. Leave out {names}."
        )
    data = read_lines(folder) if shape == "lines" else read_sequences(folder)
    plan = Plan(
        splits=(data.split.name,),
        with_peers=not options["no_peers"],
        with_content=not options["no_content"],
        seed=options["seed"],
        users=options["validation_users"],
        causal_epochs=options["causal"],
    )
    return run_published(data, plan, step, encode=_encode)


def _voice() -> Voice:
    """Encode in the space that serves: a sentence as a request does, all else as a worker does."""
    asked = partial(vectors_of, role="query")
    is_quick = settings.ENCODER == DEFAULT_ENCODER
    return Voice(vectors_of, encode_sentence if is_quick else lambda text: asked([text])[0], asked)


def _encode(texts: tuple[str, ...]) -> Floats:
    """Encode texts with the default encoder, measured from their middle."""
    from language.encode import Encoder  # noqa: PLC0415 - only who encodes pays for torch

    encoder = Encoder.load(models=settings.MODELS, device=settings.DEVICE or None)
    return centred(encoder.encode(texts), np.array([bool(text) for text in texts]))


def _heads(folder: Path | None) -> Heads:
    """Open a trained head to read sentiment with; without one the lexicon reads."""
    if folder is None:
        return LEXICON
    from language.heads.head import Head  # noqa: PLC0415 - only who reads with it pays for torch

    device = settings.DEVICE or None
    return Heads(sentiment=Head.load(folder, models=settings.MODELS, device=device))


def _drawn(*tables: Table) -> str:
    """Return tables as text, as wide as they need to be."""
    console = Console(width=WIDTH)
    with console.capture() as drawn:
        console.print(*tables)
    return drawn.get()


def _progress() -> Progress:
    """Show what is being fitted, on standard error so that tables can be piped."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
