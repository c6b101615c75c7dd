"""What users with like histories took to."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_array, diags_array

from core.arrays import Floats, as_floats
from recommendations.engine.links import sparse_unit_rows
from recommendations.engine.log import Log, matrix


@dataclass(frozen=True, slots=True)
class NeighbourhoodConfig:
    """How users are compared.

    Units: `most` users who are asked, the most alike ones; `sharpness` is the exponent of the
    likeness, above 1 for the nearest to count more; `damping` the exponent that takes back what
    is popular anyway.
    """

    most: int = 100
    sharpness: float = 1.0
    damping: float = 0.0


@dataclass(slots=True)
class UserNeighbourhood:
    """Scores items by the most alike users who took to them (Resnick et al., CSCW 1994).

        score_j = sum over neighbours v of u:  cosine(x_u, x_v) ** sharpness * x_vj
                  / users of j ** damping

    What two users share is weighed by how rare it is, log(U / users of the item), so that nobody
    is alike by having met what everybody met (Breese et al., UAI 1998).

    Memory: one number per pair of users with a shared item, for the users asked about.
    """

    config: NeighbourhoodConfig = field(default_factory=NeighbourhoodConfig)
    rare: csr_array = field(init=False, repr=False)
    rows: csr_array = field(init=False, repr=False)
    offered: csr_array = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Learn from the positives of `log`. Fitting again forgets what was learnt before."""
        met = matrix(log)
        counts = np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1.0)
        self.rare = csr_array(diags_array(np.log1p(met.shape[0] / counts)))
        self.rows = sparse_unit_rows(met @ self.rare)
        self.offered = csr_array(met @ diags_array(counts**-self.config.damping))
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        own = sparse_unit_rows(history @ self.rare)
        alike = _nearest(own @ self.rows.T, self.config.most)
        alike.data **= self.config.sharpness
        return as_floats((alike @ self.offered).toarray())


def _nearest(alike: csr_array, most: int) -> csr_array:
    """Keep the `most` largest positive entries of each row, those level with the last included."""
    found = csr_array(alike)
    for start, stop in zip(found.indptr[:-1], found.indptr[1:], strict=True):
        row = found.data[start:stop]
        if len(row) > most:
            row[row < np.partition(row, -most)[-most]] = 0.0
    found.data = np.maximum(found.data, 0.0)
    found.eliminate_zeros()
    return found
