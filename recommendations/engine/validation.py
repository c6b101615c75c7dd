"""Users to tune on: what they met before, and what they took to next."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Floats, Ids, Indices
from recommendations.engine import metrics
from recommendations.engine.log import Log, matrix, positives, take

MEASURES = ("ndcg@10", "ndcg@20", "recall@20")


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

    def some(self, rows: Indices) -> "Cases":
        """Keep some of the users, by position."""
        return Cases(self.users[rows], csr_array(self.met[rows]), csr_array(self.wanted[rows]))


def measure(cases: Cases, scores: Floats) -> Doubles:
    """Measure one ranking per user. Shapes: scores (B, I); returns (B, 3), as MEASURES name them."""
    found = np.zeros((len(cases), len(MEASURES)))
    for row in range(len(cases)):
        ranks = metrics.ranks_of(scores[row], cases.relevant(row), cases.barred(row))
        found[row] = metrics.ndcg(ranks, 10), metrics.ndcg(ranks, 20), metrics.recall(ranks, 20)
    return found


def merit(cases: Cases, scores: Floats) -> float:
    """Return the one figure that everything is tuned on: the mean of the three measures.

    Shapes: scores (B, I). No users is 0.
    """
    return float(measure(cases, scores).mean()) if len(cases) else 0.0


def history_lengths(log: Log, users: Ids) -> Ids:
    """Return how many items each of the users took to. Shapes: users (B,); returns (B,)."""
    counts: Ids = np.diff(matrix(log).indptr)[users].astype(np.int64)
    return counts


def rows_of(log: Log, users: Ids) -> Log:
    """Keep the positive rows of some users."""
    liked = positives(log)
    return take(liked, np.isin(liked.users, users))
