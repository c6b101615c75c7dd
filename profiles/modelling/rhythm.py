"""When a user is active: by hour, weekday and season, and evenly or in bursts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from profiles.modelling.strength import SECONDS_PER_DAY

LEAST_DATED = 5
LEAST_GAPS = 4
# Where fewer of the moments have a time of day, they are days.
LEAST_TIMED = 0.2


def rhythm_of(moments: Sequence[float]) -> dict[str, Any] | None:
    """Return when a user was active, or None where too few moments are known.

    `hours` has 24 counts, or is None where the moments have no time of day; `weekdays` 7 from
    Monday; `seasons` 4 from December to February on. `burstiness` is

        (deviation of the gaps - their mean) / (deviation + mean)    (Goh & Barabási, 2008)

    over the gaps between days: -1 like a clock, 0 by chance, near 1 in bursts with long silence;
    None for too few gaps.

    Units: moments in seconds since 1970; hours are those of UTC.
    """
    if len(moments) < LEAST_DATED:
        return None
    dates = [datetime.fromtimestamp(moment, UTC) for moment in sorted(moments)]
    timed = np.mean([date.hour + date.minute + date.second > 0 for date in dates])
    return {
        "hours": _counts([date.hour for date in dates], 24) if timed >= LEAST_TIMED else None,
        "weekdays": _counts([date.weekday() for date in dates], 7),
        "seasons": _counts([date.month % 12 // 3 for date in dates], 4),
        "burstiness": _burstiness(moments),
    }


def _burstiness(moments: Sequence[float]) -> float | None:
    days = np.unique(np.floor(np.array(moments) / SECONDS_PER_DAY))
    gaps = np.diff(days)
    if len(gaps) < LEAST_GAPS:
        return None
    spread, mean = float(gaps.std()), float(gaps.mean())
    return round((spread - mean) / (spread + mean), 3)


def _counts(places: Sequence[int], size: int) -> list[int]:
    counts: list[int] = np.bincount(np.array(places, dtype=np.intp), minlength=size).tolist()
    return counts
