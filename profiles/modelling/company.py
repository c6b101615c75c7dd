"""Where users stand by the company they keep: who took to the same items."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, csr_matrix
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_limits

from core.arrays import Doubles, Floats, as_floats, unit_rows

ROUNDS = 4
LENGTH = 20


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What is left of who met what, and what was taken from some users.

    Shapes: met (U, I); users and items (H,), positions in `met`, in order of users.
    """

    met: csr_array
    users: np.ndarray
    items: np.ndarray


def item_directions(met: csr_array, dimensions: int, *, seed: int = 0) -> Floats:
    """Return where each item points in the space of shared company.

    The right singular vectors of the table of who met what, with rare items raised, as they
    say more about a user (latent semantic analysis; Deerwester et al., 1990):

        weight_i = log(1 + U / users of i),   met * weight = P S Q',   direction_i = weight_i Q_i

    The leading columns are the same whatever `dimensions` is asked for, but for rounding.

    Shapes: met (U, I), 1 where a user took to an item; returns (I, D), D at most `dimensions`.
    """
    weight = np.log1p(met.shape[0] / np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1.0))
    table = csr_matrix(met.multiply(weight[None, :]))
    most = max(1, min(dimensions, *(size - 1 for size in table.shape)))
    if min(table.shape) < 2:  # nobody to keep company with
        return as_floats(np.ones((table.shape[1], 1)) * weight[:, None])
    with threadpool_limits(1):  # threads would add up in another order each time
        model = TruncatedSVD(most, n_iter=ROUNDS, random_state=seed).fit(table)
    return as_floats(model.components_.T * weight[:, None])


def leaning(met: csr_array, items: Floats) -> Floats:
    """Return where items point when each leans to what its users took to besides.

        direction_i + sum_j W_ij direction_j,   W = D_i^-1/2 X' D_u^-1/2 X D_i^-1/2

    with D_i and D_u how many users an item and how many items a user has: one step of a walk from
    the item to its users and on to their items (after Cooper et al., 2014). Users with few items
    stand firmer so. Shapes: met (U, I); items (I, D); returns (I, D).
    """
    per_item = np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1.0)[:, None] ** -0.5
    per_user = np.maximum(np.asarray(met.sum(axis=1)).ravel(), 1.0)[:, None] ** -0.5
    return as_floats(items + per_item * (met.T @ (per_user * (met @ (per_item * items)))))


def habits(met: csr_array) -> Floats:
    """Return what taking to an item says of how somebody behaves, whatever they like.

    Two columns: how widely known the item is, by the log of its users, and how busy those are, by
    the mean log of their items; each from its mean over items, in spreads. Who stands high on the
    first keeps to what everybody takes to, who stands low looks for what few do.

    Shapes: met (U, I), 1 where a user took to an item; returns (I, 2), 0 where all are alike.
    """
    users = np.asarray(met.sum(axis=0)).ravel()
    busy = np.log1p(np.asarray(met.sum(axis=1)).ravel())
    columns = np.stack([np.log1p(users), (met.T @ busy) / np.maximum(users, 1.0)], axis=1)
    spread = columns.std(axis=0)
    return as_floats((columns - columns.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0))


def beside(items: Floats, others: Floats) -> Floats:
    """Return directions with others beside them that weigh as much as one of their dimensions.

    Shapes: items (I, D); others (I, E); returns (I, D + E).
    """
    size = np.sqrt(np.square(items, dtype=np.float64).mean())
    return as_floats(np.hstack([items, others * size]))


def stand_of(met: csr_array, items: Floats) -> Floats:
    """Return where users stand: unit(sum of the directions of what they took to).

    Shapes: met (U, I); items (I, D); returns (U, D), rows of length one, or zero for users who
    met nothing that has a direction.
    """
    return unit_rows(as_floats(met @ items))


def hold_out(
    met: csr_array,
    *,
    when: Doubles | None = None,
    users: float = 1.0,
    share: float = 0.2,
    least: int = 3,
    seed: int = 0,
) -> HeldOut:
    """Take a share of what users met from those who met `least` or more: the newest of it.

    Of a share of the `users`, drawn by chance, at least one item each is taken. Without dates, or
    where they are equal, chance decides.

    Shapes: met (U, I); when as met's entries lie. Units: when in any, NaN where unknown.
    """
    rng = np.random.default_rng(seed)
    chance, is_asked = rng.random(met.nnz), rng.random(met.shape[0]) < users
    counts = np.diff(met.indptr)
    row = np.repeat(np.arange(met.shape[0]), counts)
    age = np.zeros(met.nnz) if when is None else -np.nan_to_num(when, nan=-np.inf)
    order = np.lexsort((chance, age, row))
    place = np.arange(met.nnz) - met.indptr[row]
    wanted = np.where(is_asked & (counts >= least), np.maximum(np.floor(share * counts), 1), 0)
    out = np.zeros(met.nnz, dtype=bool)
    out[order] = place < wanted[row]
    left = csr_array((met.data[~out], (row[~out], met.indices[~out])), shape=met.shape)
    return HeldOut(left, row[out], met.indices[out])


def told_by(labels: np.ndarray, held: HeldOut, *, length: int = LENGTH) -> float:
    """Return how well a user's segment tells what was held out: the mean NDCG over users.

    What the members took to most is ranked first, and what all users took to decides between
    equals; what the user met is left out. One segment for all is the popularity over all.

    Shapes: labels (U,), from 0. Units: in [0, 1], of the first `length` places.
    """
    if not len(held.users):
        return 0.0
    scores = _scores(labels, held.met)
    ordered = np.sort(scores, axis=1)
    own, score = labels[held.users], scores[labels[held.users], held.items]
    better = np.empty(len(own))
    for segment in np.unique(own):
        rows = np.flatnonzero(own == segment)
        not_below = len(ordered[segment]) - np.searchsorted(ordered[segment], score[rows], "left")
        above = len(ordered[segment]) - np.searchsorted(ordered[segment], score[rows], "right")
        better[rows] = (above + not_below - 1) / 2.0
    ranks = 1.0 + better - _met_above(labels, held, scores, score)
    gain = np.where(ranks <= length, 1.0 / np.log2(1.0 + ranks), 0.0)
    users, place, counts = np.unique(held.users, return_inverse=True, return_counts=True)
    ideal = np.cumsum(1.0 / np.log2(np.arange(2, length + 2)))[np.minimum(counts, length) - 1]
    return float((np.bincount(place, gain, minlength=len(users)) / ideal).mean())


def _met_above(labels: np.ndarray, held: HeldOut, scores: Doubles, score: Doubles) -> Doubles:
    """How many items that its user met stand above each held-out one. Shapes: returns (H,)."""
    starts, ends = held.met.indptr[held.users], held.met.indptr[held.users + 1]
    lengths = ends - starts
    pair = np.repeat(np.arange(len(held.users)), lengths)
    offset = np.arange(len(pair)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    items = held.met.indices[np.repeat(starts, lengths) + offset]
    known = scores[labels[held.users[pair]], items]
    counted = (known > score[pair]) + 0.5 * (known == score[pair])
    return np.bincount(pair, counted, minlength=len(held.users)).astype(np.float64)


def _scores(labels: np.ndarray, met: csr_array) -> Doubles:
    """How many members of each segment took to each item, and a little of all. Returns (S, I)."""
    count = int(labels.max()) + 1
    ones = np.ones(len(labels))
    table = csr_array((ones, (labels, np.arange(len(labels)))), shape=(count, len(labels)))
    whole = np.asarray(met.sum(axis=0)).ravel()
    return np.asarray((table @ met).toarray() + whole / (whole.sum() + 1.0), dtype=np.float64)
