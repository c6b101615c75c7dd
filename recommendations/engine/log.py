"""Who met what, when and how gladly, as arrays: what every part of the engine learns from."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Floats, Ids, Indices, as_floats

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Log:
    """Interactions of one workspace, one row each.

    Shapes: users, items, weights and times (T,); users below n_users, items below n_items.
    Units: weights are signed strengths (above 0 took to it, below 0 disliked it, 0 only met it);
    times in unix seconds, or the row's place in line where nothing is dated. `felt` (T,), where
    anything was read, is the sentiment of what was written, in [-1, 1], NaN where nothing was.
    """

    users: Ids
    items: Ids
    weights: Floats
    times: Doubles
    n_users: int
    n_items: int
    felt: Floats | None = None

    def __len__(self) -> int:
        return len(self.users)


def take(log: Log, rows: Bools | Indices | slice) -> Log:
    """Keep some rows of `log`, by mask or by position; users and items keep their numbers.

    A slice shares the log's arrays; all else copies.
    """
    return replace(
        log,
        users=log.users[rows],
        items=log.items[rows],
        weights=log.weights[rows],
        times=log.times[rows],
        felt=None if log.felt is None else log.felt[rows],
    )


def join(first: Log, second: Log) -> Log:
    """Put two logs over the same users and items one after the other."""
    return Log(
        users=np.concatenate([first.users, second.users]),
        items=np.concatenate([first.items, second.items]),
        weights=as_floats(np.concatenate([first.weights, second.weights])),
        times=np.concatenate([first.times, second.times]),
        n_users=max(first.n_users, second.n_users),
        n_items=max(first.n_items, second.n_items),
        felt=_joined_feelings(first, second),
    )


def feelings(log: Log) -> Floats:
    """Return the sentiment of each row, NaN where nothing was read. Shapes: returns (T,)."""
    return as_floats(np.full(len(log), np.nan)) if log.felt is None else log.felt


def _joined_feelings(first: Log, second: Log) -> Floats | None:
    if first.felt is None and second.felt is None:
        return None
    return as_floats(np.concatenate([feelings(first), feelings(second)]))


def positives(log: Log) -> Log:
    """Keep the rows where a user took to an item; where all rows are such, the log itself."""
    liked = log.weights > 0
    return log if liked.all() else take(log, liked)


def last_moment(log: Log) -> float:
    """Return the time of the last row, the "now" of everything learnt from the log."""
    return float(log.times.max()) if len(log) else 0.0


def likings_before(log: Log) -> Ids:
    """Count the positive rows above each row, in the order they stand. Shapes: returns (T,)."""
    liked = (log.weights > 0).astype(np.int64)
    before: Ids = np.cumsum(liked) - liked
    return before


def distinct(log: Log) -> Log:
    """Keep the first row of each user, item and sign of weight, in order of time.

    A second purchase of the same thing says nothing about which *new* thing comes next.
    """
    order = np.argsort(log.times, kind="stable")
    _, first = np.unique(_meetings(log)[order], return_index=True)
    return take(log, order[np.sort(first)])


def strongest(log: Log) -> Log:
    """Keep the weightiest row of each user, item and sign of weight, in order of time.

    A purchase after a look is a purchase, of the day it was made. Level ones keep the first.
    """
    order = np.lexsort((log.times, -np.abs(log.weights)))
    _, first = np.unique(_meetings(log)[order], return_index=True)
    kept = order[first]
    return take(log, kept[np.lexsort((kept, log.times[kept]))])


def _meetings(log: Log) -> Ids:
    """Number the triples of user, item and sign of weight. Shapes: returns (T,)."""
    sign = np.sign(log.weights).astype(np.int64) + 1
    key: Ids = (log.users * np.int64(log.n_items) + log.items) * 3 + sign
    return key


def newest(log: Log, most: int) -> Log:
    """Keep the newest `most` rows of each user, in the order they stand."""
    order = np.lexsort((log.times, log.users))
    users = log.users[order]
    later = np.searchsorted(users, users, side="right") - 1 - np.arange(len(users))
    return take(log, np.sort(order[later < most]))


def matrix(log: Log, *, binary: bool = True) -> csr_array:
    """Lay the log out as users by items.

    Shapes: returns (U, I), float32. Binary: 1 where a user took to an item and nothing elsewhere;
    else the sum of the signed weights of each pair.
    """
    rows = positives(log) if binary else log
    shape = (log.n_users, log.n_items)
    table = csr_array((rows.weights, (rows.users, rows.items)), shape=shape, dtype=np.float32)
    table.sum_duplicates()
    if binary:
        table.data[:] = 1.0
    return table
