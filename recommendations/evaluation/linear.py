"""Linear models from items to items as peers: EASE, relaxed EASE, and EASE with dropout."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.linalg import solve_triangular
from scipy.sparse import csr_array

from core.arrays import Floats, Indices, as_floats
from recommendations.engine.autoencoders import relaxed_scale, ridges_of
from recommendations.engine.inverse import inverse_of
from recommendations.engine.log import Log, matrix


@dataclass(frozen=True, slots=True)
class LinearConfig:
    """Which linear model: limit 0 and dropout 0 are EASE.

    Units: ridge in interactions; limit, how far the diagonal may rise, and dropout in [0, 1].
    """

    ridge: float = 100.0
    limit: float = 0.0
    dropout: float = 0.0


@dataclass(slots=True)
class Linear:
    """Scores items by all the others, without laying a table out where users are fewer than items.

        D = ridge * 1 + dropout / (1 - dropout) * diag(X'X),   P = inverse(X'X + D)
        score_j = -m_j * sum over i other than j of  x_i P_ij
        m_j = ridge                 where 1 - ridge * P_jj <= limit,
              (1 - limit) / P_jj    elsewhere

    EASE (Steck, WWW 2019), EDLAE with dropout (Steck, NeurIPS 2020), RLAE with a limit (Moon et
    al., SIGIR 2023): the links are those of `autoencoders.relaxed_weights`. With U users fewer
    than items P is D^-1 - Z'Z, with Z = inverse(L) X D^-1 and LL' = X D^-1 X' + 1: only Z is kept.

    Of I items that somebody met, time N^2 * max(U, I) and memory 4 * N * I bytes, twice while
    fitting, where N is the smaller of users and items. Shapes: table (U, I), Z, or (I, I), P.
    """

    config: LinearConfig = field(default_factory=LinearConfig)
    known: Indices = field(init=False, repr=False)
    is_half: bool = field(init=False, repr=False)
    table: Floats = field(init=False, repr=False)
    ridges: Floats = field(init=False, repr=False)
    own: Floats = field(init=False, repr=False)
    scale: Floats = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        met, config = matrix(log), self.config
        counts = np.bincount(met.indices, minlength=met.shape[1]).astype(np.float64)
        self.known = np.flatnonzero(counts)
        users = np.flatnonzero(np.diff(met.indptr))
        known = csr_array(met[users][:, self.known])
        ridges = ridges_of(counts[self.known], config.ridge, config.dropout)
        self.ridges, self.is_half = as_floats(ridges), known.shape[0] < known.shape[1]
        if self.is_half:
            spread = known.toarray().astype(np.float64) / np.sqrt(ridges)
            lower = np.linalg.cholesky(spread @ spread.T + np.eye(len(spread)))
            half = solve_triangular(lower, spread, lower=True) / np.sqrt(ridges)
            self.table = as_floats(half)
            self.own = as_floats(1.0 / ridges - np.square(half).sum(axis=0))
        else:
            gram = (known.T @ known).toarray().astype(np.float32)
            gram[np.diag_indices_from(gram)] += self.ridges
            self.table = as_floats(inverse_of(gram))
            self.own = as_floats(self.table.diagonal())
        self.scale = relaxed_scale(self.own, config.ridge, config.limit)
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item; what nobody met is 0. Shapes: history (B, I); returns (B, I)."""
        past = csr_array(csr_array(history)[:, self.known])
        laid = past.toarray()
        if self.is_half:
            carried = laid / self.ridges - (past @ self.table.T) @ self.table
        else:
            carried = past @ self.table
        carried -= laid * self.own
        scores = np.zeros(history.shape, dtype=np.float32)
        scores[:, self.known] = -carried * self.scale
        return scores
