"""Vectors of texts from the encoder that serves, kept in files so that each is made once."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from core.arrays import Floats, as_floats

if TYPE_CHECKING:
    from language.encode import Encoder, Role

AT_ONCE = 256


def vectors_of(
    texts: Sequence[str], folder: Path | None = None, *, role: "Role" = "passage"
) -> Floats:
    """Return one unit row per text, from files where they are there, else from the encoder.

    Files are named by the encoder and the texts, a few hundred texts each, so that a run that
    was cut short goes on where it stopped. The encoder is loaded only where something is missing.
    `role` is what the texts are to the encoder: passages, or single words as a query.

    Shapes: returns (B, D).
    """
    folder = folder or settings.VAR / "vectors"
    folder.mkdir(parents=True, exist_ok=True)
    if not texts:
        return _encoder().encode(texts)
    starts = range(0, len(texts), AT_ONCE)
    parts = [_part(texts[at : at + AT_ONCE], folder, role) for at in starts]
    return as_floats(np.concatenate(parts))


def file_of(texts: Sequence[str], folder: Path, role: "Role" = "passage") -> Path:
    """Return where the vectors of these texts, together, are kept."""
    of = [settings.ENCODER] if role == "passage" else [settings.ENCODER, role]
    named = hashlib.sha256("\0".join([*of, *texts]).encode()).hexdigest()
    return folder / f"{named[:32]}.npy"


def _part(texts: Sequence[str], folder: Path, role: "Role") -> Floats:
    path = file_of(texts, folder, role)
    if not path.is_file():
        np.save(path, _encoder().encode(texts, role=role))
    return as_floats(np.load(path))


@lru_cache(maxsize=1)
def _encoder() -> "Encoder":
    """Open the encoder that the settings name."""
    from language.encode import Encoder  # noqa: PLC0415 - only who encodes pays for torch

    return Encoder.load(settings.ENCODER, models=settings.MODELS, device=settings.DEVICE or None)
