"""Vectors of users and items whose product says how gladly they meet (implicit feedback)."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_array, csr_matrix
from threadpoolctl import threadpool_limits

from core.arrays import Doubles, Floats, as_floats
from recommendations.engine.log import Log, matrix, take

# Of more likings, a sample of the users is fitted: a sweep over so many takes some 3 seconds.
MOST_LIKINGS = 2_000_000


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
        # How a sum is parted among threads moves its last bits; here no sum is.
        with threadpool_limits(1, "blas"):
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


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a fit puts items, and what a user's vector is found with, as it is stored.

    Shapes: vectors (I, D), of 16-bit precision, zero where nobody took to the item; table (D, D),
    Q'Q + ridge.
    """

    config: FactorsConfig
    vectors: Floats
    table: Doubles

    @classmethod
    def nowhere(cls, config: FactorsConfig) -> Self:
        """Hold a choice that nothing has been fitted to yet."""
        size = config.dimensions
        return cls(config, np.zeros((0, size), dtype=np.float32), config.ridge * np.eye(size))

    @classmethod
    def of(cls, log: Log, config: FactorsConfig, *, most: int = MOST_LIKINGS) -> Self:
        """Fit the config to a log; of a log of more than `most` likings, to some of the users.

        Time: some 3 seconds a sweep for two million likings at 64 dimensions on one core; memory:
        8 bytes a liking, 4 * (U + I) * D and the vectors once more.
        """
        fitted = Factors(config).fit(sampled(log, most, seed=config.seed)).vectors
        vectors = as_floats(fitted.astype(np.float16))
        return cls(config, vectors, table_of(vectors, config.ridge))

    def score(self, history: csr_array) -> Floats:
        """Score every item for users folded in. Shapes: history (B, I); returns (B, I)."""
        trust, ridge = self.config.trust, self.config.ridge
        users = fold_in(history, self.vectors, trust=trust, ridge=ridge, table=self.table)
        return as_floats(users @ self.vectors.T)


def sampled(log: Log, most: int, *, seed: int) -> Log:
    """Keep about `most` likings of a log, whole users drawn with the seed."""
    likings = np.bincount(log.users, log.weights > 0, minlength=log.n_users)
    if likings.sum() <= most:
        return log
    order = np.random.default_rng(seed).permutation(log.n_users)
    kept = np.zeros(log.n_users, dtype=np.bool_)
    kept[order[np.cumsum(likings[order]) <= most]] = True
    return take(log, kept[log.users])


def table_of(vectors: Floats, ridge: float) -> Doubles:
    """Return Q'Q + ridge. Shapes: vectors (I, D); returns (D, D)."""
    wide = vectors.astype(np.float64)
    with threadpool_limits(1, "blas"):
        table: Doubles = wide.T @ wide + ridge * np.eye(wide.shape[1])
    return table


def pulls_of(met: Floats, weights: Floats, table: Doubles, *, trust: float) -> Doubles:
    """Return what each item of a user's past adds to their vector; the sum of the rows is it.

        pull_h = (1 + trust * x_h) inverse(table + sum_i trust * x_i q_i q_i') q_h

    Shapes: met (H, D), the items' vectors; weights (H,), where not above 0 an item pulls
    nowhere; returns (H, D).
    """
    wide, liked = met.astype(np.float64), np.maximum(weights.astype(np.float64), 0.0)
    trusted = (trust * liked)[:, None]
    solved = np.linalg.solve(table + (wide * trusted).T @ wide, wide.T).T
    pulls: Doubles = np.where(liked[:, None] > 0, (1.0 + trusted) * solved, 0.0)
    return pulls


def fold_in(
    history: csr_array,
    vectors: Floats,
    *,
    trust: float,
    ridge: float,
    table: Doubles | None = None,
) -> Floats:
    """Solve the vectors of users from what they took to, the items' vectors being known.

        p = inverse(Q'Q + ridge + sum_i trust * x_i q_i q_i')  sum_i (1 + trust * x_i) q_i

    The sums are over the items with x_i above 0, faded weights counting as much as they are; Q'Q
    + ridge is `table`, where it is known. Who took to fewer items than a vector has dimensions
    costs a system of that many equations only (Woodbury):
    p = M inverse(1 + W Q_u M) (1 + W 1)  with M = inverse(Q'Q + ridge) Q_u', the rows Q_u being
    those of the items and W = diag(trust * x).

    Shapes: history (B, I); vectors (I, D); returns (B, D), zero for who took to nothing.
    """
    wide = vectors.astype(np.float64)
    base = table_of(vectors, ridge) if table is None else table
    lifted = np.linalg.solve(base, wide.T).T
    users = np.zeros((history.shape[0], wide.shape[1]), dtype=np.float32)
    for row, (start, stop) in enumerate(pairwise(history.indptr)):
        weights = history.data[start:stop].astype(np.float64)
        liked = weights > 0
        items, trusted = history.indices[start:stop][liked], trust * weights[liked]
        met = wide[items]
        if 0 < len(items) < wide.shape[1]:
            system = np.eye(len(items)) + trusted[:, None] * (met @ lifted[items].T)
            users[row] = lifted[items].T @ np.linalg.solve(system, 1.0 + trusted)
        elif len(items):
            system = base + (met * trusted[:, None]).T @ met
            users[row] = np.linalg.solve(system, met.T @ (1.0 + trusted))
    return users
