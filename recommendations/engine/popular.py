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

    `others` names further pairs of half-life and window; with any, popularity is the mean of all
    of them, each brought to a largest value of one. Where several memories are as good as each
    other, their mean errs less than any of them.

    Units: half-life in days; window as the share of all events, the latest ones.
    """

    half_life_days: float | None = None
    window_share: float | None = None
    others: tuple[tuple[float | None, float | None], ...] = ()


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


def popularity_by(log: Log, config: PopularityConfig, *, now: float) -> Floats:
    """Return the popularity that `config` describes. Shapes: returns (I,), never negative."""
    pairs = [(config.half_life_days, config.window_share), *config.others]
    found = [
        popularity(log, now=now, half_life_days=half_life, window_share=window)
        for half_life, window in pairs
    ]
    if len(found) == 1:
        return found[0]
    return as_floats(np.mean([one / max(float(one.max()), 1e-12) for one in found], axis=0))


@dataclass(slots=True)
class Popular:
    """Recommends the same list to everyone. The baseline that anything personal must beat."""

    config: PopularityConfig = field(default_factory=PopularityConfig)
    scores: Floats = field(init=False, repr=False)

    def fit(self, log: Log) -> Self:
        """Count as of the log's last event."""
        now = float(log.times.max()) if len(log) else 0.0
        self.scores = popularity_by(log, self.config, now=now)
        return self

    def score(self, history: csr_array) -> Floats:
        """Repeat the counts for each user. Shapes: history (B, I); returns (B, I)."""
        return as_floats(np.broadcast_to(self.scores, history.shape))
