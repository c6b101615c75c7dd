"""Small logs to learn from."""

import numpy as np

from core.arrays import as_floats
from recommendations.engine.log import Log


def log_of(*rows, users=None, items=None):
    """A log from (user, item, weight, day) rows; weight and day may be left out."""
    full = [(*row, *(1.0, float(place))[len(row) - 2 :]) for place, row in enumerate(rows)]
    who = np.array([row[0] for row in full], dtype=np.int64)
    what = np.array([row[1] for row in full], dtype=np.int64)
    return Log(
        users=who,
        items=what,
        weights=as_floats([row[2] for row in full]),
        times=np.array([row[3] * 86_400.0 for row in full]),
        n_users=users or int(who.max(initial=-1)) + 1,
        n_items=items or int(what.max(initial=-1)) + 1,
    )


def two_towns(size=20):
    """Even users like even items and odd like odd; each has one item of their town left to find,
    the one with their number."""
    rows = [(u, i) for u in range(size) for i in range(size) if u != i and (u - i) % 2 == 0]
    return log_of(*rows, users=size, items=size)


def drifting(seed=0, users=160, items=60, events=12):
    """Users of three tastes, each walking through the items of theirs as time goes by."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        taste = user % 3
        start = rng.uniform(0, 300)
        for step in range(events):
            middle = (start + 8 * step) / 400 * (items // 3)
            place = int(np.clip(rng.normal(middle, 1.5), 0, items // 3 - 1))
            weight = 1.0 if rng.random() < 0.85 else -1.0
            rows.append((user, place * 3 + taste, weight, start + 8 * step))
    return log_of(*rows, users=users, items=items)
