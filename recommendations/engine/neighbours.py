"""Each item's nearest items, the one table that serving needs to score a user's history."""

from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
from scipy.sparse import csr_array, diags_array

from core.arrays import Floats, Ids, as_floats
from recommendations.engine.ease import ease_weights
from recommendations.engine.log import Log, matrix

Model = Literal["ease", "rp3beta", "cosine", "mix"]
ROWS_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True)
class NeighboursConfig:
    """How neighbours are found.

    `mix` adds EASE and RP3beta after bringing both to the same average row length, EASE counting
    `ease_share`. Above `dense_limit` items every dense model gives way to RP3beta.

    Units: ridge in interactions; alpha and beta exponents; shrink in co-occurrences;
    ease_share in [0, 1]; length in neighbours kept per item.
    """

    model: Model = "mix"
    ridge: float = 200.0
    alpha: float = 0.7
    beta: float = 0.4
    shrink: float = 10.0
    ease_share: float = 0.5
    length: int = 200
    dense_limit: int = 20_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What stands in one row per item. Shapes: ids and weights (I, K), padded with -1 and 0."""

    ids: Ids
    weights: Floats
    model: str
    config: NeighboursConfig

    def table(self) -> csr_array:
        """Return the same links as a sparse table. Shapes: returns (I, I)."""
        n_items = len(self.ids)
        rows, places = np.nonzero(self.ids >= 0)
        columns = self.ids[rows, places]
        return csr_array((self.weights[rows, places], (rows, columns)), shape=(n_items, n_items))


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


def without_diagonal(weights: csr_array) -> csr_array:
    """Drop the links from an item to itself."""
    pairs = weights.tocoo()
    other = pairs.coords[0] != pairs.coords[1]
    kept = (pairs.coords[0][other], pairs.coords[1][other])
    return csr_array((pairs.data[other].astype(np.float32), kept), shape=weights.shape)


def top_neighbours(weights: Floats | csr_array, k: int = 200) -> tuple[Ids, Floats]:
    """Keep each item's `k` strongest positive links, strongest first.

    Works through the rows in slices, so a sparse table is never laid out whole.

    Shapes: weights (I, I), dense or sparse; returns ids and weights (I, K) with
    K = min(k, I), padded with -1 and 0. Equal weights go to the lower item number.
    """
    n_items = weights.shape[0]
    width = min(k, n_items)
    ids = np.full((n_items, width), -1, dtype=np.int64)
    kept = np.zeros((n_items, width), dtype=np.float32)
    for start in range(0, n_items, ROWS_AT_ONCE):
        part = weights[start : start + ROWS_AT_ONCE]
        dense = part if isinstance(part, np.ndarray) else part.toarray()
        order = np.argsort(-dense, axis=1, kind="stable")[:, :width]
        values = np.take_along_axis(dense, order, axis=1)
        ids[start : start + len(dense)] = np.where(values > 0, order, -1)
        kept[start : start + len(dense)] = np.maximum(values, 0.0)
    return ids, kept


def mixed_weights(met: csr_array, config: NeighboursConfig) -> Floats:
    """Add EASE and RP3beta, each brought to an average row length of one.

    A sum of linear models is a linear model, so the attributions stay exact.
    Shapes: met (U, I); returns (I, I).
    """
    ease = ease_weights(met, config.ridge)
    walk = rp3beta_weights(met, config.alpha, config.beta).toarray()
    return as_floats(
        config.ease_share * ease / row_length(ease)
        + (1 - config.ease_share) * walk / row_length(walk)
    )


def row_length(weights: Floats) -> float:
    """Return the root mean square length of the rows, or 1 for a table of zeros."""
    return float(np.sqrt(np.square(weights, dtype=np.float64).sum() / len(weights))) or 1.0


def fit_neighbours(log: Log, config: NeighboursConfig) -> Neighbours:
    """Find every item's neighbours with the model that the config names and the size allows.

    Time and memory: EASE and mix take I^3 and 24 bytes * I^2 (about 3 s at 3,500 items and
    2.4 GB at 10,000); RP3beta and cosine take one entry per pair of items with a shared user.
    """
    met = matrix(log)
    model = config.model
    if log.n_items > config.dense_limit and model in {"ease", "mix"}:
        model = "rp3beta"
    if model == "ease":
        links: Floats | csr_array = ease_weights(met, config.ridge)
    elif model == "mix":
        links = mixed_weights(met, config)
    elif model == "rp3beta":
        links = rp3beta_weights(met, config.alpha, config.beta)
    else:
        links = cosine_weights(met, config.shrink)
    ids, weights = top_neighbours(links, config.length)
    return Neighbours(ids=ids, weights=weights, model=model, config=config)


@dataclass(slots=True)
class ItemNeighbours:
    """Scores an item by its links from what a user met: score = X W, W the kept links."""

    config: NeighboursConfig = field(default_factory=NeighboursConfig)
    table: csr_array = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        self.table = fit_neighbours(log, self.config).table()
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        return as_floats((history @ self.table).toarray())
