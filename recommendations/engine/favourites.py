"""What the members of a user's group took to, more than everybody did."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Ids
from recommendations.engine.links import strongest_in
from recommendations.engine.log import Log, last_moment, take
from recommendations.engine.popular import PopularityConfig, remembered

# What fewer members took to is no favourite, and would show what one person did.
LEAST_MEMBERS = 2
LENGTH = 300


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each user stands in. `place` says it of others by their history, if anybody can.

    Shapes: labels (U,), of the users of a log, -1 in none; place takes (B, I) and returns (B,).
    """

    labels: Ids
    count: int
    place: Callable[[csr_array], Ids] | None = None


@dataclass(frozen=True, slots=True)
class Favourites:
    """The favourites of each group, best first.

    Shapes: ids and weights (S, K), padded with -1 and 0.
    """

    ids: Ids
    weights: Floats
    place: Callable[[csr_array], Ids] | None = None

    @classmethod
    def of(cls, log: Log, groups: Groups, recent: PopularityConfig) -> "Favourites":
        """Find what each group took to more than everybody, over all time and of late.

            weight_si = max(0, share_si - share_i) + max(0, late_si - late_i)

        with share_si the item's share of all that members of the group took to, share_i that of
        all that members of any did, and late the same with what happened of late, as `recent` has
        it. What one member alone took to is left out.

        Memory: 60 bytes a liking of a member and 32 * S * I for a moment.
        """
        liked = take(log, (groups.labels[log.users] >= 0) & (log.weights > 0))
        place = groups.labels[liked.users] * log.n_items + liked.items
        size = groups.count * log.n_items
        shape = (groups.count, log.n_items)
        members = np.bincount(place, minlength=size).reshape(shape)
        late = np.bincount(place, _lateness(liked, recent), minlength=size).reshape(shape)
        weights = _beyond(members) + _beyond(late)
        weights[members < LEAST_MEMBERS] = 0.0
        return cls(*strongest_in(weights, LENGTH), groups.place)

    def score(self, histories: csr_array) -> Floats:
        """Return the favourites of each user's group, 0 for all else. Shapes: (B, I), as given.

        Raises ValueError where nobody can say in which group a history stands.
        """
        if self.place is None:
            raise ValueError("These groups are known by their members alone.")
        labels, found = self.place(histories), np.zeros(histories.shape, dtype=np.float32)
        rows = np.flatnonzero(labels >= 0)
        ids, weights = self.ids[labels[rows]], self.weights[labels[rows]]
        user, place = np.nonzero(ids >= 0)
        found[rows[user], ids[user, place]] = weights[user, place]
        return found


def _beyond(counts: Doubles | Ids) -> Doubles:
    """Return by how much each group's shares go beyond those of all. Shapes: (S, I), as given."""
    whole = counts.sum(axis=0)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(np.maximum(shares - whole / max(float(whole.sum()), 1e-12), 0.0))


def _lateness(liked: Log, config: PopularityConfig) -> Doubles:
    """Return how much each row counts for what is popular of late. Shapes: returns (T,)."""
    now, weights = last_moment(liked), np.zeros(len(liked))
    for half_life, window in config.memories:
        rows, counts = remembered(liked, now=now, half_life_days=half_life, window_share=window)
        each = np.zeros(len(liked))
        each[rows] = counts
        most = np.bincount(liked.items, each, minlength=liked.n_items).max(initial=0.0)
        weights += each / max(float(most), 1e-12)
    return weights
