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
    from language.encode import Encoder

AT_ONCE = 256


def vectors_of(texts: Sequence[str], folder: Path | None = None) -> Floats:
    """Return one unit row per text, from files where they are there, else from the encoder.

    Files are named by the encoder and the texts, a few hundred texts each, so that a run that
    was cut short goes on where it stopped. The encoder is loaded only where something is missing.

    Shapes: returns (B, D).
    """
    folder = folder or settings.VAR / "vectors"
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, len(texts), AT_ONCE)
    return as_floats(np.concatenate([_part(texts[at : at + AT_ONCE], folder) for at in starts]))


def file_of(texts: Sequence[str], folder: Path) -> Path:
    """Return where the vectors of these texts, together, are kept."""
    named = hashlib.sha256("\0".join([settings.ENCODER, *texts]).encode()).hexdigest()
    return folder / f"{named[:32]}.npy"


def _part(texts: Sequence[str], folder: Path) -> Floats:
    path = file_of(texts, folder)
    if not path.is_file():
        np.save(path, _encoder().encode(texts))
    return as_floats(np.load(path))


@lru_cache(maxsize=1)
def _encoder() -> "Encoder":
    """Open the encoder that the settings name."""
    from language.encode import Encoder  # noqa: PLC0415 - only who encodes pays for torch

    return Encoder.load(settings.ENCODER, models=settings.MODELS, device=settings.DEVICE or None)
