"""The trained heads and encoders of workspaces, loaded once in a worker's process."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

import structlog
from django.conf import settings

from catalog.models import Space, TrainedModel
from catalog.queries.trained import (
    find_named,
    find_running,
    folder_of,
    refuse_changed,
    version_with,
    wanted_encoder,
)
from core.errors import ConflictError, InvalidError
from language import read
from language.default import DEFAULT_ENCODER
from language.encode import Encoder
from language.heads.head import Head
from language.training.methods import FROZEN

log = structlog.get_logger(__name__)

# As many as one process keeps in its memory, at half a gigabyte each.
KEPT_ENCODERS, KEPT_HEADS = 2, 4
CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a workspace reads its reviews with, and what the readings say of that."""

    heads: read.Heads
    model: str
    version: str


def load_reading(workspace_id: int) -> Reading:
    """Return the heads that run in a workspace. Two queries."""
    sentiment = find_running(workspace_id, TrainedModel.Use.SENTIMENT)
    safety = find_running(workspace_id, TrainedModel.Use.SAFETY)
    running = [each for each in (safety, sentiment) if each]
    return Reading(
        heads=read.Heads(
            load_head(sentiment.name) if sentiment else None,
            load_head(safety.name) if safety else None,
        ),
        model=sentiment.name if sentiment else read.MODEL,
        version=version_with(read.VERSION, running),
    )


def encoder_of(workspace_id: int) -> Encoder:
    """Return the encoder that a workspace wants: its own that runs, or the settings'."""
    return load_encoder(wanted_encoder(workspace_id))


def encoder_in(space: Space) -> Encoder | None:
    """Return the encoder of a space, which need not be the wanted one any more.

    None where it cannot be had here: it is the default, lies among the models, or is the wanted
    one, or else nobody knows where it was, for a space keeps its name alone.
    """
    wanted = wanted_encoder(space.workspace_id)
    is_there = space.encoder == DEFAULT_ENCODER or (folder_of(space.encoder) / CONFIG).is_file()
    place = wanted if PurePath(wanted).name == space.encoder else space.encoder
    if place != wanted and not is_there:
        return None
    try:
        encoder = load_encoder(place)
    except (ConflictError, InvalidError) as error:
        log.warning("encoder.unread", workspace_id=space.workspace_id, error=error.message)
        return None
    return encoder if encoder.revision == space.revision else None


@lru_cache(maxsize=KEPT_ENCODERS)
def load_encoder(place: str) -> Encoder:
    """Return an encoder by name or folder. Raises ConflictError where a trained one was changed."""
    _refuse_changed(Path(place).name)
    return Encoder.load(place, models=settings.MODELS, device=settings.DEVICE or None)


@lru_cache(maxsize=KEPT_HEADS)
def load_head(name: str) -> Head:
    """Return a trained head by its name, which never means another one.

    Raises ConflictError where its files are not those that were registered, or those of the
    workspace's encoder that it reads by.
    """
    _refuse_changed(name)
    model = find_named(name)
    if model is not None and model.method == FROZEN:
        _refuse_changed(model.base)
    return open_head(folder_of(name))


def open_head(folder: Path) -> Head:
    """Return the head in a folder. Raises InvalidError where there is none."""
    return Head.load(folder, models=settings.MODELS, device=settings.DEVICE or None)


def _refuse_changed(name: str) -> None:
    """Look at a model's files before they are opened, once in a process."""
    model = find_named(name)
    if model is not None:
        refuse_changed(model)
