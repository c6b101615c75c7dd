"""Cut a source's opinion down to the candidates that are worth a closer look."""

import numpy as np

from core.arrays import Bools, Doubles, Floats, Ids, as_floats, unit_rows
from recommendations.engine.blend import PLACES, BlendConfig

LEAST_CANDIDATES = 2 * PLACES
CANDIDATES_PER_PLACE = 4
SHARES = {
    **dict.fromkeys(("popular", "recent", "trending", "segment", "new"), 0.5),
    "taste": 1 / 3,
}


def most_of(source: str, length: int) -> int:
    """Return how many items a source may name for a list of that length.

    Every candidate is read whole, so their number is what a request costs. No source names fewer
    than have a place on the "rank" scale, but for tastes, which are not ranked: each taste of a
    user names so many.
    """
    most = max(LEAST_CANDIDATES, CANDIDATES_PER_PLACE * length)
    return int(most * SHARES.get(source, 1.0))


def best_of(items: Ids, scores: Floats | Doubles, *, barred: Ids, most: int) -> Ids:
    """Return the `most` best items that are not barred, best first. Shapes: items, scores (C,)."""
    ranked = items[np.argsort(-scores, kind="stable")]
    return ranked[~np.isin(ranked, barred)][:most]


def with_least(blend: BlendConfig, source: str, share: float) -> BlendConfig:
    """Make a source count at least that share of the weightiest one, for users of every kind.

    What was learnt from clicks may find that statements add nothing to prediction; a user who
    edits a statement must still see the list move.
    """

    def raised(weights: dict[str, float]) -> dict[str, float]:
        least = share * max(weights.values(), default=0.0)
        return weights | {source: max(weights.get(source, 0.0), least)}

    return blend.reweighed(raised)


def centred(vectors: Floats, has_vector: Bools) -> Floats:
    """Measure candidates from their common middle, so that cosines tell them apart.

    Text encoders put all texts into a narrow cone, in which everything looks alike. An item
    without a vector becomes zero, which is neither near nor far.

    Shapes: vectors (C, D), has_vector (C,); returns (C, D) of unit or zero rows.
    """
    if not has_vector.any():
        return vectors
    moved = np.where(has_vector[:, None], vectors - vectors[has_vector].mean(axis=0), 0.0)
    return unit_rows(as_floats(moved))
