"""Keep a slate from saying the same thing K times."""

import numpy as np

from core.arrays import Floats, Indices, as_floats


def diversify(
    scores: Floats,
    vectors: Floats,
    *,
    length: int,
    relevance: float = 0.7,
    span: tuple[float, float] | None = None,
) -> Indices:
    """Pick `length` items greedily by maximal marginal relevance (Carbonell & Goldstein, 1998).

    Each step takes the item with the best
        relevance * score  -  (1 - relevance) * (cosine to the nearest item already picked)
    where scores are first brought to [0, 1], so that relevance means the same on every list; give
    their `span`, lowest and highest, where they are part of more. What is below 0 among better
    ones was spoken against: it stays below 0, and being unlike the others does not make up for it.

    Shapes: scores (C,); vectors (C, D) of unit rows, zero where an item has none; returns (K,)
    positions into scores, best first, with K = min(length, C).
    Units: relevance in [0, 1]; 1 keeps the plain ranking. Ties go to the earlier item.
    """
    length = min(length, len(scores))
    picked = np.empty(length, dtype=np.intp)
    if not length:
        return picked
    lowest, highest = span or (float(scores.min()), float(scores.max()))
    lowest = max(lowest, 0.0) if highest > 0 else lowest
    merit = as_floats((scores - lowest) / ((highest - lowest) or 1.0))
    nearest = np.zeros(len(scores), dtype=np.float32)
    is_open = np.ones(len(scores), dtype=bool)
    for rank in range(length):
        gain = relevance * merit - (1 - relevance) * nearest
        picked[rank] = best = int(np.argmax(np.where(is_open, gain, -np.inf)))
        is_open[best] = False
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return picked
