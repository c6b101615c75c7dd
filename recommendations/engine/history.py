"""What one user met, weighed by how gladly and how long ago."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Ids, as_floats
from recommendations.engine.log import DAY, Log


@dataclass(frozen=True, slots=True)
class HistoryConfig:
    """How the past fades. None never fades.

    Units: half_life_days by the clock; half_life_steps in later interactions of the same user;
    dislike multiplies negative weights (0 ignores them).
    """

    half_life_days: float | None = None
    half_life_steps: float | None = None
    dislike: float = 0.0


@dataclass(frozen=True, slots=True)
class History:
    """One user's past. Shapes: items and weights (H,), weights signed and faded, newest last."""

    items: Ids
    weights: Floats

    def __len__(self) -> int:
        return len(self.items)


def history_of(
    items: Ids, strengths: Floats, times: Doubles, config: HistoryConfig, *, now: float
) -> History:
    """Fade one user's interactions.

        weight_t = strength_t * 2 ** (-days_t / half_life_days) * 2 ** (-later_t / half_life_steps)

    Items are the caller's own ids, or positions in a catalogue. Interactions whose weight is
    nothing (neutral ones, and dislikes where those are ignored) are left out.

    Shapes: items, strengths and times (H,); returns at most H items, oldest first.
    Units: times and now in unix seconds.
    """
    order = np.argsort(times, kind="stable")
    weights = fade(strengths[order], times[order], np.arange(len(order))[::-1], config, now)
    kept = weights != 0
    return History(items=items[order][kept], weights=weights[kept])


def fade(
    strengths: Floats, times: Doubles, later: Ids, config: HistoryConfig, now: float
) -> Floats:
    """Return the faded weights of interactions; see `history_of`. Shapes: all (T,)."""
    weights = np.where(strengths < 0, strengths * config.dislike, strengths).astype(np.float64)
    if config.half_life_days is not None:
        days = np.maximum(now - times, 0.0) / DAY
        weights *= np.exp2(-np.minimum(days / config.half_life_days, 60.0))
    if config.half_life_steps is not None:
        weights *= np.exp2(-np.minimum(later / config.half_life_steps, 60.0))
    return as_floats(weights)


def histories(log: Log, config: HistoryConfig, *, now: float) -> csr_array:
    """Fade every user's interactions at once: `history_of` and then `condense`, row by row.

    Shapes: returns (U, I), weights in [-1, 1].
    """
    order = np.lexsort((log.times, log.users))
    users = log.users[order]
    ends = np.searchsorted(users, users, side="right")
    later = ends - 1 - np.arange(len(users))
    weights = fade(log.weights[order], log.times[order], later, config, now)
    kept = weights != 0
    table = csr_array(
        (weights[kept], (users[kept], log.items[order][kept])), shape=(log.n_users, log.n_items)
    )
    table.sum_duplicates()
    table.data = np.clip(table.data, -1.0, 1.0)
    table.eliminate_zeros()
    return table
