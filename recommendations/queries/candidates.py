"""Which items come into question: one query per way of finding them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.arrays import Floats, Ids, as_floats
from recommendations.binary import floats_of_rows, ids_from, ids_of_rows
from recommendations.queries.askers import Tastes
from recommendations.queries.availability import AVAILABLE, IS_OPEN
from recommendations.queries.fetching import Rows, array_text, fetch
from recommendations.queries.filtering import EVERYTHING, Condition
from recommendations.queries.standing import SpaceStanding
from recommendations.rows import KIND_OF_VERDICT, REST_DAYS

# What a request bars: met by the user, asked away by the caller, on an earlier page. One that the
# user only asked to see less of is barred while it rests.
BARRED = """
SELECT array_send(coalesce((
           SELECT array_agg(DISTINCT met.item_id) FROM profiles_interaction AS met
           JOIN profiles_kind AS kind ON kind.id = met.kind_id
           WHERE met.user_id = %(user)s
             AND (kind.name <> %(less)s
                  OR coalesce(met.happened_at, met.received_at) > %(rested)s)
       ), '{}')),
       array_send(coalesce((
           SELECT array_agg(id) FROM catalog_item
           WHERE workspace_id = %(workspace)s AND external_id = ANY(%(external_ids)s)
       ), '{}'))
"""

NEIGHBOURS = """
SELECT item_id, array_send(neighbour_ids), array_send(weights) FROM recommendations_neighbours
WHERE fit_id = %(fit)s AND item_id = ANY(%(items)s::bigint[])
"""

TAG_LINKS = """
SELECT tag_id, array_send(item_ids), array_send(weights) FROM recommendations_taglinks
WHERE fit_id = %(fit)s AND tag_id = ANY(%(tags)s::bigint[])
"""

# The array holds the best first, which is the order of its places: nothing is sorted, and as many
# are looked up as it takes.
OPEN = f"""
SELECT candidate.item_id
FROM unnest(%(items)s::bigint[]) WITH ORDINALITY AS candidate(item_id, place)
WHERE {IS_OPEN} ORDER BY candidate.place LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

POPULAR = """
(SELECT popularity.item_id FROM recommendations_popularity AS popularity
 JOIN catalog_item AS item ON item.id = popularity.item_id
 WHERE popularity.fit_id = %(fit)s AND popularity.item_id <> ALL(%(barred)s::bigint[])
   AND {available}
 ORDER BY {column} DESC LIMIT %(most)s)
"""
POPULAR_AND_RECENT = " UNION ".join(
    POPULAR.format(column=column, available=AVAILABLE) for column in ("overall", "recent")
)

# Nothing learnt yet: count a sample of what happened, in the order of hashes, so that any moment
# is as likely as another. Items that it does not name come last, the newest of them first.
UNLEARNT = f"""
SELECT item.id, coalesce(counted.times, 0)::float8 FROM catalog_item AS item
LEFT JOIN (
    SELECT sample.item_id, count(*) AS times FROM (
        SELECT item_id FROM profiles_interaction
        WHERE workspace_id = %(workspace)s ORDER BY event_key LIMIT 20000
    ) AS sample GROUP BY sample.item_id
) AS counted ON counted.item_id = item.id
WHERE item.workspace_id = %(workspace)s AND item.id <> ALL(%(barred)s::bigint[])
  AND {AVAILABLE}
ORDER BY counted.times DESC NULLS LAST, item.id DESC LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

TAGGED = """
    SELECT item_tag.item_id FROM unnest(%(tags)s::bigint[], %(strengths)s::float8[])
        AS stated(tag_id, strength)
    JOIN catalog_itemtag AS item_tag ON item_tag.tag_id = stated.tag_id
    WHERE item_tag.item_id <> ALL(%(barred)s::bigint[])
    GROUP BY item_tag.item_id
    ORDER BY sum(item_tag.confidence * stated.strength) DESC, item_tag.item_id
"""
# Sorting out the first few costs far less than sorting all that bear any of the tags.
FIRST_TAGGED = f"""
SELECT candidate.item_id, {IS_OPEN}
FROM ({TAGGED} LIMIT %(looked_at)s) AS candidate
"""  # noqa: S608 - only constants of ours are filled in
OPEN_TAGGED = f"""
SELECT candidate.item_id FROM ({TAGGED}) AS candidate
WHERE {IS_OPEN} LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

# The vectors have unit length, so the inner product orders as the cosine does, for less.
# Tastes are read once, or their text would be parsed again for every item.
NEAREST_EXACT = f"""
WITH taste AS MATERIALIZED (
    SELECT given::vector AS vector FROM unnest(%(tastes)s::text[]) AS given
)
SELECT DISTINCT near.item_id FROM taste CROSS JOIN LATERAL (
    SELECT candidate.item_id FROM (
        SELECT item_id FROM catalog_itemvector
        WHERE space_id = %(space)s AND item_id <> ALL(%(barred)s::bigint[]){{among}}
        ORDER BY vector <#> taste.vector
    ) AS candidate
    WHERE {IS_OPEN} LIMIT %(most)s
) AS near
"""  # noqa: S608 - only constants of ours are filled in

# The settings hold for this statement alone. Without the iterative scan, a user who has met all
# that lies next to their taste would be left with nothing.
NEAREST_INDEXED = """
WITH taste AS MATERIALIZED (
    SELECT given::halfvec({dimensions}) AS vector,
           set_config('hnsw.iterative_scan', 'relaxed_order', TRUE),
           set_config('hnsw.ef_search', '64', TRUE)
    FROM unnest(%(tastes)s::text[]) AS given
)
SELECT DISTINCT near.item_id FROM taste CROSS JOIN LATERAL (
    SELECT candidate.item_id FROM catalog_itemvector AS candidate
    WHERE candidate.space_id = {space} AND candidate.item_id <> ALL(%(barred)s::bigint[])
      AND {is_open}
    ORDER BY candidate.vector::halfvec({dimensions}) <#> taste.vector LIMIT %(most)s
) AS near
"""


@dataclass(frozen=True, slots=True)
class NeighbourRows:
    """The items that go with some items or tags. Shapes: both (H, K), padded with -1 and 0."""

    ids: Ids
    weights: Floats


def load_barred(
    workspace_id: int, user_id: int | None, exclude_ids: Sequence[str], *, now: datetime
) -> tuple[Ids, Ids]:
    """Return the items the user met in any way, and those the caller excludes. One query.

    What the user only asked to see less of is barred for thirty days.
    """
    parameters = {
        "workspace": workspace_id,
        "user": user_id,
        "external_ids": list(exclude_ids),
        "less": KIND_OF_VERDICT["less"],
        "rested": now - timedelta(days=REST_DAYS),
    }
    seen, excluded = fetch(BARRED, parameters)[0]
    return ids_from(seen), ids_from(excluded)


def load_neighbours(fit_id: int, items: Ids) -> NeighbourRows:
    """Return the neighbour row of each item, in the order given. One query."""
    rows = fetch(NEIGHBOURS, {"fit": fit_id, "items": array_text(items)})
    return _in_order(items, rows)


def load_links(fit_id: int, tags: Ids) -> NeighbourRows:
    """Return the items that statements about each tag speak for, in the order given. One query."""
    return _in_order(tags, fetch(TAG_LINKS, {"fit": fit_id, "tags": array_text(tags)}))


def _in_order(wanted: Ids, given: Rows) -> NeighbourRows:
    """Lay out rows of a key, ids and weights. Shapes: wanted (H,); returns H rows."""
    found = {key: (ids, weights) for key, ids, weights in given}
    rows = [found.get(key, (b"", b"")) for key in wanted.tolist()]
    ids, counts = ids_of_rows([row[0] for row in rows])
    held = np.arange(counts.max(initial=0)) < counts[:, None]
    laid = NeighbourRows(
        ids=np.full(held.shape, -1, dtype=np.int64),
        weights=np.zeros(held.shape, dtype=np.float32),
    )
    laid.ids[held] = ids
    laid.weights[held] = floats_of_rows([row[1] for row in rows])
    return laid


def find_open(items: Ids, most: int, *, now: datetime, among: Condition = EVERYTHING) -> Ids:
    """Return the first `most` of the items that are to be had, in the order given. One query."""
    parameters = {"items": array_text(items), "most": most, "now": now}
    return _ids(fetch(among.within(OPEN), parameters | among.parameters))


def find_popular(
    fit_id: int, barred: Ids, most: int, *, now: datetime, among: Condition = EVERYTHING
) -> Ids:
    """Return the most popular items to be had, over all time and lately together. One query."""
    parameters = {"fit": fit_id, "barred": array_text(barred), "most": most, "now": now}
    return _ids(fetch(among.within(POPULAR_AND_RECENT), parameters | among.parameters))


def count_unlearnt(
    workspace_id: int, barred: Ids, most: int, *, now: datetime, among: Condition = EVERYTHING
) -> tuple[Ids, Floats]:
    """Return items to be had by how often a sample of the interactions names them. One query.

    For a workspace that has learnt nothing yet: at most 20,000 interactions are counted.
    Shapes: returns items and counts (C,), in ascending order of items.
    """
    parameters = {
        "workspace": workspace_id,
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    rows = sorted(fetch(among.within(UNLEARNT), parameters | among.parameters))
    return _ids(rows), as_floats([count for _, count in rows])


def find_tagged(
    tags: Sequence[int],
    strengths: Sequence[float],
    barred: Ids,
    most: int,
    *,
    now: datetime,
    among: Condition = EVERYTHING,
) -> Ids:
    """Return the items to be had that bear most of the tags, and most surely.

    One query, two where many of the best are not to be had. Level items go by their ids.
    """
    parameters = {
        "tags": list(tags),
        "strengths": list(strengths),
        "barred": array_text(barred),
        "now": now,
    }
    parameters |= among.parameters
    if not among.sql:
        rows = fetch(FIRST_TAGGED, parameters | {"looked_at": 2 * most})
        first = _ids([row for row in rows if row[1]][:most])
        if len(first) == most or len(rows) < 2 * most:
            return first
    return _ids(fetch(among.within(OPEN_TAGGED), parameters | {"most": most}))


def find_nearest(
    space: SpaceStanding,
    tastes: Tastes,
    barred: Ids,
    most: int,
    *,
    now: datetime,
    among: Condition = EVERYTHING,
) -> Ids:
    """Return the items to be had that are nearest to each taste, `most` for each, together.

    One query. Exact where the space has no index, see `services.indexes` for those that have one,
    and where it is known beforehand among which items to look.
    """
    is_known = among.ids is not None
    here = " AND item_id = ANY(%(filter_ids)s::bigint[])" if is_known else ""
    sql = NEAREST_EXACT.replace("{among}", here)
    if space.is_indexed and not is_known:
        sql = NEAREST_INDEXED.format(
            space=int(space.id), dimensions=int(space.dimensions), is_open=IS_OPEN
        )
    parameters = {
        "tastes": [vector_text(vector) for vector in tastes.vectors],
        "space": space.id,
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    return _ids(fetch(among.within(sql), parameters | among.parameters))


def vector_text(vector: Floats) -> str:
    """Write a vector as pgvector reads it. Shapes: vector (D,)."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"


def _ids(rows: Sequence[tuple[int, ...]]) -> Ids:
    return np.array([row[0] for row in rows], dtype=np.int64)
