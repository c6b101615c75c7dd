"""Trained models come in whole, run only where they are better, and can be taken back."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.models import TrainedModel
from catalog.queries.trained import (
    SHORT,
    digest_of,
    digests_in,
    find_named,
    folder_of,
    refuse_changed,
)
from core.errors import ConflictError, NotFoundError
from core.jobs import Job, enqueue
from language.training.methods import FROZEN

log = structlog.get_logger(__name__)

UNFINISHED = ".training-"
DAY_SECONDS = 86_400
# Of the refused models of a use so many keep their files: somebody may let one run all the same.
KEPT_REFUSED = 3
# Under what name the models that ran before stand beside a model's figures, and how many do.
RAN_BEFORE, MOST_REMEMBERED = "ran_before", 50
Use, State = TrainedModel.Use, TrainedModel.State
# Who has work to do once another model runs.
FOLLOWERS = {
    Use.ENCODER: Job.ENCODE,
    Use.SENTIMENT: Job.READ,
    Use.SAFETY: Job.READ,
    Use.SEQUENCE: Job.LEARN,
}


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training run tells of its model. `against` is the model that ran meanwhile.

    `texts` is of how many it learnt.
    """

    use: str
    method: str
    base: str
    data_cutoff: datetime | None = None
    config: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    against: int | None = None
    texts: int = 0


@contextmanager
def training_folder() -> Iterator[Path]:
    """Yield an empty folder beside the models, which is gone afterwards unless registered.

    What killed runs left there longer than a day ago goes with it.
    """
    models = Path(settings.MODELS)
    models.mkdir(parents=True, exist_ok=True)
    for left in models.glob(f"{UNFINISHED}*"):
        if time.time() - left.stat().st_mtime > DAY_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=models))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def register(*, workspace_id: int, folder: Path, trained: Trained) -> TrainedModel:
    """Take a finished folder into the registry, as a candidate. The folder moves.

    Raises ConflictError where the files are not all safetensors and JSON.
    """
    refuse_pickles(folder)
    digest = digest_of(folder)
    now = timezone.now()
    name = f"{trained.use}-{workspace_id}-{now:%Y%m%dT%H%M%S%f}-{digest[:SHORT]}"
    folder.chmod(0o755)
    folder.rename(folder_of(name))
    try:
        return TrainedModel.objects.create(
            workspace_id=workspace_id,
            use=trained.use,
            method=trained.method,
            base=trained.base,
            name=name,
            digest=digest,
            files=digests_in(folder_of(name)),
            data_cutoff=trained.data_cutoff,
            config=trained.config,
            metrics=trained.metrics | {"against": trained.against},
            trained_at=now,
        )
    except BaseException:
        shutil.rmtree(folder_of(name), ignore_errors=True)
        raise


@transaction.atomic
def promote_if_better(model: TrainedModel) -> bool:
    """Let a candidate run where it beat what runs on the same held-out texts.

    It did where the lower 95 % bound of its gain is above 0. Returns whether it runs now. One
    that is refused stays in the registry with its figures, but the files of older refused ones of
    its use are deleted. Raises ConflictError where it was judged against another model than
    the one that runs.
    """
    rows = _lock(model)
    running = next((row for row in rows if row.state == State.RUNNING), None)
    if model.metrics.get("against") != (running.pk if running else None):
        raise ConflictError(
            "Another model runs than the one that this was judged against; train again.",
            reason="judged_against_another",
            name=model.name,
            running=running.name if running else "",
        )
    if float(model.metrics.get("gain", {}).get("low", 0.0)) > 0:
        _run(model, running)
        return True
    TrainedModel.objects.filter(pk=model.pk, state=State.CANDIDATE).update(state=State.REFUSED)
    model.refresh_from_db()
    log.info("model.refused", model=model.name)
    _delete_files_of_refused(model)
    return False


@transaction.atomic
def promote(model: TrainedModel) -> bool:
    """Let a model run because somebody says so. Returns whether that changed anything.

    Raises NotFoundError where its files are gone, and ConflictError where they were changed.
    """
    rows = _lock(model)
    running = next((row for row in rows if row.state == State.RUNNING), None)
    if running and running.pk == model.pk:
        return False
    model.files_deleted_at = next(row for row in rows if row.pk == model.pk).files_deleted_at
    _run(model, running)
    return True


@transaction.atomic
def rollback(workspace_id: int, use: str) -> TrainedModel | None:
    """Stop the model that runs for a use, and let the one before it run again.

    Every step goes further back, also where a model had run twice: after A, B and A again it
    leads to B, to A and then to the default. Returns the model that runs now, or None where none
    is left: then the packaged default runs. Models whose files are gone are passed over. Raises
    NotFoundError where no model runs.
    """
    rows = {
        row.pk: row
        for row in TrainedModel.objects.select_for_update(no_key=True)
        .filter(workspace_id=workspace_id, use=use)
        .order_by("pk")
    }
    running = next((row for row in rows.values() if row.state == State.RUNNING), None)
    if running is None:
        raise NotFoundError(
            f"No trained model runs for {use}: there is nothing to go back from.",
            reason="nothing_runs",
        )
    history = [pk for pk in _history(running) if pk in rows and _has_files(rows[pk])]
    before = rows[history[-1]] if history else None
    _retire(running)
    if before is not None:
        _start(before, history[:-1])
    enqueue(FOLLOWERS[Use(use)], workspace_id=workspace_id, at_once=1)
    log.info("model.rolled_back", model=running.name, to=before.name if before else "")
    return before


def refuse_pickles(folder: Path) -> None:
    """Raise ConflictError where the folder holds anything but safetensors and JSON."""
    other = [
        file.name
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix not in {".safetensors", ".json"}
    ]
    if other:
        raise ConflictError("A trained model is safetensors and JSON only.", files=other)


def _run(model: TrainedModel, running: TrainedModel | None) -> None:
    if not _has_files(model):
        raise NotFoundError(
            f"The files of {model.name}, or of the encoder that it reads by, are gone.",
            reason="files_gone",
            name=model.name,
        )
    refuse_changed(model)
    if running:
        _retire(running)
    _start(model, [*_history(running), running.pk] if running else [])
    enqueue(FOLLOWERS[Use(model.use)], workspace_id=model.workspace_id, at_once=1)
    log.info("model.promoted", model=model.name, before=running.name if running else "")


def _retire(model: TrainedModel) -> None:
    model.state = State.RETIRED
    model.save(update_fields=["state"])


def _start(model: TrainedModel, history: list[int]) -> None:
    """Let a model run, and note which ran before it, the latest last."""
    model.state, model.promoted_at = State.RUNNING, timezone.now()
    model.previous_id = history[-1] if history else None
    model.metrics = model.metrics | {RAN_BEFORE: history[-MOST_REMEMBERED:]}
    model.save(update_fields=["state", "promoted_at", "previous", "metrics"])


def _history(model: TrainedModel) -> list[int]:
    """Return the models that ran before this one; of a row from before they were noted, one."""
    known = [model.previous_id] if model.previous_id else []
    return list(model.metrics.get(RAN_BEFORE, known))


def _has_files(model: TrainedModel) -> bool:
    """Return whether a model can be opened: its own files are there, and those it reads by."""
    if model.files_deleted_at or not folder_of(model.name).is_dir():
        return False
    base = find_named(model.base) if model.method == FROZEN else None
    return base is None or folder_of(base.name).is_dir()


def _delete_files_of_refused(model: TrainedModel) -> None:
    """Delete the files of a use's older refused models, once that is committed; the rows stay.

    No refused model ever ran, so nothing reads by it. What a killed process left to delete, and
    what could not be, is tried again.
    """
    refused = TrainedModel.objects.filter(
        workspace_id=model.workspace_id, use=model.use, state=State.REFUSED
    )
    newest_first = refused.order_by("-trained_at", "-pk").values_list("pk", flat=True)
    older = list(newest_first[KEPT_REFUSED:])
    refused.filter(pk__in=older, files_deleted_at=None).update(files_deleted_at=timezone.now())
    names = list(refused.exclude(files_deleted_at=None).values_list("name", flat=True))

    def delete() -> None:
        for folder in map(folder_of, names):
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                log.warning("model.files_left", model=folder.name)

    transaction.on_commit(delete, robust=True)


def _lock(model: TrainedModel) -> list[TrainedModel]:
    """Return the workspace's models of the same use, locked in the order of their keys."""
    rows = TrainedModel.objects.select_for_update(no_key=True).filter(
        workspace_id=model.workspace_id, use=model.use
    )
    return list(rows.order_by("pk"))
