"""Where the tastes of many users point, and how they score the whole catalogue."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, as_floats
from profiles.modelling.taste import Direction, TasteConfig, directions_of
from recommendations.engine.sources import taste_scores

CONFIG = TasteConfig()
# Compared with the catalogue in one product.
USERS_AT_ONCE = 64


def taste_rows(histories: csr_array, vectors: Floats) -> Floats:
    """Score all items for many users as a request does: by each one's interests and aversions.

    Tastes are drawn from the histories as portraits draw them, and compared by the same function
    as in serving. Who has none scores 0.

    Shapes: histories (B, I), faded signed weights; vectors (I, D) of unit rows, zero where an item
    has no text; returns (B, I).
    """
    found = np.zeros(histories.shape, dtype=np.float32)
    drawn = [(row, own) for row, own in enumerate(tastes_of(histories, vectors)) if own]
    for start in range(0, len(drawn), USERS_AT_ONCE):
        some = drawn[start : start + USERS_AT_ONCE]
        cosines = as_floats([one.vector for _, own in some for one in own]) @ vectors.T
        first = 0
        for row, own in some:
            weights = as_floats([one.weight for one in own])
            found[row] = taste_scores(cosines[first : first + len(own)], weights)
            first += len(own)
    return found


def tastes_of(histories: csr_array, vectors: Floats) -> Iterator[list[Direction]]:
    """Draw each user's directions of taste from the items of their history that have a text.

    Shapes: as `taste_rows`; yields B lists.
    """
    has_text = np.asarray(vectors.any(axis=1))
    for start, end in zip(histories.indptr[:-1], histories.indptr[1:], strict=True):
        items, weights = histories.indices[start:end], histories.data[start:end]
        items, weights = items[has_text[items]], weights[has_text[items]]
        yield directions_of(vectors[items], weights.astype(np.float64), CONFIG)
