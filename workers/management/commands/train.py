"""`manage.py train`: train a model of a workspace, and let it run if it is better."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts.queries.workspaces import get_only_workspace, get_workspace
from catalog.models import TrainedModel
from core.errors import LikenessError
from workers.orders import Order, order_training

USES = TrainedModel.Use.values


class Command(BaseCommand):
    """Train here and now, or ask a worker to."""

    help = "Train a model of a workspace, and let it run where it beats the one that runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("use", choices=USES, help="What the model is for.")
        parser.add_argument("--workspace", help="Its name; may be left out where there is one.")
        parser.add_argument(
            "--method",
            default="",
            help="frozen or fine-tuned for a head; masked or contrastive for the encoder; "
            "causal for what comes next.",
        )
        parser.add_argument(
            "--data", type=Path, metavar="FOLDER", help="A folder of public text sets to add."
        )
        parser.add_argument(
            "--minutes", type=float, default=0.0, help="End the network's training after so long."
        )
        parser.add_argument(
            "--epochs",
            type=float,
            default=0.0,
            help="How often a head sees every text, or a sequence model all users; 0 is the usual.",
        )
        parser.add_argument(
            "--go-on", action="store_true", help="Start from the fine-tuned head that runs."
        )
        parser.add_argument(
            "--average",
            nargs="+",
            default=[],
            metavar="NAME",
            help="Average two fine-tuned heads instead of training; it is calibrated and judged.",
        )
        parser.add_argument(
            "--soften",
            type=float,
            default=0.0,
            metavar="SHARE",
            help="Draw a review's label so far towards its score, where it has one (below .5).",
        )
        parser.add_argument(
            "--seed",
            type=int,
            default=0,
            help="Which texts, and in which order.",
        )
        parser.add_argument(
            "--background", action="store_true", help="Ask a worker, and do not wait for it."
        )

    def handle(self, *_: Any, **options: Any) -> None:
        console = Console(file=cast(TextIO, self.stdout), highlight=False)
        self.stdout.ending = ""  # rich ends its lines itself
        named = options["workspace"]
        try:
            workspace = get_workspace(named) if named else get_only_workspace()
            order = order_of(workspace.pk, options)
            if options["background"]:
                order_training(order)
                console.print("Asked for; `manage.py models list` shows it once it is there.")
                return
            model = train_here(order, console)
        except LikenessError as error:
            told = ", ".join(f"{name} {value}" for name, value in error.details.items())
            raise CommandError(f"{error.message} {told}".strip()) from None
        show(model, console)


def order_of(workspace_id: int, options: dict[str, Any]) -> Order:
    """Return the order that the command's words make."""
    return Order(
        workspace_id=workspace_id,
        use=options["use"],
        method=options["method"],
        texts=options["data"].resolve() if options["data"] else None,
        minutes=options["minutes"],
        epochs=options["epochs"],
        goes_on=options["go_on"],
        seed=options["seed"],
        average=tuple(options["average"]),
        soften=options["soften"],
    )


def train_here(order: Order, console: Console) -> TrainedModel:
    """Train with a bar that shows how far it is."""
    from workers.training import train  # noqa: PLC0415 -- only here are networks needed

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        bar = progress.add_task(f"training {order.use}", total=None)
        return train(
            order,
            report=lambda done, total: progress.update(bar, completed=done, total=total),
        )


def show(model: TrainedModel, console: Console) -> None:
    """Print how the model does beside what ran before, and whether it runs."""
    table = Table("judged by", "rows", "", "accuracy", "AUC", "calibration error", title=model.name)
    for source, pair in sorted(model.metrics.get("sets", {}).items()):
        for which, label in (("new", "this model"), ("old", "what ran before")):
            row = pair[which]
            table.add_row(
                source if which == "new" else "",
                f"{row['rows']:,}" if which == "new" else "",
                label,
                *(f"{row[name]:.3f}" for name in ("accuracy", "auc", "ece")),
            )
    if table.rows:
        console.print(table)
    for name, found in model.metrics.items():
        if name.startswith("recall@"):
            console.print(f"{name} of held-out likes: {found['new']}, before {found['old']}.")
    if ranked := model.metrics.get("ndcg@20"):
        console.print(
            f"NDCG@20 of hidden likings: {ranked['alone']:.4f} alone, {ranked['today']:.4f} by "
            f"today's ranking, {ranked['added']:.4f} by both."
        )
    gain = model.metrics["gain"]
    runs = model.state == TrainedModel.State.RUNNING
    verdict = "It runs now" if runs else "It does not run: that is not surely better"
    console.print(
        f"Gain {gain['value']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f}). {verdict}."
    )
