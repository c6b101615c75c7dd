"""What is taken to more of late than in the long run."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Doubles, Ids

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
