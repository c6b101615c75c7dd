"""How fast a worker reads a workspace's own reviews, with all it does for each."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from django.db import transaction

from catalog.services.spaces import ensure_space
from core.errors import NotReadyError
from core.stages import Stage
from profiles.models import Review
from workers.heads import encoder_of
from workers.stages import BY_STAGE
from workers.tasks.texts import Reader, clean_reviews, encode_reviews

Say = Callable[[str], None]
# So many reviews are worked on before it counts: a worker loads dictionaries once in its life.
WARMING = 16
Work = Callable[[int, Sequence[int]], int]


def worker_pace(workspace_id: int, count: int, *, seed: int, say: Say) -> dict[str, Any]:
    """Measure reviews a second as the stages clean, read and encode do them, batch by batch.

    Texts come from the database and go back to it: language, sentiment and safety by what runs in
    the workspace, aspects by its whole vocabulary, and the vector. All of it is taken back at the
    end; until then the reviews are locked. `per_core_second` counts the seconds that this process
    had a core, and so leaves out what the database's does; on a GPU it says nothing. Raises
    NotReadyError where no review has been cleaned.
    """
    ids = _drawn(workspace_id, count, seed)
    with transaction.atomic():
        try:
            return _measured(workspace_id, ids, say)
        finally:
            transaction.set_rollback(True)


def _measured(workspace_id: int, ids: Sequence[int], say: Say) -> dict[str, Any]:
    encoder = encoder_of(workspace_id)
    space = ensure_space(
        workspace_id=workspace_id,
        encoder=encoder.name,
        revision=encoder.revision,
        dimensions=encoder.dimensions,
    )
    started = time.perf_counter()
    reader = Reader(workspace_id)
    prepared = time.perf_counter() - started
    works: dict[Stage, Work] = {
        Stage.CLEAN: clean_reviews,
        Stage.READ: reader,
        Stage.ENCODE: partial(encode_reviews, space=space, encoder=encoder),
    }
    seconds: dict[str, float] = {}
    worked: dict[str, float] = {}
    for stage, work in works.items():
        say(str(stage))
        work(workspace_id, ids[:: max(1, len(ids) // WARMING)])
        started, before = time.perf_counter(), time.process_time()
        for batch in _batches(stage, ids):
            work(workspace_id, batch)
        seconds[str(stage)] = time.perf_counter() - started
        worked[str(stage)] = time.process_time() - before
    total, of_cores = sum(seconds.values()), sum(worked.values())
    heads = reader.by.heads
    languages = Review.objects.filter(pk__in=ids).values_list("language", flat=True)
    return {
        "texts": len(ids),
        "languages": dict(Counter(languages).most_common()),
        "words": len(reader.given) + len(reader.aspects),
        "sentiment": "head" if heads.sentiment else "lexicon",
        "safety": "head" if heads.safety else "lexicon",
        "per_second": round(len(ids) / total, 1),
        "per_core_second": round(len(ids) / of_cores, 1),
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
        "core_seconds": {name: round(value, 4) for name, value in worked.items()},
        "prepared_seconds": round(prepared, 2),
    }


def _drawn(workspace_id: int, count: int, seed: int) -> list[int]:
    cleaned = Review.objects.filter(workspace_id=workspace_id).exclude(clean_text="")
    found = np.array(cleaned.order_by("pk").values_list("pk", flat=True), dtype=np.int64)
    if not len(found):
        raise NotReadyError("No review has been cleaned here yet: let the workers run first.")
    rng = np.random.default_rng(seed)
    return sorted(rng.choice(found, size=min(count, len(found)), replace=False).tolist())


def _batches(stage: Stage, ids: Sequence[int]) -> list[Sequence[int]]:
    """Return the reviews as the stage claims them."""
    size = next(part.batch for part in BY_STAGE[stage].parts if part.rows == "reviews")
    return [ids[start : start + size] for start in range(0, len(ids), size)]
