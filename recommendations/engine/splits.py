"""Cut a log into what is learnt from, what is tuned on, and what is kept for the end."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Ids, Indices
from recommendations.engine.log import Log, distinct, likings_before, take

TRAIN, VALIDATION, TEST = 0, 1, 2
LEAST_POSITIVES = 5


@dataclass(frozen=True, slots=True)
class Split:
    """Three logs over the same users and items."""

    name: str
    train: Log
    validation: Log
    test: Log


def time_split(log: Log, *, train: float = 0.8, validation: float = 0.1) -> Split:
    """Cut at two moments: the first `train` share of all positives, the next, and the rest.

    What was disliked or merely met goes by the same two moments, so nothing learnt from is later
    than anything tested on. Repeated pairs of user and item keep their first row only.
    Units: train and validation as shares of the positives, together below 1.
    """
    rows = distinct(log)
    rows = take(rows, np.argsort(rows.times, kind="stable"))
    before, count = likings_before(rows), int((rows.weights > 0).sum())
    first, second = round(train * count), round((train + validation) * count)
    part = np.where(before < first, TRAIN, np.where(before < second, VALIDATION, TEST))
    return _cut("time", rows, part)


def user_split(
    log: Log, *, seed: int = 0, shuffle: bool = False, shuffle_ties: bool = False
) -> Split:
    """Cut each user's own row of positives: first 70 % train, next 10 % validation, last 20 % test.

    Users with fewer than five positives are learnt from and not tested. What a user disliked or
    merely met goes with the positives around it. Where nothing is dated ask for a seeded
    `shuffle` in place of the order in time. Where only days are known, the order within a day
    may be one of file or product code: `shuffle_ties` draws it with the seed.
    """
    rows = distinct(log)
    tie_breaker = np.random.default_rng(seed).permutation(len(rows))
    if shuffle:
        order = np.lexsort((tie_breaker, rows.users))
    elif shuffle_ties:
        order = np.lexsort((tie_breaker, rows.times, rows.users))
    else:
        order = np.lexsort((rows.times, rows.users))
    rows = take(rows, order)
    name = "user-shuffled-ties" if shuffle_ties else "user"
    return _cut(name, rows, _parts_by_user(rows.users, rows.weights > 0))


def tied_share(log: Log) -> float:
    """Return the share of rows whose user has another row of the same moment.

    Where it is 0, `shuffle_ties` has nothing to draw.
    """
    rows = distinct(log)
    if not len(rows):
        return 0.0
    pairs = np.stack([rows.users.astype(np.float64), rows.times], axis=1)
    _, place, count = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    return float((count[place.ravel()] > 1).mean())


def _parts_by_user(users: Ids, liked: np.ndarray) -> Ids:
    """Say for rows sorted by user, then order, which part each belongs to. Shapes: all (T,)."""
    totals = np.bincount(users, liked)[users].astype(np.int64)
    running = np.cumsum(liked)
    starts = np.searchsorted(users, users, side="left")
    before_user = np.where(starts > 0, running[starts - 1], 0)
    before = running - liked - before_user
    first, second = totals * 7 // 10, totals * 8 // 10
    part = np.where(before < first, TRAIN, np.where(before < second, VALIDATION, TEST))
    return np.where(totals >= LEAST_POSITIVES, part, TRAIN)


def _cut(name: str, rows: Log, part: Ids) -> Split:
    kept: list[Indices] = [np.flatnonzero(part == one) for one in (TRAIN, VALIDATION, TEST)]
    return Split(name, *(take(rows, positions) for positions in kept))
