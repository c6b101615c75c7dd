"""Rates with their 95 % intervals, where one user's impressions are not independent."""

from math import sqrt

import numpy as np

from core.arrays import Doubles
from recommendations.engine.metrics import Interval

Z = 1.959964


def effective(hits: Doubles, trials: Doubles) -> float:
    """Return how many independent trials those of several users are worth.

    The variance of the ratio of sums, by linearisation over users, over that of a binomial is the
    design effect (Kish, 1965); trials are divided by it where it is above 1.

    Shapes: both (U,), one entry a user.
    """
    total, users = float(trials.sum()), len(trials)
    rate = float(hits.sum()) / total if total else 0.0
    if users < 2 or not 0 < rate < 1:
        return total
    residuals = hits - rate * trials
    variance = users / (users - 1) * float((residuals**2).sum()) / total**2
    return total / max(1.0, variance / (rate * (1 - rate) / total))


def wilson(hits: float, trials: float, worth: float | None = None) -> Interval:
    """Return the share with Wilson's score interval (1927); `worth` as `effective` gives it.

    Without any trial nothing is known: 0, between 0 and 1.
    """
    n = trials if worth is None else worth
    if not trials or not n:
        return Interval(0.0, 0.0, 1.0)
    rate = hits / trials
    middle = (rate + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n))
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))


def difference(ours: Interval, base: Interval) -> Interval:
    """Return by how much one share is above another: Newcombe's hybrid interval (1998)."""
    value = ours.value - base.value
    down = sqrt((ours.value - ours.low) ** 2 + (base.high - base.value) ** 2)
    up = sqrt((ours.high - ours.value) ** 2 + (base.value - base.low) ** 2)
    return Interval(value, value - down, value + up)


def rate_of(hits: Doubles, trials: Doubles) -> Interval:
    """Return the share over all users, its interval widened by how alike each one's trials are.

    Shapes: both (U,), one entry a user.
    """
    return wilson(float(np.sum(hits)), float(np.sum(trials)), effective(hits, trials))
