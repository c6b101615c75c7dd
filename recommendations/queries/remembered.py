"""What was learnt, and what bears a tag, as arrays: read from Postgres once in a while.

The rows of a fit never change while it is there, so they are remembered under its id for as long
as there is room. What bears a tag changes with the catalogue, and is read anew after half a
minute. Nothing that a user did, said or is believed to like is ever remembered.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Floats, Ids, Indices, as_floats, looked_up
from recommendations.binary import floats_of_rows, ids_of_rows
from recommendations.engine.trending import rising
from recommendations.queries.fetching import array_text, fetch
from recommendations.queries.kept import Shelf

# Some 60 MB a process, at 100 links a row.
MOST_ROWS = 50_000
# Some 4 MB a process, at 300 items a row.
MOST_FAVOURITES = 1_000
# Items and their confidence: some 32 MB a process.
MOST_BEARERS = 2_000_000
BEARERS_SECONDS = 30.0
# It says how to look, and not what is found.
BROAD_SECONDS = 30.0
# Items and how they are taken to: some 48 MB a process.
MOST_POPULAR = 2_000_000
# Of a fit's popularity, so many of the most popular are put in order.
MOST_RANKED = 5_000

NEIGHBOURS = """
SELECT item_id, array_send(neighbour_ids), array_send(weights) FROM recommendations_neighbours
WHERE fit_id = %(fit)s AND item_id = ANY(%(keys)s::bigint[])
"""
TAG_LINKS = """
SELECT tag_id, array_send(item_ids), array_send(weights) FROM recommendations_taglinks
WHERE fit_id = %(fit)s AND tag_id = ANY(%(keys)s::bigint[])
"""
FAVOURITES = """
SELECT segment_id, array_send(item_ids), array_send(weights)
FROM recommendations_segmentfavourites
WHERE fit_id = %(fit)s AND segment_id = ANY(%(keys)s::bigint[])
"""
BEARERS = """
SELECT tag_id, array_send(array_agg(item_id)), array_send(array_agg(confidence))
FROM catalog_itemtag WHERE tag_id = ANY(%(keys)s::bigint[]) GROUP BY tag_id
"""
POPULARITY = """
SELECT array_send(array_agg(item_id)), array_send(array_agg(overall)),
       array_send(array_agg(recent))
FROM recommendations_popularity WHERE fit_id = %(fit)s
"""


@dataclass(frozen=True, slots=True)
class Linked:
    """Items that go with one item or tag. Shapes: both (K,), K may be 0."""

    ids: Ids
    weights: Floats


@dataclass(frozen=True, slots=True)
class NeighbourRows:
    """The items that go with some items or tags. Shapes: both (H, K), padded with -1 and 0."""

    ids: Ids
    weights: Floats


@dataclass(frozen=True, slots=True)
class Popular:
    """How all items of a fit are taken to, and the most popular ones, best first.

    Shapes: items (I,) ascending, overall and recent (I,); by_overall and by_recent (R,), ids.
    """

    items: Ids
    overall: Floats
    recent: Floats
    by_overall: Ids
    by_recent: Ids

    def of(self, wanted: Ids) -> tuple[Floats, Floats]:
        """Return overall and recent of some items, 0 where unknown. Shapes: all (C,)."""
        return (
            looked_up(wanted, self.items, self.overall),
            looked_up(wanted, self.items, self.recent),
        )


@dataclass(frozen=True, slots=True)
class Rising:
    """What is taken to more of late than before: all items of a fit, and the steepest, best first.

    Shapes: items (I,) ascending, scores (I,); ranked (R,), ids.
    """

    items: Ids
    scores: Floats
    ranked: Ids


NO_LINKS = Linked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))

_neighbours: Shelf[tuple[int, int], Linked] = Shelf(MOST_ROWS)
_links: Shelf[tuple[int, int], Linked] = Shelf(MOST_ROWS)
_favourites: Shelf[tuple[int, int], Linked] = Shelf(MOST_FAVOURITES)
_bearers: Shelf[int, Linked] = Shelf(
    MOST_BEARERS, seconds=BEARERS_SECONDS, weigh=lambda row: len(row.ids) + 1
)
_popular: Shelf[int, Popular] = Shelf(MOST_POPULAR, weigh=lambda row: len(row.items) + 1)
# Asked for only where such things count.
_rising: Shelf[int, Rising] = Shelf(MOST_POPULAR, weigh=lambda row: len(row.items) + 1)


# Filters that so much fits that the sources look on their way.
broad: Shelf[str, bool] = Shelf(10_000, seconds=BROAD_SECONDS)


def load_neighbours(fit_id: int, items: Ids) -> NeighbourRows:
    """Return the neighbour row of each item, in the order given. At most one query."""
    return _laid(_linked(_neighbours, NEIGHBOURS, fit_id, items))


def load_links(fit_id: int, tags: Ids) -> NeighbourRows:
    """Return the items that statements about each tag speak for, in the order given. At most one
    query.
    """
    return _laid(_linked(_links, TAG_LINKS, fit_id, tags))


def load_favourites(fit_id: int, segment_id: int) -> Linked:
    """Return what members of a segment took to, the favourite first. At most one query."""
    keys = np.array([segment_id], dtype=np.int64)
    [favourites] = _linked(_favourites, FAVOURITES, fit_id, keys)
    return favourites


def load_bearers(tags: Ids) -> list[Linked]:
    """Return the items that bear each tag, ascending, with their confidence. At most one query.

    What changed in the last half minute may be missing.
    """

    def load(keys: list[int]) -> dict[int, Linked]:
        return _read(BEARERS, {"keys": array_text(keys)}, is_ordered=False)

    return _bearers.rows(tags.tolist(), load, NO_LINKS)


def load_popular(fit_id: int) -> Popular:
    """Return how the items of a fit are taken to. At most one query."""
    [popular] = _popular.rows([fit_id], _read_popular, popular_of(*([NO_LINKS.ids] * 3)))
    return popular


def load_rising(fit_id: int) -> Rising:
    """Return which items of a fit are taken to more of late than before. At most one query."""

    def load(fits: list[int]) -> dict[int, Rising]:
        popular = load_popular(fit_id)
        scores = rising(popular.overall, popular.recent)
        ranked = _ranked(scores)
        return {fit_id: Rising(popular.items, scores, popular.items[ranked[scores[ranked] > 0]])}

    [trend] = _rising.rows([fit_id], load, Rising(NO_LINKS.ids, NO_LINKS.weights, NO_LINKS.ids))
    return trend


def popular_of(items: Ids, overall: Floats | Ids, recent: Floats | Ids) -> Popular:
    """Put the popularity of items in order. Shapes: all (I,)."""
    order = np.argsort(items)
    items, overall, recent = items[order], as_floats(overall[order]), as_floats(recent[order])
    return Popular(items, overall, recent, *(items[_ranked(one)] for one in (overall, recent)))


def _ranked(weights: Floats) -> Indices:
    return np.argsort(-weights, kind="stable")[:MOST_RANKED]


def _read_popular(fits: list[int]) -> dict[int, Popular]:
    [fit_id] = fits
    [sent] = fetch(POPULARITY, {"fit": fit_id})
    if sent[0] is None:
        return {}
    items, _ = ids_of_rows([sent[0]])
    return {fit_id: popular_of(items, floats_of_rows([sent[1]]), floats_of_rows([sent[2]]))}


def _linked(
    shelf: Shelf[tuple[int, int], Linked], sql: str, fit_id: int, keys: Ids
) -> list[Linked]:
    def load(wanted: list[tuple[int, int]]) -> dict[tuple[int, int], Linked]:
        read = _read(sql, {"fit": fit_id, "keys": array_text(key for _, key in wanted)})
        return {(fit_id, key): row for key, row in read.items()}

    return shelf.rows([(fit_id, key) for key in keys.tolist()], load, NO_LINKS)


def _read(sql: str, parameters: dict[str, object], *, is_ordered: bool = True) -> dict[int, Linked]:
    rows = fetch(sql, parameters)
    ids, counts = ids_of_rows([row[1] for row in rows])
    weights = floats_of_rows([row[2] for row in rows])
    ends = np.cumsum(counts).tolist()
    found = {}
    for (key, *_), start, end in zip(rows, [0, *ends], ends, strict=False):
        own, heavy = ids[start:end], weights[start:end]
        order = slice(None) if is_ordered else np.argsort(own)
        # Copies, or one row that is kept would keep all that came with it.
        found[int(key)] = Linked(own[order].copy(), heavy[order].copy())
    return found


def _laid(rows: list[Linked]) -> NeighbourRows:
    """Lay out rows of different lengths. Shapes: returns (H, K)."""
    counts = np.array([len(row.ids) for row in rows], dtype=np.int64)
    held = np.arange(counts.max(initial=0)) < counts[:, None]
    laid = NeighbourRows(
        ids=np.full(held.shape, -1, dtype=np.int64),
        weights=np.zeros(held.shape, dtype=np.float32),
    )
    if rows:
        laid.ids[held] = np.concatenate([row.ids for row in rows])
        laid.weights[held] = np.concatenate([row.weights for row in rows])
    return laid
