"""Which models a workspace has trained, and which of them run."""

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from catalog.models import TrainedModel
from core.errors import NotFoundError

# So much of a digest tells two models of a workspace apart.
SHORT = 8
READING_USES = (TrainedModel.Use.SENTIMENT, TrainedModel.Use.SAFETY)


def folder_of(name: str) -> Path:
    """Return where the files of a trained model lie."""
    return Path(settings.MODELS) / name


def find_running(workspace_id: int, use: str) -> TrainedModel | None:
    """Return the workspace's model for a use, where one runs. One query."""
    return TrainedModel.objects.filter(
        workspace_id=workspace_id, use=use, state=TrainedModel.State.RUNNING
    ).first()


def get_trained(workspace_id: int, name: str) -> TrainedModel:
    """Return a trained model by its name, or raise NotFoundError. One query."""
    found = TrainedModel.objects.filter(workspace_id=workspace_id, name=name).first()
    if found is None:
        raise NotFoundError(f"There is no trained model {name} here.", name=name)
    return found


def list_trained(workspace_id: int) -> list[TrainedModel]:
    """Return the workspace's trained models, the newest first. One query."""
    return list(
        TrainedModel.objects.filter(workspace_id=workspace_id)
        .select_related("previous")
        .order_by("-trained_at", "-pk")
    )


def wanted_encoder(workspace_id: int) -> str:
    """Return the encoder of a workspace: its own that runs, as a folder, or the settings'."""
    own = find_running(workspace_id, TrainedModel.Use.ENCODER)
    return str(folder_of(own.name)) if own else str(settings.ENCODER)


def reading_version(workspace_id: int, base: str) -> str:
    """Return the version of a workspace's readings: `base`, and the heads that run. One query.

    So whoever reads by another head finds the old readings stale.
    """
    heads = TrainedModel.objects.filter(
        workspace_id=workspace_id, state=TrainedModel.State.RUNNING, use__in=READING_USES
    ).order_by("use")
    return version_with(base, list(heads))


def version_with(base: str, heads: Sequence[TrainedModel]) -> str:
    """Return `base` with the first letters of each head's use and digest."""
    return "+".join([base, *(f"{head.use[:2]}{head.digest[:SHORT]}" for head in heads)])
