"""Links of catalogues too large to lay out whole: a few rows at a time, and only those wanted."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array, diags_array

from core.arrays import Doubles, Floats, Ids, Indices, as_floats
from recommendations.engine.log import Log, matrix, newest, positives

# What a user took to lately, so that a few who took to everything do not set the price of all:
# the pairs of a user grow with the square of what is counted.
MOST_OF_A_USER = 400
ROWS_AT_ONCE = 512
# So many rows tell how long the rows of a table are on average.
SAMPLE_ROWS = 2_000


class RowLinks(Protocol):
    """Links from item to item that are worked out when they are asked for.

    `history @ links` scores many users, as with a table. Shapes: history (B, I); returns (B, I).
    """

    @property
    def n_items(self) -> int:
        """How many items there are."""

    def rows(self, items: Indices) -> csr_array:
        """Return the links of some items. Shapes: items (N,); returns (N, I)."""

    def __rmatmul__(self, history: csr_array) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Table:
    """Links that are laid out already. Shapes: links (I, I)."""

    links: csr_array

    @property
    def n_items(self) -> int:
        return int(self.links.shape[1])

    def rows(self, items: Indices) -> csr_array:
        return csr_array(self.links[items])

    def __rmatmul__(self, history: csr_array) -> Floats:
        return as_floats((history @ self.links).toarray())


@dataclass(frozen=True, slots=True)
class Walk:
    """RP3beta as two steps, from items to users and from users to items.

    Their product is `links.rp3beta_weights` of the newest likings of each user. Shapes: to_user
    (I, U); to_item (U, I).
    """

    to_user: csr_array
    to_item: csr_array

    @classmethod
    def of(cls, met: csr_array, alpha: float, beta: float) -> "Walk":
        """Take the steps of users who met items. Shapes: met (U, I) of ones."""
        per_item = np.maximum(np.asarray(met.sum(axis=0)).ravel(), 1.0)
        per_user = np.maximum(np.asarray(met.sum(axis=1)).ravel(), 1.0)
        to_user = csr_array(_scaled(csr_array(met.T), per_item**-alpha))
        return cls(to_user, _scaled(met, per_user**-alpha, per_item**-beta))

    @property
    def n_items(self) -> int:
        return int(self.to_item.shape[1])

    def rows(self, items: Indices) -> csr_array:
        return _without_own(csr_array(self.to_user[items] @ self.to_item), items)

    def __rmatmul__(self, history: csr_array) -> Floats:
        """Walk from whole histories: only the users that they reach are gone through."""
        found = ((history @ self.to_user) @ self.to_item).toarray()
        touched = np.unique(history.indices)
        back = np.zeros(self.n_items, dtype=np.float32)
        back[touched] = _returns(self.to_user[touched], csr_array(self.to_item[:, touched]))
        return as_floats(found - history.multiply(back[None, :]).toarray())


@dataclass(frozen=True, slots=True)
class Shared:
    """Cosines damped by `shrink`, as `links.cosine_weights` of the newest likings of each user.

    Shapes: met (U, I) of ones.
    """

    met: csr_array
    users: csr_array
    counts: Doubles
    shrink: float

    @classmethod
    def of(cls, met: csr_array, shrink: float) -> "Shared":
        """Compare items by users who met them. Shapes: met (U, I) of ones."""
        return cls(met, csr_array(met.T), np.asarray(met.sum(axis=0), np.float64).ravel(), shrink)

    @property
    def n_items(self) -> int:
        return int(self.met.shape[1])

    def rows(self, items: Indices) -> csr_array:
        shared = csr_array(self.users[items] @ self.met)
        own = np.repeat(self.counts[items], np.diff(shared.indptr))
        length = np.sqrt(own * self.counts[shared.indices])
        shared.data = as_floats(shared.data / (length + self.shrink))
        return _without_own(shared, items)

    def __rmatmul__(self, history: csr_array) -> Floats:
        return reached(history, self)


@dataclass(frozen=True, slots=True)
class Steps:
    """What users took to soon after what, as `links.sequence_weights` has it.

    Shapes: users and items (T,), a user's likings in order of time and one after the other; places
    (T,) of the same, by item, and starts (I + 1,) where each item's begin; counts (I,).
    """

    users: Ids
    items: Ids
    places: Indices
    starts: Indices
    counts: Doubles
    half_life_steps: float
    beta: float
    lags: int

    @classmethod
    def of(cls, log: Log, half_life_steps: float, beta: float, *, lags: int) -> "Steps":
        """Put the likings of each user in order."""
        liked = positives(log)
        order = np.lexsort((liked.times, liked.users))
        items = liked.items[order]
        counted = np.bincount(items, minlength=log.n_items)
        return cls(
            users=liked.users[order],
            items=items,
            places=np.argsort(items, kind="stable"),
            starts=np.concatenate([[0], np.cumsum(counted)]).astype(np.intp),
            counts=np.maximum(counted, 1.0),
            half_life_steps=half_life_steps,
            beta=beta,
            lags=lags,
        )

    @property
    def n_items(self) -> int:
        return len(self.counts)

    def rows(self, items: Indices) -> csr_array:
        lengths = self.starts[items + 1] - self.starts[items]
        row = np.repeat(np.arange(len(items)), lengths)
        within = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        place = self.places[self.starts[items][row] + within]
        shape = (len(items), self.n_items)
        total = csr_array(shape, dtype=np.float32)
        for lag in range(1, self.lags + 1):
            later = np.minimum(place + lag, len(self.users) - 1)
            same = (self.users[later] == self.users[place]) & (later == place + lag)
            pairs = (row[same], self.items[later[same]])
            strength = np.full(len(pairs[0]), np.exp2(-(lag - 1) / self.half_life_steps), "f4")
            total = total + csr_array((strength, pairs), shape=shape)
        damped = _scaled(total, self.counts[items] ** (self.beta - 1.0), self.counts**-self.beta)
        return _without_own(damped, items)

    def __rmatmul__(self, history: csr_array) -> Floats:
        return reached(history, self)


@dataclass(frozen=True, slots=True)
class Weighted:
    """A sum of links by their shares."""

    parts: tuple[tuple[float, RowLinks], ...]

    @property
    def n_items(self) -> int:
        return self.parts[0][1].n_items

    def rows(self, items: Indices) -> csr_array:
        total = csr_array((len(items), self.n_items), dtype=np.float32)
        for share, links in self.parts:
            total = total + links.rows(items) * np.float32(share)
        return csr_array(total)

    def __rmatmul__(self, history: csr_array) -> Floats:
        return as_floats(sum((history @ links) * np.float32(share) for share, links in self.parts))


def of_late(log: Log) -> csr_array:
    """Lay out the newest likings of each user. Shapes: returns (U, I) of ones."""
    return matrix(newest(positives(log), MOST_OF_A_USER))


def reached(history: csr_array, links: RowLinks) -> Floats:
    """Score histories by the rows of what is in them, and no others. Shapes: as `RowLinks`."""
    items = np.unique(history.indices)
    found = np.zeros(history.shape, dtype=np.float32)
    for start in range(0, len(items), ROWS_AT_ONCE):
        part = items[start : start + ROWS_AT_ONCE]
        found += (csr_array(history[:, part]) @ links.rows(part)).toarray()
    return found


def average_length(links: RowLinks) -> float:
    """Return the root mean square length of the rows, by a sample of them; 1 where all are zero."""
    step = max(1, links.n_items // SAMPLE_ROWS)
    items = np.arange(0, links.n_items, step)
    squares = 0.0
    for start in range(0, len(items), ROWS_AT_ONCE):
        values = links.rows(items[start : start + ROWS_AT_ONCE]).data
        squares += float(np.square(values, dtype=np.float64).sum())
    return float(np.sqrt(squares / len(items))) or 1.0


def strongest_of(rows: csr_array, k: int) -> tuple[Ids, Floats]:
    """Keep each row's `k` strongest positive links, strongest first.

    Shapes: rows (N, I); returns ids and weights (N, k), padded with -1 and 0. Level weights go to
    the lower item number.
    """
    rows.sort_indices()
    ids = np.full((rows.shape[0], k), -1, dtype=np.int64)
    kept = np.zeros((rows.shape[0], k), dtype=np.float32)
    for row, (start, stop) in enumerate(pairwise(rows.indptr.tolist())):
        values, items = rows.data[start:stop], rows.indices[start:stop]
        if stop - start > k:
            above = values >= np.partition(values, len(values) - k)[len(values) - k]
            values, items = values[above], items[above]
        order = np.argsort(-values, kind="stable")[:k]
        order = order[values[order] > 0]
        ids[row, : len(order)] = items[order]
        kept[row, : len(order)] = values[order]
    return ids, kept


def _scaled(table: csr_array, by_row: Doubles, by_column: Doubles | None = None) -> csr_array:
    """Multiply rows, and columns, by numbers of their own."""
    scaled = diags_array(by_row) @ table
    if by_column is not None:
        scaled = scaled @ diags_array(by_column)
    return csr_array(scaled).astype(np.float32)


def _without_own(rows: csr_array, items: Indices) -> csr_array:
    """Set the links from items to themselves to zero. Shapes: rows (N, I); items (N,)."""
    rows.data[rows.indices == np.repeat(items, np.diff(rows.indptr))] = 0.0
    return rows


def _returns(there: csr_array, back: csr_array) -> Doubles:
    """Return how much of a walk comes back to where it began. Shapes: (N, U) and (U, N)."""
    return np.asarray(there.multiply(back.T).sum(axis=1), dtype=np.float64).ravel()
