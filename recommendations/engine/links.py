"""Sparse links from item to item, counted from users that two items share."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, issparse

from core.arrays import Floats, Ids, as_floats
from recommendations.engine.log import Log, positives

LAGS = 12


def rp3beta_weights(met: csr_array, alpha: float, beta: float) -> csr_array:
    """Walk item -> user -> item, and damp what is popular anyway (Paudel et al., TiiS 2017).

        W_ij = sum_u  (x_ui / n_i) ** alpha * (x_uj / n_u) ** alpha  /  n_j ** beta

    Memory: one entry per pair of items that share a user.
    Shapes: met (U, I) of ones; returns (I, I), zero on the diagonal.
    """
    per_item = np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1.0)
    per_user = np.maximum(np.asarray(met.sum(axis=1)).ravel(), 1.0)
    to_user = diags_array(per_item**-alpha) @ met.T
    to_item = diags_array(per_user**-alpha) @ met @ diags_array(per_item**-beta)
    return without_diagonal(csr_array(to_user @ to_item))


def cosine_weights(met: csr_array, shrink: float) -> csr_array:
    """Compare items by the users they share: n_ij / (sqrt(n_i n_j) + shrink).

    Shapes: met (U, I) of ones; returns (I, I), zero on the diagonal.
    """
    counts = np.asarray(met.sum(axis=0)).ravel()
    shared = csr_array(met.T @ met).tocoo()
    length = np.sqrt(counts[shared.coords[0]] * counts[shared.coords[1]])
    values = shared.data / (length + shrink)
    return without_diagonal(csr_array((values, shared.coords), shape=shared.shape))


def sequence_weights(log: Log, half_life_steps: float, beta: float) -> csr_array:
    """Count which items users took to soon after which, nearer steps counting more.

        W_ij = sum over users, lags l  2 ** (-(l - 1) / half_life) * [j came l steps after i]
               / (n_i ** (1 - beta) * n_j ** beta)

    The sparse counterpart of a decayed prefix model (SLIST; Choi et al., CIKM/WWW 2021). Lags
    beyond twelve are dropped.

    Shapes: returns (I, I), zero on the diagonal; not symmetric, row i speaks of what follows i.
    """
    liked = positives(log)
    order = np.lexsort((liked.times, liked.users))
    users, items = liked.users[order], liked.items[order]
    shape = (log.n_items, log.n_items)
    total = csr_array(shape, dtype=np.float32)
    for lag in range(1, min(LAGS, max(len(users) - 1, 0)) + 1):
        same = users[lag:] == users[:-lag]
        pairs = (items[:-lag][same], items[lag:][same])
        strength = np.full(int(same.sum()), np.exp2(-(lag - 1) / half_life_steps), np.float32)
        total = total + csr_array((strength, pairs), shape=shape)
    counts = np.maximum(np.bincount(items, minlength=log.n_items), 1.0)
    damped = diags_array(counts ** (beta - 1.0)) @ total @ diags_array(counts**-beta)
    return without_diagonal(csr_array(damped))


def strongest_in(rows: NDArray[np.floating], most: int) -> tuple[Ids, Floats]:
    """Keep the `most` strongest positive entries of each row, strongest first.

    Shapes: rows (N, I); returns places and values (N, K) with K = min(most, I), padded with -1 and
    0. Equal values go to the lower place.
    """
    order = np.argsort(-rows, axis=1, kind="stable")[:, :most]
    values = as_floats(np.take_along_axis(rows, order, axis=1))
    return np.where(values > 0, order, -1), np.maximum(values, 0.0)


def sparse_unit_rows(table: csr_array) -> csr_array:
    """Bring each row to length one; a row of zeros stays zero. Shapes: (N, M), as given."""
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    return csr_array(diags_array(1.0 / np.where(lengths > 0, lengths, 1.0)) @ table)


def without_diagonal(weights: csr_array) -> csr_array:
    """Drop the links from an item to itself."""
    pairs = weights.tocoo()
    other = pairs.coords[0] != pairs.coords[1]
    kept = (pairs.coords[0][other], pairs.coords[1][other])
    return csr_array((pairs.data[other].astype(np.float32), kept), shape=weights.shape)


def row_length(weights: Floats | csr_array) -> float:
    """Return the root mean square length of the rows, or 1 for a table of zeros."""
    values = weights.data if issparse(weights) else weights
    squares = float(np.square(values, dtype=np.float64).sum())
    return float(np.sqrt(squares / weights.shape[0])) or 1.0
