"""What is taken to more of late than in the long run."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Doubles, Floats, Ids, as_floats

# In shares of the item that is taken to as the mean item is. Where so little is known of an item,
# half of what it seems to have gained is put down to chance.
PRIOR = 0.1
# What is taken to of late as it always was has a lift of 1; a little more is chance.
LEAST_LIFT = 1.1


@dataclass(frozen=True, slots=True)
class Trend:
    """Items with how much each is taken to in all, and of late. Shapes: all (C,)."""

    items: Ids
    overall: Doubles
    recent: Doubles


def trending(trend: Trend) -> tuple[Ids, Doubles]:
    """Return the items that rise, the steepest first, with their scores.

    Recent and overall count in units of their own, so each item is held against all of these
    items together:

        lift_i  = (recent_i / sum recent) / (overall_i / sum overall)
        score_i = recent_i / sum recent * log lift_i

    which is the item's part of what sets the recent shares apart from the long run's (Kullback &
    Leibler, 1951). What lies within a tenth of its long run does not rise. What nobody took to
    before counts as if it had had the smallest share there is.

    Shapes: returns (R,) and (R,), R <= C; level items keep their order.
    """
    if not len(trend.items) or not trend.overall.any():
        return np.empty(0, np.int64), np.empty(0, np.float64)
    late = trend.recent / trend.recent.sum()
    long = trend.overall / trend.overall.sum()
    long = np.maximum(long, long[long > 0].min())
    lift = late / long
    score = late * np.log(np.maximum(lift, 1e-12))
    rising = np.flatnonzero(lift >= LEAST_LIFT)
    order = rising[np.argsort(-score[rising], kind="stable")]
    return trend.items[order], score[order]


def rising(overall: Floats, recent: Floats) -> Floats:
    """Score every item by how far what it is taken to of late goes beyond its own past.

        late_i = recent_i / mean recent,   long_i = overall_i / mean overall
        score_i = max(0, log((late_i + prior) / (long_i + prior)))

    over the items that anybody took to. It is a rate against its expectation, shrunk towards 1 as a
    gamma prior would (DuMouchel, 1999), so that one more taker of an item of few is no trend.

    Shapes: overall and recent (I,), never negative; returns (I,), 0 for what does not rise.
    """
    known = np.flatnonzero(overall > 0)
    found = np.zeros(len(overall), dtype=np.float64)
    if len(known) and recent[known].any():
        late, long = (one[known] / one[known].mean(dtype=np.float64) for one in (recent, overall))
        found[known] = np.maximum(np.log((late + PRIOR) / (long + PRIOR)), 0.0)
    return as_floats(found)
