"""Dense linear models among the items that several users met; the others have no part in them.

Most items of a catalogue are met by one user or by none. A dense model learns next to nothing of
them, and pays for them with the cube of their number: without them it is affordable for
catalogues of which a table of all pairs is not.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Indices, places_in
from recommendations.engine import graph, sequential
from recommendations.engine.autoencoders import Autoregression, damp
from recommendations.engine.log import Log, take
from recommendations.engine.prior import TextPrior
from recommendations.engine.sequential import SequentialConfig
from recommendations.engine.shortlist import centred

LEAST_USERS = 2
# On texts, in items of the same text; a smaller one does as well where less is drawn to it.
TEXT_RIDGE = 10.0


@dataclass(frozen=True, slots=True)
class Head:
    """Links among some items of a catalogue, laid out for these alone; see `blocks.RowLinks`.

    Shapes: items (N,), ascending; links (N, N); n_items is I.
    """

    items: Indices
    links: Floats
    n_items: int

    def rows(self, items: Indices) -> csr_array:
        """Return the links of some items. Shapes: items (M,); returns (M, I)."""
        place, known = places_in(items, self.items)
        starts = np.concatenate([[0], np.cumsum(known * len(self.items))])
        columns = np.tile(self.items, int(known.sum()))
        return csr_array(
            (self.links[place[known]].ravel(), columns, starts), shape=(len(items), self.n_items)
        )

    def __rmatmul__(self, history: csr_array) -> Floats:
        """Score histories. Shapes: history (B, I); returns (B, I)."""
        found = np.zeros(history.shape, dtype=np.float32)
        found[:, self.items] = csr_array(history[:, self.items]) @ self.links
        return found

    def length(self) -> float:
        """Return the root mean square length of the I rows, or 1 for a table of zeros."""
        squares = sum(float(np.square(row, dtype=np.float64).sum()) for row in self.links)
        return float(np.sqrt(squares / self.n_items)) or 1.0


def head_of(met: csr_array, most: int) -> Indices | None:
    """Return the items that several users met, or None where there are none or too many.

    Shapes: met (U, I) of ones; returns (N,), ascending, N at most `most`.
    """
    counts = np.bincount(met.indices, minlength=met.shape[1])
    found: Indices = np.flatnonzero(counts >= LEAST_USERS).astype(np.intp)
    return found if 0 < len(found) <= most else None


@dataclass(frozen=True, slots=True)
class Solved:
    """A linear autoencoder of the head, solved for every limit of its diagonal.

    Shapes: items (N,); scale (N,), the items' factors where they are damped.
    """

    items: Indices
    scale: Floats
    solution: Autoregression
    n_items: int

    @classmethod
    def of(
        cls,
        met: csr_array,
        items: Indices,
        ridge: float,
        *,
        users: float = 0.0,
        by_item: float = 0.0,
        dropout: float = 0.0,
    ) -> "Solved":
        """Solve for some items, with the dampings that `autoencoders.damp` explains.

        With a dropout it is EDLAE, as `autoencoders.relaxed_weights` has it.

        Time N^3, memory two tables of 4 * N^2 bytes, or of 8 where the ridge is small beside the
        most popular item. Shapes: met (U, I) of ones.
        """
        damped, scale = damp(csr_array(met[:, items]), users, by_item)
        return cls(items, scale, Autoregression.of(damped, ridge, dropout=dropout), met.shape[1])

    def links(self, limit: float) -> Head:
        """Return the links where the diagonal may rise to a limit."""
        links = self.solution.links(limit)
        links *= self.scale[:, None]
        links /= self.scale
        return Head(self.items, links, self.n_items)


@dataclass(frozen=True, slots=True)
class Following:
    """What comes next in the head, solved for every strength of what texts say.

    Shapes: items (N,), ascending.
    """

    items: Indices
    solution: sequential.Solved
    prior: TextPrior | None
    ridge: float
    n_items: int

    @classmethod
    def of(
        cls,
        log: Log,
        items: Indices,
        *,
        ridge: float,
        fading: float,
        whole: float,
        vectors: Floats | None = None,
    ) -> "Following":
        """Solve for some items; see `sequential.Sequential`.

        Time N^3, memory two tables of 4 * N^2 bytes. Shapes: vectors (I, D) of unit rows, zero for
        an item without a text.
        """
        config = SequentialConfig(fading=fading, whole=whole, ridge=ridge, text_share=0.0)
        solution = sequential.Solved.of(_among(log, items), config)
        prior = None if vectors is None else prior_among(vectors, items)
        return cls(items, solution, prior, ridge, log.n_items)

    def links(self, text: float = 0.0) -> Head:
        """Return the links, drawn by `text` of the ridge to what texts say, where there are any."""
        prior = self.prior if text else None
        return Head(self.items, self.solution.links(prior, text * self.ridge), self.n_items)


@dataclass(frozen=True, slots=True)
class Filtered:
    """The graph of users and the head, ready to be filtered however sharply.

    Shapes: items (N,), ascending.
    """

    items: Indices
    solution: graph.Filtered
    n_items: int

    @classmethod
    def of(cls, met: csr_array, items: Indices, rank: int) -> "Filtered":
        """Find up to `rank` directions; see `graph.Filtered`. Shapes: met (U, I) of ones."""
        solution = graph.Filtered.of(csr_array(met[:, items]), rank)
        return cls(items, solution, met.shape[1])

    def links(self, rank: int, ideal: float) -> Head:
        """Return the links with so many directions, and so much of the ideal filter."""
        return Head(self.items, self.solution.links(rank, ideal), self.n_items)


def prior_among(vectors: Floats, items: Indices) -> TextPrior:
    """Return what the texts of some items say of links among them, seen from their middle.

    Shapes: vectors (I, D); items (N,).
    """
    own = vectors[items]
    return TextPrior.of(centred(own, np.asarray(own.any(axis=1))), TEXT_RIDGE)


def _among(log: Log, items: Indices) -> Log:
    """Keep what users met of some items, numbered by their places."""
    place = np.full(log.n_items, -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    kept = take(log, place[log.items] >= 0)
    return replace(kept, items=place[kept.items], n_items=len(items))
