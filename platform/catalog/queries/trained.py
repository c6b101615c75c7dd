"""Which models a workspace has trained, and which of them run."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from catalog.models import TrainedModel
from core.errors import ConflictError, NotFoundError

# So much of a digest tells two models of a workspace apart.
SHORT = 8
READING_USES = (TrainedModel.Use.SENTIMENT, TrainedModel.Use.SAFETY)


def folder_of(name: str) -> Path:
    """Return where the files of a trained model lie."""
    return Path(settings.MODELS) / name


def digest_of(folder: Path) -> str:
    """Return the SHA-256 over the weights in the folder, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        digest.update(bytes.fromhex(_digest_of_file(file)))
    return digest.hexdigest()


def digests_in(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in the folder, by its path there."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): _digest_of_file(file) for file in files}


def refuse_changed(model: TrainedModel) -> None:
    """Raise ConflictError where a model's files are not those that were registered.

    Of a model that was registered before every file was noted, the weights are looked at.
    """
    folder = folder_of(model.name)
    found = digests_in(folder) if model.files else {}
    wrong = sorted(name for name in model.files | found if model.files.get(name) != found.get(name))
    if not model.files and digest_of(folder) != model.digest:
        wrong = ["model.safetensors"]
    if wrong:
        raise ConflictError(
            f"{', '.join(wrong)} in {folder} is not what training left there. Put the file back, "
            f"or go on without the model: manage.py models rollback {model.use}.",
            reason="files_changed",
            name=model.name,
            files=wrong,
        )


def find_running(workspace_id: int, use: str) -> TrainedModel | None:
    """Return the workspace's model for a use, where one runs. One query."""
    return TrainedModel.objects.filter(
        workspace_id=workspace_id, use=use, state=TrainedModel.State.RUNNING
    ).first()


def find_named(name: str) -> TrainedModel | None:
    """Return the trained model of a name, which has its workspace's number in it. One query."""
    return TrainedModel.objects.filter(name=name).first()


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


def _digest_of_file(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
