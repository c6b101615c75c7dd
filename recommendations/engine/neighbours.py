"""Each item's nearest items, the one table that serving needs to score a user's history."""

from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Ids, Indices, as_floats
from recommendations.engine.blocks import (
    RowLinks,
    Shared,
    Steps,
    Walk,
    Weighted,
    average_length,
    of_late,
    strongest_of,
)
from recommendations.engine.ease import ease_weights
from recommendations.engine.links import (
    LAGS,
    cosine_weights,
    row_length,
    rp3beta_weights,
    sequence_weights,
)
from recommendations.engine.log import Log, matrix

Model = Literal["ease", "rp3beta", "cosine", "sequence", "mix"]
ROWS_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True)
class NeighboursConfig:
    """How neighbours are found.

    `mix` adds EASE, RP3beta and sequence links by their shares, after bringing each to the same
    average row length. Above `dense_limit` items EASE is left out, for its (I, I) tables, and the
    other links are worked out a few rows at a time from the newest likings of each user.

    Units: ridge in interactions; alpha and beta exponents; shrink in co-occurrences;
    half_life_steps in interactions between two items of a user; length in neighbours per item.
    """

    model: Model = "mix"
    ridge: float = 100.0
    alpha: float = 0.7
    beta: float = 0.4
    shrink: float = 10.0
    half_life_steps: float = 2.0
    ease_share: float = 1.0
    walk_share: float = 1.0
    sequence_share: float = 0.0
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


def item_links(log: Log, config: NeighboursConfig) -> tuple[str, Floats | csr_array | RowLinks]:
    """Return the name of the model that was used and all its links, before any are dropped.

    Time and memory: EASE takes I^3 and 24 bytes * I^2 (3 s at 3,500 items on two cores, 2.4 GB
    at 10,000); the others take one entry per pair of items with a shared user. Above
    `dense_limit` items only what the links are made from is laid out, 24 bytes an interaction.

    Shapes: the links are (I, I), dense where EASE had a part and sparse otherwise.
    """
    if log.n_items > config.dense_limit:
        return large_links(log, config)
    if config.model == "mix":
        return "mix", mixed_links(log, config)
    if config.model == "ease":
        return "ease", ease_weights(matrix(log), config.ridge)
    if config.model == "cosine":
        return "cosine", cosine_weights(matrix(log), config.shrink)
    if config.model == "sequence":
        return "sequence", sequence_weights(log, config.half_life_steps, config.beta)
    return "rp3beta", rp3beta_weights(matrix(log), config.alpha, config.beta)


def large_links(log: Log, config: NeighboursConfig) -> tuple[str, RowLinks]:
    """Return the links of a catalogue that is too large for a table, and their model's name."""
    if config.model == "cosine":
        return "cosine", Shared.of(of_late(log), config.shrink)
    shares = {"sequence": (0.0, 1.0), "mix": (config.walk_share, config.sequence_share)}
    walking, following = shares.get(config.model, (1.0, 0.0))
    parts: list[tuple[float, RowLinks]] = []
    if walking or not following:
        parts.append((walking or 1.0, Walk.of(of_late(log), config.alpha, config.beta)))
    if following:
        steps = Steps.of(log, config.half_life_steps, config.beta, lags=LAGS)
        parts.append((following, steps))
    name = config.model if config.model in shares else "rp3beta"
    if len(parts) == 1:
        return name, parts[0][1]
    return name, Weighted(tuple((one / average_length(part), part) for one, part in parts))


def mixed_links(log: Log, config: NeighboursConfig) -> Floats | csr_array:
    """Add the three models' links by their shares, each brought to an average row length of one.

    A sum of linear models is a linear model, so what each item of a history contributes to a
    score stays exact. Shapes: returns (I, I).
    """
    met = matrix(log)
    total = csr_array((log.n_items, log.n_items), dtype=np.float32)
    if config.walk_share:
        walk = rp3beta_weights(met, config.alpha, config.beta)
        total = total + walk * (config.walk_share / row_length(walk))
    if config.sequence_share:
        steps = sequence_weights(log, config.half_life_steps, config.beta)
        total = total + steps * (config.sequence_share / row_length(steps))
    if config.ease_share:
        ease = ease_weights(met, config.ridge)
        return as_floats(ease * (config.ease_share / row_length(ease)) + total.toarray())
    return total


def fit_neighbours(
    log: Log, config: NeighboursConfig, *, items: Indices | None = None
) -> Neighbours:
    """Find every item's neighbours, with the model that the config names and the size allows.

    Of a large catalogue only those of `items` are found, where given; other rows stay empty.

    Time and memory: see `item_links`; what is kept is 12 bytes * I * K.
    """
    model, links = item_links(log, config)
    if isinstance(links, np.ndarray | csr_array):
        ids, weights = top_neighbours(links, config.length)
    else:
        ids, weights = _top_of_large(links, config.length, items)
    return Neighbours(ids=ids, weights=weights, model=model, config=config)


def _top_of_large(links: RowLinks, k: int, items: Indices | None) -> tuple[Ids, Floats]:
    width = min(k, links.n_items)
    ids = np.full((links.n_items, width), -1, dtype=np.int64)
    kept = np.zeros((links.n_items, width), dtype=np.float32)
    wanted = np.arange(links.n_items) if items is None else items
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        part = wanted[start : start + ROWS_AT_ONCE]
        ids[part], kept[part] = strongest_of(links.rows(part), width)
    return ids, kept


@dataclass(slots=True)
class ItemLinks:
    """Scores an item by its links from what a user met: score = X W, with all the links in W."""

    config: NeighboursConfig = field(default_factory=NeighboursConfig)
    links: Floats | csr_array | RowLinks = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        self.links = item_links(log, self.config)[1]
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        scores = history @ self.links
        return as_floats(scores if isinstance(scores, np.ndarray) else scores.toarray())
