"""Rates with their 95 % intervals, where one user's impressions are not independent."""

from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtrit

from recommendations.engine.metrics import Interval

Z = 1.959964


@dataclass(frozen=True, slots=True)
class Tally:
    """What users saw and what came of it: of each user m trials, k of them hits, summed over users.

    The sums are enough for a rate and its interval, however many users there are: `trials` of m,
    `hits` of k, `trials_squared` of m * m, `hits_squared` of k * k, and `crossed` of k * m.
    """

    users: int = 0
    trials: int = 0
    hits: int = 0
    trials_squared: float = 0.0
    hits_squared: float = 0.0
    crossed: float = 0.0


def effective(tally: Tally) -> float:
    """Return how many independent trials those of several users are worth.

    The variance of the ratio of sums, by linearisation over users, over that of a binomial is the
    design effect (Kish, 1965; Rao & Scott, 1992); trials are divided by it where it is above 1.
    That variance is itself an estimate from a few users: what is left is taken times
    (1.96 / t)², with t the 97.5 % point of Student's t of users - 1 degrees of freedom
    (Korn & Graubard, 1998), though not below what it is worth where each user's trials all say
    the same: trials² / sum of m² (Kish, 1965), at most the number of users. Where no variance can
    be seen, with one user or where nobody or everybody hit, nothing tells that they do not, and it
    is that number.
    """
    if not tally.trials:
        return 0.0
    alike = tally.trials**2 / tally.trials_squared
    rate = tally.hits / tally.trials
    if tally.users < 2 or not 0 < rate < 1:
        return alike
    squares = tally.hits_squared - 2 * rate * tally.crossed + rate * rate * tally.trials_squared
    variance = tally.users / (tally.users - 1) * max(0.0, squares) / tally.trials**2
    worth = tally.trials / max(1.0, variance / (rate * (1 - rate) / tally.trials))
    known = (Z / float(stdtrit(tally.users - 1, 0.975))) ** 2
    return max(min(alike, worth), worth * known)


def wilson(rate: float, trials: float) -> Interval:
    """Return a share of so many independent trials with Wilson's score interval (1927).

    Without any trial nothing is known: 0, between 0 and 1.
    """
    if not trials:
        return Interval(0.0, 0.0, 1.0)
    middle = (rate + Z * Z / (2 * trials)) / (1 + Z * Z / trials)
    spread = sqrt(rate * (1 - rate) / trials + Z * Z / (4 * trials * trials))
    half = Z / (1 + Z * Z / trials) * spread
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))


def difference(ours: Interval, base: Interval) -> Interval:
    """Return by how much one share is above another: Newcombe's hybrid interval (1998)."""
    value = ours.value - base.value
    down = sqrt((ours.value - ours.low) ** 2 + (base.high - base.value) ** 2)
    up = sqrt((ours.high - ours.value) ** 2 + (base.value - base.low) ** 2)
    return Interval(value, value - down, value + up)


def rate_of(tally: Tally) -> Interval:
    """Return the share over all users, its interval widened by how alike each one's trials are."""
    return wilson(tally.hits / max(1, tally.trials), effective(tally))
