"""The order of a playlist: each item close to the one before it."""

import numpy as np

from core.arrays import Doubles, Floats, Indices

# A reversal that saves less than this is a rounding error.
NEGLIGIBLE = 1e-9


def smooth_order(vectors: Floats, *, start: int = 0) -> Indices:
    """Order items so that the way from each to the next is short, beginning at `start`.

    A chain to the nearest one left (Rosenkrantz, Stearns & Lewis, 1977), then 2-opt (Croes, 1958):
    stretches of the line are turned round for as long as that shortens the way,

        way = sum_k  1 - cosine(v_k, v_k+1).

    The first item stays; the line is open and does not lead back. Level choices go to the item
    that came first. The same input gives the same order.

    Shapes: vectors (K, D) of unit rows, zero where an item has none; returns (K,) positions.
    """
    if not len(vectors):
        return np.empty(0, dtype=np.intp)
    far = 1.0 - np.asarray(vectors, dtype=np.float64) @ np.asarray(vectors, dtype=np.float64).T
    return _two_opt(_chain(far, start), far)


def transitions(vectors: Floats) -> Floats:
    """Return the cosine of each item to the next. Shapes: vectors (K, D); returns (K - 1,)."""
    return np.asarray(np.sum(vectors[:-1] * vectors[1:], axis=1), dtype=np.float32)


def _chain(far: Doubles, start: int) -> Indices:
    count = len(far)
    line = np.empty(count, dtype=np.intp)
    is_open = np.ones(count, dtype=bool)
    here = start
    for place in range(count):
        line[place] = here
        is_open[here] = False
        here = int(np.argmin(np.where(is_open, far[here], np.inf)))
    return line


def _two_opt(line: Indices, far: Doubles) -> Indices:
    """Turn round the stretch that saves most, until none saves anything."""
    count = len(line)
    starts, ends = np.triu_indices(count, k=1)
    starts, ends = starts[starts > 0], ends[starts > 0]
    if not len(starts):
        return line
    has_next = ends + 1 < count
    after = np.minimum(ends + 1, count - 1)
    for _ in range(count * count):
        before, first, last, following = (line[at] for at in (starts - 1, starts, ends, after))
        saved = far[before, first] - far[before, last]
        saved += np.where(has_next, far[last, following] - far[first, following], 0.0)
        best = int(np.argmax(saved))
        if saved[best] <= NEGLIGIBLE:
            return line
        stretch = slice(starts[best], ends[best] + 1)
        line[stretch] = line[stretch][::-1].copy()
    return line
