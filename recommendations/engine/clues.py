"""What joins a candidate to single items of a user's past, beside what they all say together."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Ids, as_floats
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.links import cosine_weights
from recommendations.engine.log import Log, matrix

IN_STEPS = HistoryConfig(half_life_steps=1.0)


@dataclass(frozen=True, slots=True)
class Clues:
    """How near items are to each other, by who met them and by their texts, and everybody's past.

    Sums hide whether one item of a past speaks loudly or many speak softly; a ranker is told both.
    Shapes: near (I, I) cosines of who met what; counts (I,), users of each; past (U, I), where
    `is_ordered` the heavier is the newer; vectors (I, D) of unit rows, or None.
    """

    near: csr_array
    counts: Floats
    past: csr_array
    vectors: Floats | None
    is_ordered: bool

    @classmethod
    def of(
        cls,
        log: Log,
        vectors: Floats | None,
        *,
        is_ordered: bool,
    ) -> Self:
        """Gather them from a log."""
        met = matrix(log)
        counts = np.maximum(np.bincount(met.indices, minlength=log.n_items), 1)
        near = csr_array(cosine_weights(met, 0.0))
        return cls(near, as_floats(counts), _pasts(log, is_ordered=is_ordered), vectors, is_ordered)

    def asked_with(self, known: Log) -> Self:
        """Ask with the pasts of another log, leaving what was learnt from the first as it is."""
        return replace(self, past=_pasts(known, is_ordered=self.is_ordered))

    def features(self, users: Ids, items: Ids, leaders: Ids) -> Floats:
        """Return what joins each user's candidates to their past, and to the leading candidates.

        Of the cosines by who met them: the highest, the second, the mean of the first three and
        of all, and the share above 0; the highest share of a past item's users who took to the
        candidate, and of the candidate's who took to a past item; the mean and the highest cosine
        to the leaders; where the past is in order, that of the newest item; where there are
        texts, their highest and mean cosine, and the newest's again.

        Shapes: users (B,); items (B, K); leaders (B, L); returns (B, K, F).
        """
        rows = csr_array(self.past[users])
        found = np.zeros((*items.shape, self.width), dtype=np.float32)
        for row, (start, stop) in enumerate(pairwise(rows.indptr)):
            met = rows.indices[start:stop]
            if len(met):
                newest = int(np.argmax(rows.data[start:stop]))
                found[row] = self._of_one(met, newest, items[row], leaders[row])
        return found

    @property
    def width(self) -> int:
        """Return how many features there are."""
        ordered = int(self.is_ordered)
        return 9 + ordered + (0 if self.vectors is None else 2 + ordered)

    def _of_one(self, met: Ids, newest: int, items: Ids, leaders: Ids) -> Floats:
        alike = self.near[met].toarray()[:, items]
        best = -np.sort(-alike, axis=0)
        # n_ij / n_i is the cosine times the root of n_j / n_i, and the other way round.
        roots = np.sqrt(self.counts[items] / self.counts[met][:, None])
        led = self.near[items].toarray()[:, leaders]
        columns = [
            best[0],
            best[min(1, len(met) - 1)],
            best[:3].mean(axis=0),
            alike.mean(axis=0),
            (alike > 0).mean(axis=0),
            (alike * roots).max(axis=0),
            (alike / roots).max(axis=0),
            led.mean(axis=1),
            led.max(axis=1),
        ]
        if self.is_ordered:
            columns.append(alike[newest])
        if self.vectors is not None:
            told = self.vectors[met] @ self.vectors[items].T
            columns += [told.max(axis=0), told.mean(axis=0)]
            if self.is_ordered:
                columns.append(told[newest])
        return as_floats(np.stack(columns, axis=1))


def _pasts(log: Log, *, is_ordered: bool) -> csr_array:
    return histories(log, IN_STEPS) if is_ordered else matrix(log)
