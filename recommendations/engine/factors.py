"""Vectors of users and items whose product says how gladly they meet (implicit feedback)."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_array, csr_matrix

from core.arrays import Floats, as_floats
from recommendations.engine.log import Log, matrix


@dataclass(frozen=True, slots=True)
class FactorsConfig:
    """How the vectors are found.

    Units: dimensions of a vector; `trust` is how much more a met pair weighs than an unmet one;
    ridge on the squares of the vectors; sweeps over users and items.
    """

    dimensions: int = 64
    trust: float = 10.0
    ridge: float = 1.0
    sweeps: int = 12
    threads: int = 1
    seed: int = 0


@dataclass(slots=True)
class Factors:
    """Weighted matrix factorisation (iALS; Hu, Koren & Volinsky, ICDM 2008), by `implicit`.

        least squares of  (1 + trust * x_ui) * ([x_ui > 0] - p_u q_i)^2  over all pairs,
        plus ridge * (|p|^2 + |q|^2)

    A user's vector is solved anew from the history that is asked about, so users who were not in
    the fit, and interactions since, count like any other. Dislikes count as not met.

    Memory: 4 bytes * (U + I) * dimensions. Shapes: vectors (I, D).
    """

    config: FactorsConfig = field(default_factory=FactorsConfig)
    model: AlternatingLeastSquares = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        config = self.config
        self.model = AlternatingLeastSquares(
            factors=config.dimensions,
            regularization=config.ridge,
            alpha=1.0 + config.trust,
            iterations=config.sweeps,
            num_threads=config.threads,
            random_state=config.seed,
        )
        self.model.fit(csr_matrix(matrix(log)), show_progress=False)
        return self

    @property
    def vectors(self) -> Floats:
        """Return the items' vectors. Shapes: returns (I, D)."""
        return as_floats(self.model.item_factors)

    def score(self, history: csr_array) -> Floats:
        """Score every item for users solved from their history. Shapes: (B, I); returns (B, I)."""
        users = fold_in(history, self.vectors, trust=self.config.trust, ridge=self.config.ridge)
        return as_floats(users @ self.vectors.T)


def fold_in(history: csr_array, vectors: Floats, *, trust: float, ridge: float) -> Floats:
    """Solve the vectors of users from what they took to, the items' vectors being known.

        p = inverse(Q'Q + ridge + sum_i trust * x_i q_i q_i')  sum_i (1 + trust * x_i) q_i

    The sums are over the items with x_i above 0, faded weights counting as much as they are. Who
    took to fewer items than a vector has dimensions costs a system of that many equations only
    (Woodbury):  p = M inverse(1 + W Q_u M) (1 + W 1)  with M = inverse(Q'Q + ridge) Q_u', the
    rows Q_u being those of the items and W = diag(trust * x).

    Shapes: history (B, I); vectors (I, D); returns (B, D), zero for who took to nothing.
    """
    wide = vectors.astype(np.float64)
    base = wide.T @ wide + ridge * np.eye(wide.shape[1])
    lifted = np.linalg.solve(base, wide.T).T
    users = np.zeros((history.shape[0], wide.shape[1]), dtype=np.float32)
    for row, (start, stop) in enumerate(pairwise(history.indptr)):
        weights = history.data[start:stop].astype(np.float64)
        liked = weights > 0
        items, trusted = history.indices[start:stop][liked], trust * weights[liked]
        met = wide[items]
        if 0 < len(items) < wide.shape[1]:
            table = np.eye(len(items)) + trusted[:, None] * (met @ lifted[items].T)
            users[row] = lifted[items].T @ np.linalg.solve(table, 1.0 + trusted)
        elif len(items):
            table = base + (met * trusted[:, None]).T @ met
            users[row] = np.linalg.solve(table, met.T @ (1.0 + trusted))
    return users
