"""Groups of users from the rows of a log, as many as a workspace has segments."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Ids, Indices
from profiles.modelling.company import item_directions, stand_of
from profiles.modelling.segments import SegmentConfig, nearest, part
from recommendations.engine.factors import sampled
from recommendations.engine.favourites import Groups
from recommendations.engine.log import Log, matrix

DIMENSIONS = 16
CONFIG = SegmentConfig(starts=2)


@dataclass(frozen=True, slots=True)
class Grouper:
    """Parts users by the company they keep, from what the log's rows say and nothing else.

    A rehearsal may not know the workspace's own segments, which were parted by all that has
    happened since; so as many groups are parted anew. Of more than `most` users a sample says
    where items point, and of more than `likings` those of some users are parted.
    """

    count: int
    most: int = 4_000
    likings: int = 1_000_000
    seed: int = 0

    def __call__(self, log: Log) -> Groups:
        """Part the log's users, but for those who took to nothing."""
        nobody = np.full(log.n_users, -1, dtype=np.int64)
        met = matrix(sampled(log, self.likings, seed=self.seed))
        members = np.flatnonzero(np.diff(met.indptr))
        count = min(self.count, len(members) // CONFIG.users_per_segment)
        if count < 2:
            return Groups(nobody, 0)
        rng = np.random.default_rng(self.seed)
        some = np.sort(rng.permutation(members)[: self.most])
        items = item_directions(csr_array(met[some]), DIMENSIONS, seed=self.seed)
        parted = part(stand_of(csr_array(met[some]), items), count, CONFIG, seed=self.seed)
        sizes = np.bincount(parted.labels).astype(np.intp)
        place = partial(_placed, items, parted.centroids, sizes)
        return Groups(place(met), len(sizes), place)


def _placed(items: Floats, centroids: Floats, sizes: Indices, histories: csr_array) -> Ids:
    """Say which group is nearest to where each history stands. Shapes: (B, I); returns (B,)."""
    ones = (histories.data > 0).astype(np.float32)
    stand = stand_of(
        csr_array((ones, histories.indices, histories.indptr), shape=histories.shape), items
    )
    labels, _, _ = nearest(stand, centroids, sizes)
    return np.where(stand.any(axis=1), labels, -1).astype(np.int64)
