"""Which revision of a model it is that was loaded."""

import hashlib
from pathlib import Path
from typing import Any


def revision_of(place: str, model: Any) -> str:
    """Return the hub's commit of a loaded model, or for a folder a digest of its weights."""
    if not Path(place).is_dir():
        return str(getattr(model.config, "_commit_hash", None) or "unknown")
    digest = hashlib.sha256()
    for file in sorted(Path(place).glob("*.safetensors")):
        with file.open("rb") as weights:
            digest.update(hashlib.file_digest(weights, "sha256").digest())
    return digest.hexdigest()[:12]
