"""How good lists are as a whole, and how sure a mean over users is."""

from typing import NamedTuple

import numpy as np

from core.arrays import Doubles, Floats, Ids

DRAWS_AT_ONCE = 100


class Interval(NamedTuple):
    """A mean (or a difference of means) with its 95 % interval."""

    value: float
    low: float
    high: float


def coverage(slates: Ids, n_items: int) -> float:
    """Return the share of the catalogue that stands on any slate.

    Shapes: slates (U, K), padded with -1. Units: in [0, 1].
    """
    shown = np.unique(slates[slates >= 0])
    return float(len(shown) / n_items)


def gini(slates: Ids, n_items: int) -> float:
    """Return how unequally the places are shared out: 0 all items alike, near 1 a few items.

    Shapes: slates (U, K), padded with -1.
    """
    counts = np.sort(np.bincount(slates[slates >= 0], minlength=n_items)).astype(np.float64)
    if not counts.sum():
        return 0.0
    place = np.arange(1, n_items + 1)
    return float(((2 * place - n_items - 1) * counts).sum() / (n_items * counts.sum()))


def novelty(slates: Ids, counts: Floats) -> float:
    """Return the mean surprise of what is shown, -log2 of the share of users who took to it.

    Items that nobody took to count as if one user had. Shapes: slates (U, K), padded with -1;
    counts (I,), users per item, the largest no greater than the number of users.
    Units: bits; relative to the most popular item, which has 0.
    """
    shown = slates[slates >= 0]
    if not len(shown):
        return 0.0
    share = np.maximum(counts, 1.0) / max(float(counts.max()), 1.0)
    return float(-np.log2(share[shown]).mean())


def intra_list_diversity(slates: Ids, vectors: Floats) -> float:
    """Return the mean of 1 - cosine over pairs of one slate, averaged over slates.

    Shapes: slates (U, K), padded with -1; vectors (I, D) of unit rows.
    """
    spreads = []
    for slate in slates:
        shown = vectors[slate[slate >= 0]].astype(np.float64)
        count = len(shown)
        if count > 1:
            alike = np.square(shown.sum(axis=0)).sum() - np.square(shown).sum()
            spreads.append(1.0 - alike / (count * (count - 1)))
    return float(np.mean(spreads)) if spreads else 0.0


def interval(values: Doubles, rng: np.random.Generator, n: int = 2_000) -> Interval:
    """Return the mean over users with the 95 % interval of a bootstrap over users.

    Shapes: values (U,). An empty sample is 0 with no width.
    """
    return intervals(np.asarray(values, dtype=np.float64)[:, None], rng, n)[0]


def intervals(table: Doubles, rng: np.random.Generator, n: int = 2_000) -> list[Interval]:
    """Return `interval` of every column, all from the same draws: drawing is what costs.

    Shapes: table (U, C); returns C intervals.
    """
    if not len(table):
        return [Interval(0.0, 0.0, 0.0)] * table.shape[1]
    low, high = np.quantile(_resampled_means(table, rng, n), [0.025, 0.975], axis=0)
    return [Interval(*map(float, one)) for one in zip(table.mean(axis=0), low, high, strict=True)]


def paired_bootstrap(
    first: Doubles, second: Doubles, rng: np.random.Generator, n: int = 2_000
) -> Interval:
    """Return the mean of first - second with its 95 % interval, resampling users in pairs.

    Shapes: first and second (U,), the same users in the same order.
    """
    return interval(np.asarray(first, dtype=np.float64) - second, rng, n)


def _resampled_means(table: Doubles, rng: np.random.Generator, n: int) -> Doubles:
    """Draw users with replacement `n` times; counts per user are multinomial. Returns (n, C)."""
    count = len(table)
    chance = np.full(count, 1.0 / count)
    means = np.empty((n, table.shape[1]))
    for start in range(0, n, DRAWS_AT_ONCE):
        some = means[start : start + DRAWS_AT_ONCE]
        some[:] = rng.multinomial(count, chance, size=len(some)) @ table / count
    return means
