"""What most users take to, over all time or lately."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Indices, as_floats
from recommendations.engine.log import DAY, Log, last_moment, positives


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

    @property
    def memories(self) -> tuple[tuple[float | None, float | None], ...]:
        """All pairs of half-life and window."""
        return ((self.half_life_days, self.window_share), *self.others)


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
    rows, weights = remembered(
        liked, now=now, half_life_days=half_life_days, window_share=window_share
    )
    return as_floats(np.bincount(liked.items[rows], weights, minlength=log.n_items))


def remembered(
    liked: Log, *, now: float, half_life_days: float | None, window_share: float | None
) -> tuple[Indices, Doubles]:
    """Return which likings a memory holds at `now`, and how much each counts; see `popularity`.

    Shapes: returns (R,), R at most T, in order of time where there is a window, and (R,).
    """
    known = np.flatnonzero(liked.times <= now)
    if window_share is not None:
        order = known[np.argsort(liked.times[known], kind="stable")]
        known = order[len(order) - int(np.ceil(window_share * len(order))) :]
    weights = liked.weights[known].astype(np.float64)
    if half_life_days is not None:
        weights *= np.exp2(-(now - liked.times[known]) / (DAY * half_life_days))
    return known, weights


def popularity_by(log: Log, config: PopularityConfig, *, now: float) -> Floats:
    """Return the popularity that `config` describes. Shapes: returns (I,), never negative."""
    found = [
        popularity(log, now=now, half_life_days=half_life, window_share=window)
        for half_life, window in config.memories
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
        self.scores = popularity_by(log, self.config, now=last_moment(log))
        return self

    def score(self, history: csr_array) -> Floats:
        """Repeat the counts for each user. Shapes: history (B, I); returns (B, I)."""
        return as_floats(np.broadcast_to(self.scores, history.shape))
