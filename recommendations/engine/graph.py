"""A filter on the graph of users and items: what is smooth on it is what a user will like."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_array, diags_array
from sklearn.utils.extmath import randomized_svd

from core.arrays import Doubles, Floats, as_floats
from recommendations.engine.log import Log, matrix

# The singular values of a product of graphs fall off twice as fast as those of a graph.
PASSES = 2


@dataclass(frozen=True, slots=True)
class GraphConfig:
    """How the graph is filtered.

    Units: rank in directions kept; `ideal` is how much the ideal low-pass filter counts beside
    the linear one.
    """

    rank: int = 256
    ideal: float = 0.3
    seed: int = 0


@dataclass(slots=True)
class GraphFilter:
    """Scores items by a linear filter on the graph and by its ideal low-pass filter.

        R = D_user ** -1/2  X  D_item ** -1/2,   V its first right singular vectors
        score = x R'R  +  ideal * x D_item ** -1/2  V V'  D_item ** 1/2

    GF-CF (Shen et al., CIKM 2021). The singular vectors are found by random projections with the
    config's seed (Halko et al., 2011).

    Memory: the interactions, and 4 bytes * I * rank. Shapes: graph (U, I); directions (I, K).
    """

    config: GraphConfig = field(default_factory=GraphConfig)
    graph: csr_array = field(init=False, repr=False)
    directions: Floats = field(init=False, repr=False)
    roots: Doubles = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        met = matrix(log)
        self.graph, self.roots = _evened(met)
        rank = min(self.config.rank, min(met.shape) - 1)
        found = randomized_svd(self.graph, rank, n_iter=4, random_state=self.config.seed)
        self.directions = as_floats(found[2].T)
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        near = ((history @ self.graph.T) @ self.graph).toarray()
        folded = (history @ diags_array(1.0 / self.roots)) @ self.directions
        smooth = (folded @ self.directions.T) * self.roots
        return as_floats(near + self.config.ideal * smooth)


@dataclass(frozen=True, slots=True)
class Filtered:
    """The filters of `GraphFilter` as links from item to item, for whatever the ideal one counts.

        B = R'R  +  ideal * D_item ** -1/2  V V'  D_item ** 1/2,   its diagonal set to 0

    Shapes: near (N, N), R'R; directions (N, K), of which fewer may be used, the smoothest first;
    roots (N,).
    """

    near: Floats
    directions: Floats
    roots: Floats

    @classmethod
    def of(cls, met: csr_array, rank: int, *, seed: int = 0) -> Self:
        """Lay out R'R and find its first directions, by random projections with the seed.

        Time N^2 * rank, memory two tables of 4 * N^2 bytes. Shapes: met (U, N) of ones.
        """
        graph, roots = _evened(met)
        near = as_floats((graph.T @ graph).toarray())
        rank = max(1, min(rank, len(near) - 1))
        found = randomized_svd(near, rank, n_iter=PASSES, random_state=seed)
        return cls(near, as_floats(found[2].T), as_floats(roots))

    def links(self, rank: int, ideal: float) -> Floats:
        """Return the links with so many directions. Shapes: returns (N, N)."""
        own = self.directions[:, :rank]
        links = as_floats((own / self.roots[:, None]) @ (own * self.roots[:, None]).T)
        links *= np.float32(ideal)
        links += self.near
        np.fill_diagonal(links, 0.0)
        return links


def _evened(met: csr_array) -> tuple[csr_array, Doubles]:
    """Return R, and D_item ** 1/2. Shapes: met (U, N); returns (U, N) and (N,)."""
    roots = np.sqrt(np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1.0))
    users = np.maximum(np.asarray(met.sum(axis=1)).ravel(), 1.0)
    return csr_array(diags_array(users**-0.5) @ met @ diags_array(1.0 / roots)), roots
