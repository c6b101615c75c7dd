"""Figures with their intervals, as they stand in the report."""

from typing import Any

import numpy as np

from core.arrays import Doubles
from recommendations.engine.metrics import Interval, interval, paired_bootstrap
from recommendations.engine.rates import wilson

DRAWS = 2_000
Figure = dict[str, Any]


def rounded(found: Interval, digits: int = 5) -> Figure:
    """Return the interval as plain values."""
    return {name: round(one, digits) for name, one in found._asdict().items()}


def value(values: Doubles, rng: np.random.Generator) -> Figure:
    """Return the mean over users, with its 95 % interval. Shapes: values (B,)."""
    return rounded(interval(values, rng))


def difference(first: Doubles, second: Doubles, rng: np.random.Generator) -> Figure:
    """Return the mean of first - second, user by user, with its interval. Shapes: both (B,)."""
    return rounded(paired_bootstrap(first, second, rng))


def ratio(first: Doubles, second: Doubles, rng: np.random.Generator) -> Figure:
    """Return mean(first) / mean(second), with the interval of users drawn anew in pairs.

    A denominator of zero gives zero. Shapes: both (B,), the same users.
    """
    whole = float(second.mean()) if len(second) else 0.0
    if not whole:
        return rounded(Interval(0.0, 0.0, 0.0))
    count = len(first)
    draws = rng.multinomial(count, np.full(count, 1.0 / count), size=DRAWS)
    found = (draws @ first) / np.maximum(draws @ second, 1e-12)
    low, high = np.quantile(found, [0.025, 0.975])
    return rounded(Interval(float(first.mean()) / whole, float(low), float(high)))


def share(hits: int, count: int) -> Figure:
    """Return a share with its 95 % interval by Wilson (1927). None of none is 0 with no width."""
    if not count:
        return {**rounded(Interval(0.0, 0.0, 0.0)), "count": 0}
    return {**rounded(wilson(hits / count, count)), "count": count}


def absent(why: str) -> Figure:
    """Return the row of a figure that does not apply, with the sentence that says why."""
    return {"value": None, "why": why}
