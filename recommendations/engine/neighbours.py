"""Each item's nearest items, the one table that serving needs to score a user's history."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Ids, Indices, as_floats
from recommendations.engine.blocks import (
    RowLinks,
    Shared,
    Steps,
    Table,
    Walk,
    Weighted,
    average_length,
    of_late,
    strongest_of,
)
from recommendations.engine.ease import ease_weights
from recommendations.engine.head import Filtered, Following, Head, Solved, head_of
from recommendations.engine.links import (
    LAGS,
    cosine_weights,
    row_length,
    rp3beta_weights,
    sequence_weights,
    strongest_in,
)
from recommendations.engine.log import Log, matrix

Model = Literal["ease", "rp3beta", "cosine", "sequence", "mix"]
Links: TypeAlias = Floats | csr_array | RowLinks
Linking: TypeAlias = "Callable[[Known, NeighboursConfig], csr_array | RowLinks]"
ROWS_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True)
class NeighboursConfig:
    """How neighbours are found.

    `mix` adds links by their shares, after bringing each to the same average row length: RP3beta
    walks, cosines, what follows what, and five dense models of the items that several users met,
    which are EASE relaxed up to `limit`, a damped autoencoder, EASE with dropout, a filter on the
    graph of users and items, and a solved model of what comes next.
    Where more than `dense_limit` items were met by several users the dense models are left out.
    In a catalogue of more items than that, the other links are worked out a few rows at a time
    from the newest likings of each user, and no model is dense alone.

    Units: ridge, damped_ridge, dropout_ridge and next_ridge in interactions, the second after
    damping; alpha, beta, user_damping and item_damping exponents; shrink in co-occurrences; dropout
    the share of a past that is left out; graph_rank in directions, and graph_ideal what the ideal
    filter counts beside the linear one; half_life_steps in
    interactions between two items of a user, and next_fading in those after which an item counts
    1/e; next_whole is the share of what was met at any time; next_text is how far the model of what
    comes next is drawn to what texts say of items, as a share of its ridge, and nothing where no
    texts are known; length in neighbours per item.
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
    limit: float = 0.0
    damped_share: float = 0.0
    damped_ridge: float = 5.0
    user_damping: float = 0.25
    item_damping: float = 0.3
    next_share: float = 0.0
    next_ridge: float = 100.0
    next_fading: float = 5.0
    next_whole: float = 0.5
    next_text: float = 0.0
    cosine_share: float = 0.0
    dropout_share: float = 0.0
    dropout_ridge: float = 100.0
    dropout: float = 0.3
    graph_share: float = 0.0
    graph_rank: int = 128
    graph_ideal: float = 0.3


@dataclass(frozen=True, slots=True)
class Known:
    """A log, and the likings in it laid out once for all that is learnt from them.

    Shapes: met (U, I) of ones; late the same, of the newest likings of each user alone where the
    catalogue is large; vectors (I, D), where texts of items are known.
    """

    log: Log
    met: csr_array
    late: csr_array
    vectors: Floats | None = None

    @classmethod
    def of(cls, log: Log, dense_limit: int, vectors: Floats | None = None) -> Self:
        """Lay the likings out."""
        met = matrix(log)
        return cls(log, met, of_late(log) if log.n_items > dense_limit else met, vectors)


Solving = Callable[[Known, Indices, NeighboursConfig], Head]


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
        rows = slice(start, start + len(dense))
        ids[rows], kept[rows] = strongest_in(dense, width)
    return ids, kept


def item_links(
    log: Log, config: NeighboursConfig, vectors: Floats | None = None
) -> tuple[str, Links]:
    """Return the name of the model that was used and all its links, before any are dropped.

    Time and memory: EASE takes I^3 and 24 bytes * I^2 (3 s at 3,500 items on two cores, 2.4 GB
    at 10,000), a dense part of a mixture N^3 and 12 bytes * N^2 for the N items that several
    users met; the others take one entry per pair of items with a shared user. Above
    `dense_limit` items only what their links are made from is laid out, 24 bytes an interaction.

    Shapes: vectors (I, D) of the items' texts, where any are known; the links are (I, I), dense
    where EASE is alone.
    """
    known = Known.of(log, config.dense_limit, vectors)
    is_large = log.n_items > config.dense_limit
    if config.model == "mix":
        return "mix", mixed_links(known, config)
    if config.model == "sequence":
        return "sequence", steps_of(known, config)
    if config.model == "cosine":
        return "cosine", cosines_of(known, config)
    if config.model == "ease" and not is_large:
        return "ease", ease_weights(known.met, config.ridge)
    return "rp3beta", walk_of(known, config)


def walk_of(known: Known, config: NeighboursConfig) -> csr_array | RowLinks:
    """Return the RP3beta links of a config."""
    if known.log.n_items > config.dense_limit:
        return Walk.of(known.late, config.alpha, config.beta)
    return rp3beta_weights(known.met, config.alpha, config.beta)


def cosines_of(known: Known, config: NeighboursConfig) -> csr_array | RowLinks:
    """Return the cosines of a config, shrunk where few users speak for them."""
    if known.log.n_items > config.dense_limit:
        return Shared.of(known.late, config.shrink)
    return cosine_weights(known.met, config.shrink)


def steps_of(known: Known, config: NeighboursConfig) -> csr_array | RowLinks:
    """Return a config's links to what was taken to soon after."""
    log = known.log
    if log.n_items > config.dense_limit:
        return Steps.of(log, config.half_life_steps, config.beta, lags=LAGS)
    return sequence_weights(log, config.half_life_steps, config.beta)


def mixed_links(known: Known, config: NeighboursConfig) -> csr_array | RowLinks:
    """Add links by their shares, each model's brought to an average row length of one.

    A sum of linear models is a linear model, so what each item of a history contributes to a
    score stays exact. Where nothing else is left, the links are RP3beta's. Shapes: returns (I, I).
    """
    parts = [(share, links(known, config)) for share, links in _sparse(config) if share]
    weighed = [(share / length_of(links), links) for share, links in parts]
    dense = mixed_head(known, config)
    if not weighed and dense is None:
        weighed = [(1.0, walk_of(known, config))]
    tables = [(one, links) for one, links in weighed if isinstance(links, csr_array)]
    if dense is None and len(tables) == len(weighed):
        total = csr_array((known.log.n_items,) * 2, dtype=np.float32)
        for one, links in tables:
            total = total + links * np.float32(one)
        return total
    rows: list[tuple[float, RowLinks]] = [
        (one, Table(links) if isinstance(links, csr_array) else links) for one, links in weighed
    ]
    return Weighted((*rows, *(() if dense is None else ((1.0, dense),))))


def _sparse(config: NeighboursConfig) -> tuple[tuple[float, Linking], ...]:
    return (
        (config.walk_share, walk_of),
        (config.sequence_share, steps_of),
        (config.cosine_share, cosines_of),
    )


def mixed_head(known: Known, config: NeighboursConfig) -> Head | None:
    """Add up the dense models of a mixture; None where none has a share, or none is affordable."""
    items = head_of(known.met, config.dense_limit)
    wanted = [(share, links) for share, links in _dense(config) if share]
    if items is None or not wanted:
        return None
    total = np.zeros((len(items), len(items)), dtype=np.float32)
    for share, links in wanted:
        part = links(known, items, config)
        part.links[...] *= np.float32(share / part.length())
        total += part.links
    return Head(items, total, known.log.n_items)


def _dense(config: NeighboursConfig) -> tuple[tuple[float, Solving], ...]:
    return (
        (config.ease_share, _ease_links),
        (config.damped_share, damped_links),
        (config.dropout_share, dropout_links),
        (config.graph_share, graph_links),
        (config.next_share, next_links),
    )


def _ease_links(known: Known, items: Indices, config: NeighboursConfig) -> Head:
    return Solved.of(known.met, items, config.ridge).links(config.limit)


def damped_links(known: Known, items: Indices, config: NeighboursConfig) -> Head:
    """Solve a config's damped autoencoder, its diagonal unbound. Shapes: items (N,)."""
    solved = Solved.of(
        known.met,
        items,
        config.damped_ridge,
        users=config.user_damping,
        by_item=config.item_damping,
    )
    return solved.links(1.0)


def dropout_links(known: Known, items: Indices, config: NeighboursConfig) -> Head:
    """Solve a config's EASE with dropout. Shapes: items (N,)."""
    solved = Solved.of(known.met, items, config.dropout_ridge, dropout=config.dropout)
    return solved.links(0.0)


def graph_links(known: Known, items: Indices, config: NeighboursConfig) -> Head:
    """Filter a config's graph of users and items. Shapes: items (N,)."""
    filtered = Filtered.of(known.met, items, config.graph_rank)
    return filtered.links(config.graph_rank, config.graph_ideal)


def next_links(known: Known, items: Indices, config: NeighboursConfig) -> Head:
    """Solve a config's model of what comes next. Shapes: items (N,)."""
    return following(known, items, config).links(config.next_text)


def following(known: Known, items: Indices, config: NeighboursConfig) -> Following:
    """Solve a config's model of what comes next for whatever texts may say. Shapes: items (N,)."""
    return Following.of(
        known.log,
        items,
        ridge=config.next_ridge,
        fading=config.next_fading,
        whole=config.next_whole,
        vectors=known.vectors,
    )


def length_of(links: Links) -> float:
    """Return the root mean square length of the rows, or 1 for a table of zeros."""
    if isinstance(links, np.ndarray | csr_array):
        return row_length(links)
    return links.length() if isinstance(links, Head) else average_length(links)


def fit_neighbours(
    log: Log,
    config: NeighboursConfig,
    *,
    items: Indices | None = None,
    vectors: Floats | None = None,
) -> Neighbours:
    """Find every item's neighbours, with the model that the config names and the size allows.

    Of a large catalogue only those of `items` are found, where given; other rows stay empty.

    Time and memory: see `item_links`; what is kept is 12 bytes * I * K. Shapes: vectors (I, D) of
    the items' texts, where any are known.
    """
    model, links = item_links(log, config, vectors)
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
    links: Links = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        self.links = item_links(log, self.config)[1]
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        scores = history @ self.links
        return as_floats(scores if isinstance(scores, np.ndarray) else scores.toarray())
