"""Where users stand by the company they keep: who took to the same items."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, csr_matrix
from sklearn.decomposition import TruncatedSVD

from core.arrays import Bools, Doubles, Floats, as_floats, unit_rows

ROUNDS = 4


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What is left of who met what, and the one item that was taken from each of some users.

    Shapes: met (U, I); users and items (H,), positions in `met`.
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
    model = TruncatedSVD(most, n_iter=ROUNDS, random_state=seed).fit(table)
    return as_floats(model.components_.T * weight[:, None])


def stand_of(met: csr_array, items: Floats) -> Floats:
    """Return where users stand: unit(sum of the directions of what they took to).

    Shapes: met (U, I); items (I, D); returns (U, D), rows of length one, or zero for users who
    met nothing that has a direction.
    """
    return unit_rows(as_floats(met @ items))


def has_company(met: csr_array) -> Bools:
    """Return who took to anything at all. Shapes: met (U, I); returns (U,)."""
    return np.asarray(np.diff(met.indptr) > 0)


def hold_out(met: csr_array, *, least: int = 3, seed: int = 0) -> HeldOut:
    """Take one item, drawn by chance, from every user who has at least `least`.

    Shapes: met (U, I).
    """
    rng = np.random.default_rng(seed)
    counts = np.diff(met.indptr)
    users = np.flatnonzero(counts >= least)
    places = met.indptr[users] + rng.integers(0, counts[users]) if len(users) else users
    kept = np.ones(met.nnz, dtype=bool)
    kept[places] = False
    row = np.repeat(np.arange(met.shape[0]), counts)[kept]
    left = csr_array((met.data[kept], (row, met.indices[kept])), shape=met.shape)
    return HeldOut(left, users, met.indices[places])


def told_by(labels: np.ndarray, held: HeldOut, *, trust: float = 50.0) -> float:
    """Return how many bits a user's segment tells about the item that was held out.

        mean of log2( p(item | segment) / p(item) ),
        p(item | segment) = (members who took to it + trust * p(item)) / (all they took to + trust)

    0 is no more than the popularity over all users; fine partings of few users fall below it.

    Shapes: labels (U,), from 0. Units: bits; trust in interactions.
    """
    if not len(held.users):
        return 0.0
    share = np.asarray(held.met.sum(axis=0)).ravel() + 0.5
    share = share / share.sum()
    counts = _by_segment(labels, held.met)
    own, item = labels[held.users], held.items
    whole = np.asarray(counts.sum(axis=1)).ravel()
    inside = np.asarray(counts[own, item]).ravel()
    given = (inside + trust * share[item]) / (whole[own] + trust)
    return float(np.log2(given / share[item]).mean())


def _by_segment(labels: np.ndarray, met: csr_array) -> Doubles:
    """How many members of each segment took to each item. Shapes: returns (S, I)."""
    count = int(labels.max()) + 1
    ones = np.ones(len(labels))
    table = csr_array((ones, (labels, np.arange(len(labels)))), shape=(count, len(labels)))
    return np.asarray((table @ met).toarray(), dtype=np.float64)
