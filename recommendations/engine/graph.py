"""A filter on the graph of users and items: what is smooth on it is what a user will like."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_array, diags_array
from sklearn.utils.extmath import randomized_svd

from core.arrays import Doubles, Floats, as_floats
from recommendations.engine.log import Log, matrix


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
        self.roots = np.sqrt(np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1.0))
        users = np.maximum(np.asarray(met.sum(axis=1)).ravel(), 1.0)
        self.graph = csr_array(diags_array(users**-0.5) @ met @ diags_array(1.0 / self.roots))
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
