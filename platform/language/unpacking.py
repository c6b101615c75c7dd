"""Make a model's folder once: whole or not at all, whoever else is making it too."""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

MANIFEST = "likeness.json"


def unpacked(models: Path, name: str, revision: str, write: Callable[[Path], None]) -> Path:
    """Return `models/name` at `revision`, having `write` fill it where it is not there yet.

    The folder is written beside its place and renamed. When two processes race, the first to
    finish wins and the other throws its copy away. `write` leaves a MANIFEST with the revision.
    """
    target = models / name
    if _is_ready(target, revision):
        return target
    models.mkdir(parents=True, exist_ok=True)
    written = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=models))
    try:
        write(written / "new")
        _put_in_place(written, target, revision)
    finally:
        shutil.rmtree(written, ignore_errors=True)
    return target


def write_manifest(folder: Path, **said: str) -> None:
    """Say in the folder what it holds: its name, its revision, the source's digest."""
    (folder / MANIFEST).write_text(json.dumps(said, indent=2), encoding="utf-8")


def _is_ready(folder: Path, revision: str) -> bool:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return False
    return bool(json.loads(manifest.read_text(encoding="utf-8")).get("revision") == revision)


def _put_in_place(written: Path, target: Path, revision: str) -> None:
    if target.exists() and not _is_ready(target, revision):
        target.rename(written / "outdated")
    try:
        (written / "new").rename(target)
    except OSError:
        if not _is_ready(target, revision):  # anything but having lost the race
            raise
