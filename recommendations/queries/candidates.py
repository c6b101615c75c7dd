"""Which items come into question: one query per way of finding them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from core.arrays import Floats, Ids, as_floats
from recommendations.binary import ids_from
from recommendations.queries.askers import Tastes
from recommendations.queries.availability import AVAILABLE, IS_OPEN
from recommendations.queries.fetching import array_text, fetch
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

OPEN = f"""
SELECT item.id FROM catalog_item AS item
WHERE item.id = ANY(%(items)s::bigint[]) AND {AVAILABLE}
"""  # noqa: S608 - only constants of ours are filled in

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
WHERE item.workspace_id = %(workspace)s AND item.id NOT IN (SELECT unnest(%(barred)s::bigint[]))
  AND {AVAILABLE}
ORDER BY counted.times DESC NULLS LAST, item.id DESC LIMIT %(most)s
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
        WHERE space_id = %(space)s AND item_id NOT IN (SELECT unnest(%(barred)s::bigint[])){{among}}
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
    WHERE candidate.space_id = {space}
      AND candidate.item_id NOT IN (SELECT unnest(%(barred)s::bigint[]))
      AND {is_open}
    ORDER BY candidate.vector::halfvec({dimensions}) <#> taste.vector LIMIT %(most)s
) AS near
"""


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


def find_open(items: Ids, most: int, *, now: datetime, among: Condition = EVERYTHING) -> Ids:
    """Return the first `most` of the items that are to be had, in the order given. One query."""
    parameters = {"items": array_text(items), "now": now}
    found = _ids(fetch(among.within(OPEN), parameters | among.parameters))
    return items[np.isin(items, found)][:most]


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
