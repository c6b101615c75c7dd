"""Texts to unit vectors, by any Hugging Face encoder. Only workers import this module."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging
from transformers.utils.hub import cached_file

from core.arrays import Floats, Indices
from core.errors import InvalidError
from language.default import DEFAULT_ENCODER, DEFAULT_REVISION
from language.forward import Network, mean
from language.revisions import revision_of
from language.weights import unpack_default

ENCODER_NOTE = "encoder.json"

Role = Literal["query", "passage"]

transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # untyped there
transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # untyped there


@dataclass(frozen=True, slots=True)
class Encoder:
    """One encoder at one revision, ready on one device.

    `prefix` says whether texts are announced as `query: ` or `passage: `, as the E5 family was
    trained; `pooling` is "mean" or "cls". Units: max_tokens in word pieces, markers included.
    """

    name: str
    revision: str
    dimensions: int
    network: Network
    tokenizer: Any  # transformers' own classes are untyped at this border
    prefix: bool
    pooling: str = "mean"
    max_tokens: int = 256

    @classmethod
    def load(
        cls,
        name_or_path: str = DEFAULT_ENCODER,
        *,
        models: Path,
        device: str | None = None,
        max_tokens: int = 256,
    ) -> Self:
        """Open an encoder: the default or one in `models` by name, a folder, or one of the hub.

        The default is unpacked under `models` when it is not there yet. 256 tokens hold nine
        synopses of ten whole; raise `max_tokens` for a catalogue of long texts, whose cost grows
        with it. Raises InvalidError where there is no such model, or the hub cannot be reached.
        """
        is_default = name_or_path == DEFAULT_ENCODER
        place = place_of(name_or_path, models)
        where = torch.device(device or best_device())
        try:
            tokenizer = AutoTokenizer.from_pretrained(place)
            model = AutoModel.from_pretrained(place, dtype=fitting_type(where))
        except (OSError, ValueError) as error:
            raise InvalidError(
                "No encoder could be loaded: give the default's name, a folder, or a hub name.",
                encoder=name_or_path,
                cause=str(error).splitlines()[0],
            ) from error
        return cls(
            name=name_or_path if is_default else Path(name_or_path).name,
            revision=DEFAULT_REVISION if is_default else revision_of(place, model),
            dimensions=int(model.config.hidden_size),
            network=Network(
                model.to(where).eval(), device=where, filler=tokenizer.pad_token_id or 0
            ),
            tokenizer=tokenizer,
            prefix=speaks_e5(place),
            pooling=_pooling(place),
            max_tokens=min(max_tokens, tokenizer.model_max_length),
        )

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", batch_size: int = 32
    ) -> Floats:
        """Return one unit row per text, in the order given.

        Texts past `max_tokens` are cut. A text's row is the same, bit for bit, whatever it was
        batched with, in which order, and by how many threads.

        Shapes: returns (B, D).
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        spoken = [f"{role}: {text}" for text in texts] if self.prefix else list(texts)
        tokens = self.tokenizer(spoken, truncation=True, max_length=self.max_tokens)["input_ids"]
        return self.network.each(tokens, self._pooled, batch_size=batch_size)

    def _pooled(self, _: Indices, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return one unit row per text. Shapes: hidden (B, T, D), mask (B, T); returns (B, D)."""
        return normalize(hidden[:, 0] if self.pooling == "cls" else mean(hidden, mask), dim=1)


def place_of(encoder: str, models: Path) -> str:
    """Return where an encoder can be opened: the default is unpacked first.

    One that lies in `models` is found there by its name, wherever that folder was moved.
    """
    if encoder == DEFAULT_ENCODER:
        return str(unpack_default(models))
    own = models / encoder
    return str(own) if (own / "config.json").is_file() else encoder


def best_device() -> str:
    """Return the fastest device there is: "cuda", "mps" or "cpu"."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def fitting_type(device: torch.device) -> torch.dtype:
    """Return bfloat16 where the device computes in it, float32 elsewhere.

    On a CPU without such instructions bfloat16 is emulated, and slower than float32.
    """
    native = (
        torch.cuda.is_bf16_supported()
        if device.type == "cuda"
        else device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16", False)
    )
    return torch.bfloat16 if native else torch.float32


def speaks_e5(place: str) -> bool:
    """Return whether the encoder at `place` is told which side of a pair a text is on.

    One that was trained on here says so in a note; of others, the E5 family is.
    """
    note = Path(place) / ENCODER_NOTE
    if note.is_file():
        return bool(json.loads(note.read_text(encoding="utf-8"))["prefix"])
    return "e5" in Path(place).name.lower()


def _pooling(place: str) -> str:
    """Return how sentence-transformers pools this model, where its folder says so."""
    file = cached_file(
        place,
        "1_Pooling/config.json",
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    if file is None:
        return "mean"
    config = json.loads(Path(file).read_text(encoding="utf-8"))
    return "cls" if config.get("pooling_mode_cls_token") else "mean"
