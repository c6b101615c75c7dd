"""How alike two ranked lists are, and how far a list is about something."""

from collections.abc import Collection, Sequence

import numpy as np


def rank_biased_overlap(
    first: Sequence[str], second: Sequence[str], *, p: float = 0.9
) -> float | None:
    """Return the extrapolated rank-biased overlap of two lists, which may differ in length.

    Webber, Moffat & Zobel (2010), equation 32: the agreement at each depth, weighed by p ** depth,
    with what was seen at the end taken to go on. 1 where one list begins the other; None where a
    list is empty, which says nothing.
    """
    short, long = sorted((first, second), key=len)
    if not short:
        return None
    s, n = len(short), len(long)
    shared = np.array([len(set(short[:d]) & set(long[:d])) for d in range(1, n + 1)], dtype=float)
    depth = np.arange(1, n + 1)
    seen = (shared / depth * p**depth).sum()
    at_end = shared[s - 1]
    beyond = depth[s:]
    guessed = (at_end * (beyond - s) / (s * beyond) * p**beyond).sum()
    tail = ((shared[-1] - at_end) / n + at_end / s) * p**n
    return float((1 - p) / p * (seen + guessed) + tail)


def tag_ndcg(shown: Sequence[str], bearers: Collection[str], *, k: int = 20) -> float:
    """Return how far the first k places are about a tag: 1 where all that could bear it do.

    The gain of an item is 1 where it bears the tag, discounted by log2(1 + place), over that of
    the best list that the bearers could make. No bearers is 0.
    """
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    best = discounts[: min(k, len(bearers))].sum()
    hits = [place for place, item in enumerate(shown[:k]) if item in bearers]
    return float(discounts[hits].sum() / best) if best else 0.0
