"""What came in of late and is to the user's taste."""

import numpy as np

from core.arrays import Doubles, Floats, as_floats
from recommendations.engine.log import DAY, Log

HALF_LIFE_DAYS = 30.0


def arrivals(log: Log, entered: Doubles | None = None) -> Doubles:
    """Return when each item came in: when it was entered or, if that was before, first met.

    What was loaded in one go, its past with it, is as old as that past says. As of the log's last
    row; what came in after it is not there yet.

    Shapes: entered (I,), where it is known; returns (I,), infinite for what is not there yet.
    Units: unix seconds.
    """
    found = np.full(log.n_items, np.inf)
    np.minimum.at(found, log.items, log.times)
    if entered is not None and len(log):
        found = np.minimum(found, np.where(entered <= log.times.max(), entered, np.inf))
    return found


def tells_apart(arrived: Doubles) -> bool:
    """Say whether some items are older than others by a half-life; else nothing is new.

    Where nothing is dated rows are numbered, and all items came in within a moment.
    """
    known = arrived[np.isfinite(arrived)]
    return bool(len(known)) and float(np.ptp(known)) >= DAY * HALF_LIFE_DAYS


def freshness(arrived: Doubles, now: float | None = None) -> Floats:
    """Return 2 ** (-age / half-life), the half-life being thirty days, 0 for what is not there.

    Without `now` the age counts from the newest arrival: on whatever day one looks, two items
    differ by the same factor. Shapes: arrived (I,); returns (I,). Units: both in unix seconds.
    """
    known = np.isfinite(arrived)
    found = np.zeros(len(arrived), dtype=np.float64)
    if known.any():
        latest = float(arrived[known].max()) if now is None else now
        age = np.maximum(latest - arrived[known], 0.0)
        found[known] = np.exp2(-age / (DAY * HALF_LIFE_DAYS))
    return as_floats(found)


def new_within(tags: Floats | None, taste: Floats | None) -> Floats:
    """Say how far items are to each user's taste: by tags, or by texts where no tag speaks for any.

    Not below 0: what is new is not disliked for it. One of the two must be there.
    Shapes: both (B, C); returns (B, C).
    """
    if tags is None or taste is None:
        [within] = [one for one in (tags, taste) if one is not None]
        return np.maximum(within, 0.0)
    speaks = (tags > 0).any(axis=-1, keepdims=True)
    return np.maximum(np.where(speaks, tags, taste), 0.0)
