"""Training a workspace's models: its texts and public ones in, a judged model out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings

from accounts.models import Workspace
from catalog.models import TrainedModel
from catalog.queries.trained import find_running, folder_of
from catalog.services.trained import Trained, promote_if_better, register, training_folder
from core.errors import InvalidError
from core.models import JobRun
from core.progress import advance_job, finish_job, running_job
from language.heads.head import FROZEN, TUNED
from language.training.fitting import Recipe
from language.training.labelled import (
    Labelled,
    Split,
    draw,
    list_sets,
    read_set,
    split,
    split_by_writer,
)
from language.training.making import make_head
from profiles.queries.labelled import list_judged_reviews, newest_interaction
from workers.encoder_training import CONTRASTIVE, MASKED, train_encoder
from workers.heads import load_head

log = structlog.get_logger(__name__)

Use = TrainedModel.Use
METHODS = {
    Use.SENTIMENT: (FROZEN, TUNED),
    Use.SAFETY: (FROZEN, TUNED),
    Use.ENCODER: (MASKED, CONTRASTIVE),
}
TELL_SECONDS = 2.0
STEPS = 100
# Where a run has so many minutes, more texts than these would not be seen once.
TEXTS_A_MINUTE = 700
MOST_JUDGED = 6_000
DEEPER_FROM = 3

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to train: for which workspace and use, how, on which public texts, for how long.

    A head that goes on starts from the fine-tuned one that runs. With a new seed it sees other
    texts, where there are more than the minutes allow. Units: minutes of wall clock for the
    network, 0 is no end.
    """

    workspace_id: int
    use: str
    method: str = ""
    texts: Path | None = None
    minutes: float = 0.0
    epochs: float = 1.0
    goes_on: bool = False
    seed: int = 0

    def checked(self) -> "Order":
        """Return the order with its method named. Raises InvalidError where it cannot be done."""
        known = METHODS.get(Use(self.use)) if self.use in Use.values else None
        if known is None:
            raise InvalidError("Only these can be trained.", uses=sorted(Use.values))
        if self.method and self.method not in known:
            raise InvalidError(f"{self.use} is trained by one of these.", methods=list(known))
        if self.goes_on and self.use == Use.ENCODER:
            raise InvalidError("An encoder goes on from the one that runs anyway.")
        if self.goes_on and self.method == FROZEN:
            raise InvalidError("Only fine-tuning can go on from a head.", method=self.method)
        return replace(self, method=self.method or (TUNED if self.goes_on else known[0]))


def train(order: Order, *, report: Report | None = None) -> TrainedModel:
    """Train, register, and let the model run where it is better than what runs.

    A job tells how far it is; what breaks out closes it as failed and leaves no files.
    """
    order = order.checked()
    with running_job(workspace_id=order.workspace_id, name=f"train {order.use}") as job:
        JobRun.objects.filter(pk=job.pk).update(total=STEPS)
        tell = _Teller(job.pk, report)
        with training_folder() as folder:
            trained = _train_into(folder / "model", order, tell)
            model = register(
                workspace_id=order.workspace_id, folder=folder / "model", trained=trained
            )
        runs = promote_if_better(model)
        advance_job(job.pk, done=STEPS)
        finish_job(job.pk, result={"model": model.name, "runs": runs, "metrics": model.metrics})
    model.refresh_from_db()
    log.info("model.trained", model=model.name, runs=runs)
    return model


def _train_into(folder: Path, order: Order, tell: "_Teller") -> Trained:
    if order.use == Use.ENCODER:
        longer = replace(recipe_of(order), rate=2e-5, frozen_layers=0, max_tokens=128)
        return train_encoder(folder, order.workspace_id, order.method, longer, tell)
    running = find_running(order.workspace_id, order.use)
    if order.goes_on and (running is None or running.method != TUNED):
        raise InvalidError("No fine-tuned head runs here to go on from.", use=order.use)
    made = make_head(
        order.use,
        gather(order),
        method=order.method,
        folder=folder,
        models=settings.MODELS,
        base=settings.ENCODER,
        earlier=folder_of(running.name) if running and order.goes_on else None,
        recipe=recipe_of(order),
        incumbent=load_head(running.name) if running else None,
        progress=tell,
    )
    return Trained(
        use=order.use,
        method=order.method,
        base=settings.ENCODER,
        data_cutoff=newest_interaction(order.workspace_id),
        config=made.config | ({"from": running.name} if running and order.goes_on else {}),
        metrics=made.metrics,
        against=running.pk if running else None,
    )


def recipe_of(order: Order) -> Recipe:
    """Return how the network is trained: by epochs, or for as long as there is time.

    What goes on may change deeper layers, since its line no longer starts from nothing.
    """
    recipe = Recipe(epochs=order.epochs, minutes=order.minutes, seed=order.seed)
    return replace(recipe, frozen_layers=DEEPER_FROM) if order.goes_on else recipe


def gather(order: Order) -> Split:
    """Return what there is to learn from: the workspace's judged reviews and the public sets.

    Reviews are split by writer, so that nobody stands on both sides. A set that is for judging
    only is judged by, whole; of the others a tenth. Raises InvalidError where there is nothing.
    """
    parts = Split([], [], [])
    if order.use == Use.SENTIMENT:
        _add(parts, split_by_writer(_own_reviews(order.workspace_id)))
    if order.texts is not None:
        for each in list_sets(order.texts, order.use):
            rows = read_set(order.texts, each)
            if each.is_for_judging:
                parts.test.extend(rows)
            else:
                _add(parts, split(rows))
    most = int(order.minutes * TEXTS_A_MINUTE) or len(parts.train)
    return Split(
        train=draw(parts.train, most, seed=order.seed),
        validation=draw(parts.validation, MOST_JUDGED, seed=order.seed),
        test=draw(parts.test, MOST_JUDGED, seed=order.seed),
    )


def _own_reviews(workspace_id: int) -> list[Labelled]:
    name = Workspace.objects.values_list("name", flat=True).get(pk=workspace_id)
    return [
        Labelled(row.text, row.language, row.label, name, row.writer)
        for row in list_judged_reviews(workspace_id)
    ]


def _add(parts: Split, more: Split) -> None:
    parts.train.extend(more.train)
    parts.validation.extend(more.validation)
    parts.test.extend(more.test)


class _Teller:
    """Keeps how far a run is, in the database and for whoever watches, but not at every step."""

    def __init__(self, job_id: UUID, report: Report | None) -> None:
        self._job_id = job_id
        self._report = report
        self._told = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        if self._report is not None:
            self._report(done, total)
        if time.monotonic() - self._told > TELL_SECONDS:
            self._told = time.monotonic()
            advance_job(self._job_id, done=STEPS * done // max(1, total))
