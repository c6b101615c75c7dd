"""What most users take to, over all time or lately."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, as_floats
from recommendations.engine.log import DAY, Log, positives


@dataclass(frozen=True, slots=True)
class PopularityConfig:
    """What counts as popular: everything ever, or what happened of late.

    Units: half-life in days; window as the share of all events, the latest ones.
    """

    half_life_days: float | None = None
    window_share: float | None = None


def popularity(
    log: Log,
    *,
    now: float,
    half_life_days: float | None = None,
    window_share: float | None = None,
) -> Floats:
    """Add up the positive weights each item received up to `now`.

        popularity_i = sum_t  weight_t * 2 ** (-age_t / half_life)     over the events in the window

    `window_share` keeps only that share of the events, the latest ones: 0.05 is "popular in the
    last 5 % of events", which needs no clock and so works on undated logs too.

    Shapes: returns (I,), never negative. Units: now in the log's seconds; half-life in days.
    """
    liked = positives(log)
    known = np.flatnonzero(liked.times <= now)
    if window_share is not None:
        order = known[np.argsort(liked.times[known], kind="stable")]
        known = order[len(order) - int(np.ceil(window_share * len(order))) :]
    weights = liked.weights[known].astype(np.float64)
    if half_life_days is not None:
        weights *= np.exp2(-(now - liked.times[known]) / (DAY * half_life_days))
    return as_floats(np.bincount(liked.items[known], weights, minlength=log.n_items))


@dataclass(slots=True)
class Popular:
    """Recommends the same list to everyone. The baseline that anything personal must beat."""

    half_life_days: float | None = None
    window_share: float | None = None
    scores: Floats = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Count as of the log's last event."""
        now = float(log.times.max()) if len(log) else 0.0
        self.scores = popularity(
            log, now=now, half_life_days=self.half_life_days, window_share=self.window_share
        )
        return self

    def score(self, history: csr_array) -> Floats:
        """Repeat the counts for each user. Shapes: history (B, I); returns (B, I)."""
        return as_floats(np.broadcast_to(self.scores, history.shape))
