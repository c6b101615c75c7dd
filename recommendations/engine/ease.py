"""EASE: a linear model from items to items with a closed form (Steck, WWW 2019)."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, as_floats
from recommendations.engine.log import Log, matrix


def ease_weights(met: csr_array, ridge: float) -> Floats:
    """Solve the ridge regression of every item on all the others.

        P = inverse(X'X + ridge * 1),   B = -P / diag(P),   diag(B) = 0

    With fewer users than items the inverse goes through the users instead,
    P = (1 - X' inverse(XX' + ridge * 1) X) / ridge, which costs U^3 + U I^2 in place of I^3.

    Memory: three (I, I) tables of float64, 2.4 GB at 10,000 items.
    Shapes: met (U, I); returns (I, I), entry (i, j) what liking i says for j.
    """
    wide = met.shape[0] < met.shape[1]
    gram = ((met @ met.T) if wide else (met.T @ met)).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += ridge
    if wide:
        dense = met.toarray().astype(np.float64)
        precision = -(dense.T @ np.linalg.solve(gram, dense)) / ridge
        precision[np.diag_indices_from(precision)] += 1.0 / ridge
    else:
        precision = np.linalg.inv(gram)  # float32 loses the inverse
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0.0)
    return as_floats(weights)


@dataclass(slots=True)
class Ease:
    """Scores an item by the items a user already took to: score = X B.

    Shapes: weights (I, I), zero on the diagonal.
    Units: ridge in interactions; larger trusts small counts less.
    """

    ridge: float = 200.0
    weights: Floats = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        self.weights = ease_weights(matrix(log), self.ridge)
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        return as_floats(history @ self.weights)
