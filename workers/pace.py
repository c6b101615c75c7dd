"""How fast texts become vectors and readings here, beside a library that only encodes."""

import gzip
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.arrays import Floats
from language import read
from language.aspects import ASPECTS
from language.clean import clean
from language.encode import Encoder
from language.match import Matcher

PASSES = 3
Say = Callable[[str], None]

OPENINGS = (
    "I found",
    "We all agreed on",
    "Nobody expected",
    "It is hard to forget",
    "You can skip",
)
THINGS = ("the acting", "this plot", "its slow ending", "the camera work", "every song")
ENDINGS = (
    "wonderful.",
    "dull, though the first hour promised more than it could ever keep.",
    "moving; a film for grown-ups, told without haste and without a single false note.",
    "a mess of good ideas that nobody had the heart to cut.",
)


def texts_of(folder: Path | None, count: int, *, seed: int) -> list[str]:
    """Return texts to measure on: reviews of a folder in the exchange format, or made-up ones."""
    rng = np.random.default_rng(seed)
    if folder is None:
        drawn = zip(*(rng.choice(part, count) for part in (OPENINGS, THINGS, ENDINGS)), strict=True)
        return [f"{opening} {thing} {ending}" for opening, thing, ending in drawn]
    found = [text for text in _written(folder) if text]
    chosen = rng.choice(len(found), size=min(count, len(found)), replace=False)
    return [found[place] for place in np.sort(chosen)]


def _written(folder: Path) -> Iterator[str]:
    with gzip.open(folder / "interactions.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line).get("text", "")


def encoding_pace(encoder: Encoder, place: str, texts: Sequence[str], say: Say) -> dict[str, Any]:
    """Encode the same texts by ours and by sentence-transformers, in turns, and compare.

    Both have the same weights, device, type and longest text; the best pass of each counts, so
    that what else the machine does weighs less. Raises ImportError without that library.
    """
    peer = _peer(place, encoder)
    spoken = [f"passage: {text}" for text in texts] if encoder.prefix else list(texts)
    ours, theirs = [], []
    for number in range(PASSES):
        say(f"encoding, pass {number + 1} of {PASSES}")
        ours.append(_seconds(lambda: encoder.encode(texts)))
        theirs.append(_seconds(lambda: peer(spoken)))
    agreement = (encoder.encode(texts[:64]) * peer(spoken[:64])).sum(axis=1).min()
    return {
        "texts": len(texts),
        "per_second": round(len(texts) / min(ours), 1),
        "peer_per_second": round(len(texts) / min(theirs), 1),
        "ratio": round(min(theirs) / min(ours), 3),
        "least_cosine": round(float(agreement), 5),
    }


def reading_pace(
    encoder: Encoder, heads: read.Heads, texts: Sequence[str], say: Say
) -> dict[str, Any]:
    """Measure reviews a second through clean, language, sentiment, aspects, safety and vector.

    `per_core_second` counts the seconds that this process had a core: what else the machine does
    moves it less. On a GPU it says nothing.
    """
    matcher = Matcher({one.key: list(chain(*one.words.values())) for one in ASPECTS})
    parts = {"clean": 0.0, "read": 0.0, "encode": 0.0}
    say("reading")
    started, worked = time.perf_counter(), time.process_time()
    cleaned = [clean(text) for text in texts]
    parts["clean"] = time.perf_counter() - started
    said = [one.text for one in cleaned]
    parts["read"] = _seconds(
        lambda: read.read(said, [one.language for one in cleaned], matcher, heads)
    )
    parts["encode"] = _seconds(lambda: encoder.encode(said))
    total, worked = sum(parts.values()), time.process_time() - worked
    return {
        "texts": len(texts),
        "per_second": round(len(texts) / total, 1),
        "per_core_second": round(len(texts) / worked, 1),
        "by": "heads" if heads.sentiment else "lexicon",
        "seconds": {name: round(value, 2) for name, value in parts.items()},
        "read_per_second": round(len(texts) / parts["read"], 1),
    }


def hardware(encoder: Encoder) -> dict[str, Any]:
    """Return what the figures were measured on."""
    device = encoder.network.device
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "load": os.getloadavg()[0],
        "type": str(encoder.network.model.dtype).removeprefix("torch."),
        "torch": torch.__version__,
        "encoder": encoder.name,
        "max_tokens": encoder.max_tokens,
    }


def _peer(place: str, encoder: Encoder) -> Callable[[Sequence[str]], Floats]:
    from sentence_transformers import (  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 -- a peer that is measured, and no dependency
        SentenceTransformer,
    )

    model = SentenceTransformer(
        place,
        device=encoder.network.device.type,
        model_kwargs={"dtype": encoder.network.model.dtype},
    )
    model.max_seq_length = encoder.max_tokens

    def encode(texts: Sequence[str]) -> Floats:
        found: Floats = model.encode(
            list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        return found

    return encode


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
