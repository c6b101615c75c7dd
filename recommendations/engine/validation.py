"""Users to tune on: what they met before, and what they took to next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Floats, Ids, Indices
from recommendations.engine.log import Log, join, likings_before, matrix, take

MEASURES = ("ndcg@10", "ndcg@20", "recall@20", "recall@10")
NDCG_AT_20 = MEASURES.index("ndcg@20")
# Choices are made on the first three; what is measured besides moves none of them.
TUNED_ON = MEASURES[:3]
PAIRS_AT_ONCE = 512
# Of those that a ranking puts first so many are looked at more closely: what nobody puts among
# them hardly reaches the first twenty of any blend.
CANDIDATES = 100
# What the rest of them are compared with.
LEADERS = 20
# In lengths of each user's part of the validation.
LONGER_VIEW = 2


@dataclass(frozen=True, slots=True)
class Cases:
    """Users with something new to find, in ascending order.

    Shapes: users (B,); met (B, I), entries where the user met an item before, in any way;
    wanted (B, I), entries where they took to one later, none of them met.
    """

    users: Ids
    met: csr_array
    wanted: csr_array

    @classmethod
    def of(cls, past: Log, future: Log, *, most: int | None = None, seed: int = 0) -> Self:
        """Gather the users of `future`, at most `most` of them, drawn with the seed."""
        ones = np.ones(len(past), dtype=np.float32)
        shape = (past.n_users, past.n_items)
        met = csr_array((ones, (past.users, past.items)), shape=shape)
        wanted = matrix(future)
        new = csr_array(wanted - wanted.multiply(met > 0))
        new.eliminate_zeros()
        users = np.flatnonzero(np.diff(new.indptr)).astype(np.int64)
        if most is not None and len(users) > most:
            users = np.sort(np.random.default_rng(seed).choice(users, most, replace=False))
        return cls(users=users, met=csr_array(met[users]), wanted=csr_array(new[users]))

    def __len__(self) -> int:
        return len(self.users)

    def barred(self, row: int) -> Bools:
        """Return which items the user met before. Shapes: returns (I,)."""
        mask = np.zeros(self.met.shape[1], dtype=np.bool_)
        mask[self.met.indices[self.met.indptr[row] : self.met.indptr[row + 1]]] = True
        return mask

    def relevant(self, row: int) -> Indices:
        """Return the items to be found. Shapes: returns (R,), R > 0."""
        start, end = self.wanted.indptr[row : row + 2]
        found: Indices = self.wanted.indices[start:end].astype(np.intp)
        return found

    def counts(self) -> Ids:
        """Return how many items each user is to find. Shapes: returns (B,), all above 0."""
        counts: Ids = np.diff(self.wanted.indptr).astype(np.int64)
        return counts

    def seekers(self) -> Indices:
        """Return the row of each wanted item, in the order of `wanted`. Shapes: returns (P,)."""
        rows: Indices = np.repeat(np.arange(len(self)), self.counts())
        return rows

    def some(self, rows: Indices) -> "Cases":
        """Keep some of the users, by position."""
        return Cases(self.users[rows], csr_array(self.met[rows]), csr_array(self.wanted[rows]))

    def parts(self, most: int) -> Iterator["Cases"]:
        """Go through the users in order, at most so many at a time."""
        for start in range(0, len(self), most):
            yield self.some(np.arange(start, min(start + most, len(self))))


def open_scores(cases: Cases, scores: Floats) -> Floats:
    """Return the scores with -inf for what a user met before. Shapes: (B, I), as given.

    Raises ValueError where a score is not finite: in a comparison, NaN would pass for the best.
    """
    if not np.isfinite(scores).all():
        raise ValueError("Every score must be a finite number.")
    opened = np.array(scores, dtype=np.float32)
    opened[cases.met.nonzero()] = -np.inf
    return opened


def ranks(cases: Cases, scores: Floats) -> Doubles:
    """Return the place of every wanted item among all items that its user had not met.

        rank_j = 1 + #(better than j) + #(others equal to j) / 2

    A model that gives everything the same score is thus neither helped nor hurt by file order.

    Shapes: scores (B, I); returns (P,), in the order of `cases.wanted`.
    Raises ValueError where a score is not finite.
    """
    ranked = open_scores(cases, scores)
    users, items = cases.seekers(), cases.wanted.indices
    found = np.empty(len(users), dtype=np.float64)
    for start in range(0, len(users), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        found[part] = _ranks_in(ranked[users[part]], items[part])
    return found


def _ranks_in(rows: Floats, places: Indices) -> Doubles:
    """Return the rank of one entry of each row, ties counted half. Shapes: (P, C), (P,); (P,)."""
    own = rows[np.arange(len(rows)), places][:, None]
    better, level = (rows > own).sum(axis=1), (rows == own).sum(axis=1)
    return np.asarray(1.0 + better + (level - 1) / 2.0)


def measures_of(found: Doubles, users: Indices, counts: Ids) -> Doubles:
    """Turn ranks into measures per user: NDCG and recall in the first places.

        DCG = sum over ranks r <= k of 1 / log2(1 + r)    (Järvelin & Kekäläinen, 2002)

    Shapes: found and users (P,), the rank of a wanted item and whose it is; counts (B,), wanted
    items per user; returns (B, 4), in the order of MEASURES.
    """
    ideal = np.cumsum(1.0 / np.log2(np.arange(2, 22)))
    discounts = 1.0 / np.log2(1.0 + found)
    table = np.empty((len(counts), len(MEASURES)))
    for column, k in enumerate((10, 20)):
        reached = np.bincount(users, discounts * (found <= k), minlength=len(counts))
        table[:, column] = reached / ideal[np.minimum(counts, k) - 1]
    for column, k in ((2, 20), (3, 10)):
        table[:, column] = np.bincount(users, found <= k, minlength=len(counts)) / counts
    return table


def measure(cases: Cases, scores: Floats) -> Doubles:
    """Measure one ranking per user. Shapes: scores (B, I); returns (B, 4), named by MEASURES."""
    return measures_of(ranks(cases, scores), cases.seekers(), cases.counts())


def worth(measures: Doubles) -> Doubles:
    """Return the one figure per user that everything is tuned on, the mean of three measures.

    They are NDCG@10, NDCG@20 and recall@20. Shapes: measures (B, 4); returns (B,).
    """
    return np.asarray(measures[:, : len(TUNED_ON)].mean(axis=1))


def worth_among(scores: Floats, users: Indices, places: Indices, wanted: Ids) -> Doubles:
    """Return what a ranking of each user's candidates is worth; one left out is not found.

    Shapes: scores (B, C), -inf past a user's last candidate; users and places (P,), the row and
    column of each wanted item that is a candidate; wanted (B,), how many there are; returns (B,).
    """
    return worth(measures_of(_ranks_in(scores[users], places), users, wanted))


def merit(cases: Cases, scores: Floats) -> float:
    """Return the mean worth of a ranking to the users. Shapes: scores (B, I). No users is 0."""
    return float(worth(measure(cases, scores)).mean()) if len(cases) else 0.0


@dataclass(frozen=True, slots=True)
class Fold:
    """One rehearsal: what was known at some moment, and users whose next likings came after it."""

    past: Log
    cases: Cases


def user_folds(
    train: Log, validation: Log, *, most: int | None = None, seed: int = 0
) -> list[Fold]:
    """Rehearse each user's next likings: those of `validation`, and twice as many.

    Rows stand in each user's own order, `train` before `validation`. What serves for the very
    next liking is not what serves for long, so a longer view, which hides the end of `train`,
    too, has as much of a say.
    """
    rows = join(train, validation)
    rows = take(rows, np.argsort(rows.users, kind="stable"))
    liked = (rows.weights > 0).astype(np.int64)
    totals = np.bincount(rows.users, liked, minlength=rows.n_users).astype(np.int64)
    length = np.bincount(validation.users, validation.weights > 0, minlength=rows.n_users)
    first = np.concatenate([[0], np.cumsum(totals)])[:-1]
    # How many likings there are from a row to the end of its user's; one more after a dislike.
    left = (totals + first)[rows.users] - likings_before(rows) + 1 - liked
    is_known = left > LONGER_VIEW * length[rows.users]
    past = take(rows, is_known)
    folds = [
        Fold(train, Cases.of(train, validation, most=most, seed=seed)),
        Fold(past, Cases.of(past, take(rows, ~is_known), most=most, seed=seed)),
    ]
    return [fold for fold in folds if len(fold.cases)]


def rolling_folds(
    train: Log,
    validation: Log,
    *,
    origins: int,
    stride: float = 1.0,
    most: int | None = None,
    seed: int = 0,
) -> list[Fold]:
    """Rehearse at the end of `train`, and at `origins - 1` earlier moments inside it.

    Each moment lies `stride` lengths of the validation before the one after it, and looks one
    such length ahead (rolling-origin evaluation; Tashman 2000). One period alone may be unlike
    the next: what is in vogue changes at a pace of its own. Users are at most `most` per fold.
    The latest fold comes first; no fold learns from less than half of `train`.
    """
    folds = [Fold(train, Cases.of(train, validation, most=most, seed=seed))]
    if origins > 1:
        rows = join(train, validation)
        rows = take(rows, np.argsort(rows.times, kind="stable"))
        before = likings_before(rows)
        length, known = int((validation.weights > 0).sum()), int((train.weights > 0).sum())
        for step in range(1, origins):
            start = known - round(step * stride * length)
            if start < known / 2:
                break
            # In order of time, so that all moments share the same rows.
            now, later = np.searchsorted(before, (start, start + length))
            past, future = take(rows, slice(0, now)), take(rows, slice(now, later))
            folds.append(Fold(past, Cases.of(past, future, most=most, seed=seed)))
    return [fold for fold in folds if len(fold.cases)]
