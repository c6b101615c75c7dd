"""Training a workspace's models: its texts and public ones in, a judged model out."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from accounts.models import Workspace
from catalog.models import TrainedModel
from catalog.queries.trained import find_running, folder_of, get_trained, refuse_changed
from catalog.services.trained import Trained, promote_if_better, register, training_folder
from core.errors import InvalidError
from core.models import JobRun
from core.orders import refuse_lost
from core.progress import advance_job, finish_job, running_job
from core.snapshots import one_snapshot
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
from language.training.methods import TUNED
from profiles.queries.labelled import list_judged_reviews, newest_interaction
from workers.booking import booked
from workers.budget import TRAINING, refuse_spent
from workers.encoder_training import train_encoder
from workers.heads import load_head
from workers.orders import STEPS, Order, name_of
from workers.sequence_training import Course, train_sequence

log = structlog.get_logger(__name__)

Use = TrainedModel.Use
TELL_SECONDS = 2.0
# Where a run has so many minutes, more texts than these would not be seen once.
TEXTS_A_MINUTE = 700
MOST_JUDGED = 6_000
DEEPER_FROM = 3

Report = Callable[[int, int], None]


def train(order: Order, *, report: Report | None = None, run: JobRun | None = None) -> TrainedModel:
    """Train, register, and let the model run where it is better than what runs.

    A job tells how far it is: `run`, where it was ordered, or else one that is opened here; what
    breaks out closes it as failed and leaves no files. What it costs is booked, and counts towards
    the workspace's budget: the network's training ends where that is used up, and none begins
    after it. Raises ConflictError where another worker has taken the order up meanwhile.
    """
    order = order.checked()
    with _told(order) if run is None else nullcontext(run) as job:
        order = _within_budget(order)
        tell = _Teller(job, report)
        stage, base = f"{TRAINING}.{order.use}", Path(settings.ENCODER).name
        with training_folder() as folder, booked(order.workspace_id, stage, model=base) as entry:
            trained = _train_into(folder / "model", order, tell)
            entry.rows = trained.texts
            refuse_lost(job)
            model = register(
                workspace_id=order.workspace_id, folder=folder / "model", trained=trained
            )
            entry.model = model.name
        runs = promote_if_better(model)
        advance_job(job.pk, done=STEPS)
        finish_job(job.pk, result={"model": model.name, "runs": runs, "metrics": model.metrics})
    model.refresh_from_db()
    log.info("model.trained", model=model.name, runs=runs)
    return model


@contextmanager
def _told(order: Order) -> Iterator[JobRun]:
    """Open a job for training that nobody ordered: it is done here and now."""
    with running_job(workspace_id=order.workspace_id, name=name_of(order.use)) as job:
        JobRun.objects.filter(pk=job.pk).update(total=STEPS)
        yield job


def _within_budget(order: Order) -> Order:
    """Return the order, no longer than the day's budget lasts. Raises where that is used up."""
    left = refuse_spent(order.workspace_id)
    if left is None:
        return order
    return replace(order, minutes=min(order.minutes or left / 60, left / 60))


def _train_into(folder: Path, order: Order, tell: "_Teller") -> Trained:
    if order.use == Use.ENCODER:
        longer = replace(recipe_of(order), rate=2e-5, frozen_layers=0, max_tokens=128)
        return train_encoder(folder, order.workspace_id, order.method, longer, tell)
    if order.use == Use.SEQUENCE:
        course = Course(round(order.epochs), order.minutes, order.seed)
        return train_sequence(folder, order.workspace_id, course, tell)
    running = find_running(order.workspace_id, order.use)
    earlier = _start_of(order, running)
    base = earlier[0].base if earlier else _base_of(order.workspace_id)
    with one_snapshot():
        data_cutoff = newest_interaction(order.workspace_id)
        rows = gather(order)
    made = make_head(
        order.use,
        rows,
        method=order.method,
        folder=folder,
        models=settings.MODELS,
        base=base,
        earlier=[folder_of(each.name) for each in earlier],
        recipe=recipe_of(order),
        incumbent=load_head(running.name) if running else None,
        progress=tell,
    )
    return Trained(
        use=order.use,
        method=order.method,
        base=base,
        data_cutoff=data_cutoff,
        config=made.config | _settings_of(order, earlier),
        metrics=made.metrics,
        against=running.pk if running else None,
        texts=sum(made.config["train"].values()),
    )


def _base_of(workspace_id: int) -> str:
    """Return the encoder that a new head starts from: the workspace's own that runs, by its name.

    Else it is the settings'. Raises ConflictError where the own one's files were changed.
    """
    own = find_running(workspace_id, Use.ENCODER)
    if own is None:
        return str(settings.ENCODER)
    refuse_changed(own)
    return own.name


def _start_of(order: Order, running: TrainedModel | None) -> list[TrainedModel]:
    """Return the heads that the order starts from: what runs, those to average, or none."""
    if order.average:
        return [_fine_tuned(get_trained(order.workspace_id, name)) for name in order.average]
    if not order.goes_on:
        return []
    if running is None or running.method != TUNED:
        raise InvalidError("No fine-tuned head runs here to go on from.", use=order.use)
    return [_fine_tuned(running)]


def _fine_tuned(model: TrainedModel) -> TrainedModel:
    """Return the model, or raise where it is no fine-tuned head, or its files were changed."""
    if model.method != TUNED:
        raise InvalidError("Only fine-tuned heads can be averaged.", name=model.name)
    if model.files_deleted_at:
        raise InvalidError("It was refused, and its files are deleted.", name=model.name)
    refuse_changed(model)
    return model


def _settings_of(order: Order, earlier: Sequence[TrainedModel]) -> dict[str, Any]:
    """Return what the registry keeps of an order, beside its recipe."""
    names = [each.name for each in earlier]
    told: dict[str, Any] = {"soften": order.soften} if order.soften else {}
    if order.average:
        return told | {"average": names}
    return told | ({"from": names[0]} if names else {})


def recipe_of(order: Order) -> Recipe:
    """Return how the network is trained: by epochs, or for as long as there is time.

    What goes on may change deeper layers, since its line no longer starts from nothing.
    """
    recipe = Recipe(
        epochs=order.epochs or 1.0, minutes=order.minutes, seed=order.seed, device=settings.DEVICE
    )
    return replace(recipe, frozen_layers=DEEPER_FROM) if order.goes_on else recipe


def gather(order: Order) -> Split:
    """Return what there is to learn from: the workspace's judged reviews and the public sets.

    Reviews are split by writer, so that nobody stands on both sides. A set that is for judging
    only is judged by, whole; of the others a tenth. Raises InvalidError where there is nothing.
    """
    parts = Split([], [], [])
    if order.use == Use.SENTIMENT:
        own = split_by_writer(_own_reviews(order.workspace_id))
        _add(parts, replace(own, train=[_softened(row, order.soften) for row in own.train]))
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
        Labelled(row.text, row.language, row.label, name, row.writer, row.score)
        for row in list_judged_reviews(workspace_id)
    ]


def _softened(row: Labelled, share: float) -> Labelled:
    """Return the row with its label drawn `share` of the way to its score, where it has one."""
    if not share or row.score is None:
        return row
    return replace(row, label=row.label + share * (row.score - row.label))


def _add(parts: Split, more: Split) -> None:
    parts.train.extend(more.train)
    parts.validation.extend(more.validation)
    parts.test.extend(more.test)


class _Teller:
    """Keeps how far a run is, in the database and for whoever watches, but not at every step.

    It ends a training whose order another worker has taken up meanwhile.
    """

    def __init__(self, job: JobRun, report: Report | None) -> None:
        self._job = job
        self._report = report
        self._told = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        if self._report is not None:
            self._report(done, total)
        if time.monotonic() - self._told > TELL_SECONDS:
            self._told = time.monotonic()
            refuse_lost(self._job)
            advance_job(self._job.pk, done=STEPS * done // max(1, total))
