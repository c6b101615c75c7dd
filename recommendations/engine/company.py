"""What those with a past like the user's took to, by tables of which a request reads some rows."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Bools, Doubles, Floats, Ids, as_floats
from recommendations.engine.log import Log, positives

# Of each user the newest likings stand for them, and who took to a single item leads nowhere else.
MOST_MET, LEAST_MET = 100, 2
# Of an item that more took to, those of the shortest past: they are the most alike, if they are.
MOST_TAKERS = 120
# More would take more room in Postgres than everything else that a fit stores.
MOST_MEMBERS = 200_000
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class CompanyConfig:
    """How users are compared.

    Units: `most` users who are asked, the most alike ones; `lengthen` is added to a user's length,
    so that who took to little counts less.
    """

    most: int = 100
    lengthen: float = 0.0


@dataclass(frozen=True, slots=True)
class Company:
    """Users by the seats they were given, and who of them took to what.

    The neighbourhood of users (Resnick et al., CSCW 1994), with what is rare weighing more (Breese
    et al., UAI 1998), in a form of which a request reads some rows:

        alike_v = sum over items h of the past:  history_h * taken_hv
        taken_hv = rare_h ** 2 / (length_v + lengthen),   rare_h = log(1 + U / users of h)
        score_j = sum over the most alike v who took to j:  alike_v

    with length_v that of v's row of rare_h. That is the cosine but for `lengthen` and for the
    length of who asks, which changes no order. Seats are given by length, the shortest first, then
    to whom was seen last: nothing depends on how users are numbered, but where two are the same in
    both.

    Memory: 4 bytes a liking in either table, and 4 times that for a moment.
    Shapes: taken (I, S), the first MOST_TAKERS seats of each item; rows (S, I), ones; people (S,),
    who has each seat, by their number in the log.
    """

    config: CompanyConfig
    taken: csr_array
    rows: csr_array
    people: Ids

    @classmethod
    def of(cls, log: Log, config: CompanyConfig) -> "Company":
        """Give seats to the users of a log, by what they took to."""
        met = _met(log)
        users = max(int((np.diff(met.indptr) > 0).sum()), 1)
        counts = np.maximum(np.bincount(met.indices, minlength=log.n_items), 1)
        rare = np.log1p(users / counts)
        people, lengths = _seated(met, np.sqrt(met @ rare**2), _last_seen(log))
        rows = csr_array(met[people])
        shares = 1.0 / (lengths + config.lengthen)
        del met  # of millions of likings, one table at a time
        return cls(config, _taken(rows, rare**2, shares), rows, people)

    def score(self, histories: csr_array) -> Floats:
        """Score every item. Shapes: histories (B, I), signed; returns (B, I)."""
        alike = csr_array(histories @ self.taken)
        found = [
            nearest(alike.indices[start:stop], alike.data[start:stop], self.config.most)
            for start, stop in pairwise(alike.indptr.tolist())
        ]
        ends = np.cumsum([0, *(len(seats) for seats, _ in found)])
        seats = np.concatenate([np.empty(0, dtype=np.int64), *(one for one, _ in found)])
        near = np.concatenate([np.empty(0), *(one for _, one in found)])
        asked = csr_array((as_floats(near), seats, ends), shape=alike.shape)
        return as_floats((asked @ self.rows).toarray())


def nearest(seats: Ids, alike: Floats | Doubles, most: int) -> tuple[Ids, Doubles]:
    """Return the `most` seats that are alike, level ones by seat, and how much beside the best.

    Shapes: both (N,), seats distinct; returns both (K,), in order of likeness.
    """
    best = float(alike.max(initial=0.0))
    if best <= 0:
        return seats[:0], np.empty(0)
    # Sums may differ in the last bits between two ways of adding up.
    near = np.round(alike / best, DECIMALS)
    order = np.lexsort((seats, -near))[:most]
    order = order[near[order] > 0]
    return seats[order], near[order].astype(np.float64)


def has_room(log: Log) -> bool:
    """Say whether users are few enough for each who took to anything to have a seat."""
    took = np.zeros(log.n_users, dtype=np.bool_)
    took[log.users[log.weights > 0]] = True
    return int(took.sum()) <= MOST_MEMBERS


def _met(log: Log) -> csr_array:
    """Lay out the newest likings of each user. Shapes: returns (U, I), ones of 8 bits."""
    liked = positives(log)
    kept = _newest(liked)
    users, items = liked.users[kept].astype(np.int32), liked.items[kept].astype(np.int32)
    shape = (log.n_users, log.n_items)
    met = csr_array((np.ones(len(users), dtype=np.int8), (users, items)), shape=shape)
    met.sum_duplicates()
    met.data[:] = 1
    return met


def _newest(liked: Log) -> Bools:
    """Say which rows are among the newest of their user, of a moment the rarer items first.

    Only those of users with a long past are put in order. Shapes: returns (T,).
    """
    kept = np.ones(len(liked), dtype=np.bool_)
    is_long = np.bincount(liked.users, minlength=liked.n_users) > MOST_MET
    rows = np.flatnonzero(is_long[liked.users])
    counts = np.bincount(liked.items, minlength=liked.n_items).astype(np.int32)
    users, items = liked.users[rows].astype(np.int32), liked.items[rows].astype(np.int32)
    order = np.lexsort((items, counts[items], -liked.times[rows], users))
    starts = np.searchsorted(users[order], np.arange(liked.n_users, dtype=np.int32))
    place = np.arange(len(rows)) - starts[users[order]]
    kept[rows[order[place >= MOST_MET]]] = False
    return kept


def _last_seen(log: Log) -> Doubles:
    """Return when each user was seen last. Shapes: returns (U,)."""
    last = np.full(log.n_users, -np.inf)
    np.maximum.at(last, log.users, log.times)
    return last


def _seated(met: csr_array, lengths: Doubles, last: Doubles) -> tuple[Ids, Doubles]:
    """Return who has each seat, and how long their row is. Shapes: returns both (S,)."""
    members = np.flatnonzero(np.diff(met.indptr) >= LEAST_MET)
    lengths = np.round(lengths, DECIMALS)
    people = members[np.lexsort((-last[members], lengths[members]))]
    return people.astype(np.int64), lengths[people]


def _taken(rows: csr_array, weights: Doubles, shares: Doubles) -> csr_array:
    """Lay out the first takers of each item. Shapes: weights (I,); shares (S,); returns (I, S)."""
    taken = rows.T.tocsr()  # each item's seats, ascending
    counts = np.diff(taken.indptr)
    items = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    place = np.arange(taken.nnz, dtype=np.int32) - taken.indptr[:-1].astype(np.int32)[items]
    kept = place < MOST_TAKERS
    items, seats = items[kept], taken.indices[kept]
    values = as_floats(weights[items] * shares[seats])
    return csr_array((values, (items, seats)), shape=taken.shape)
