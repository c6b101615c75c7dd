"""Which items come into question: one query per way of finding them."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from core.arrays import Floats, Ids, as_floats, is_among
from recommendations.engine.rules import NOTHING
from recommendations.queries.askers import Tastes
from recommendations.queries.availability import AVAILABLE, IS_OPEN
from recommendations.queries.fetching import array_text, fetch, fetch_ids, ids_in
from recommendations.queries.filtering import EVERYTHING, Condition
from recommendations.queries.standing import SpaceStanding

NAMED = """
SELECT id FROM catalog_item WHERE workspace_id = %(workspace)s AND external_id = ANY(%(ids)s)
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

# The tastes of a request: those that came with it as text, and the stored ones of its user. They
# are read once, or their text would be parsed again for every item.
TASTES = """
WITH taste AS MATERIALIZED (
    SELECT given::{kind} AS vector{settings} FROM unnest(%(tastes)s::text[]) AS given
    UNION ALL
    SELECT stored.vector::{kind}{settings} FROM profiles_profilevector AS stored
    WHERE stored.user_id = %(user)s AND stored.space_id = %(space)s AND stored.weight > 0
)
"""

# The vectors have unit length, so the inner product orders as the cosine does, for less. Those that
# come into question are read once for all tastes.
NEAREST_EXACT = f"""
{TASTES.format(kind="vector", settings="")},
chosen AS MATERIALIZED (
    SELECT item_id, vector FROM catalog_itemvector
    WHERE space_id = %(space)s AND item_id NOT IN (SELECT unnest(%(barred)s::bigint[])){{among}}
)
SELECT DISTINCT near.item_id FROM taste CROSS JOIN LATERAL (
    SELECT candidate.item_id FROM (
        SELECT chosen.item_id FROM chosen ORDER BY chosen.vector <#> taste.vector
    ) AS candidate
    WHERE {IS_OPEN} LIMIT %(most)s
) AS near
"""  # noqa: S608 - only constants of ours are filled in

# The settings hold for this statement alone. Without the iterative scan, a user who has met all
# that lies next to their taste would be left with nothing.
SEARCH = """,
           set_config('hnsw.iterative_scan', 'relaxed_order', TRUE),
           set_config('hnsw.ef_search', '{breadth}', TRUE)"""
BREADTH = 40
NEAREST_INDEXED = """
SELECT DISTINCT near.item_id FROM taste CROSS JOIN LATERAL (
    SELECT candidate.item_id FROM catalog_itemvector AS candidate
    WHERE candidate.space_id = {space}
      AND candidate.item_id NOT IN (SELECT unnest(%(barred)s::bigint[]))
      AND {is_open}
    ORDER BY candidate.vector::halfvec({dimensions}) <#> taste.vector LIMIT %(most)s
) AS near
"""


def load_named(workspace_id: int, external_ids: Sequence[str]) -> Ids:
    """Return the items that a caller names. At most one query."""
    if not external_ids:
        return NOTHING
    return fetch_ids(NAMED, {"workspace": workspace_id, "ids": list(external_ids)})


def find_open(items: Ids, most: int, *, now: datetime, among: Condition = EVERYTHING) -> Ids:
    """Return the first `most` of the items that are to be had, in the order given. One query."""
    parameters = {"items": array_text(items), "now": now}
    found = fetch_ids(among.within(OPEN), parameters | among.parameters)
    return items[is_among(items, np.sort(found))][:most]


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
    return ids_in(rows), as_floats([count for _, count in rows])


def find_nearest(
    space: SpaceStanding,
    tastes: Tastes,
    barred: Ids,
    most: int,
    *,
    now: datetime,
    among: Condition = EVERYTHING,
) -> Ids:
    """Return the items to be had that are nearest to each liked taste, `most` for each, together.

    One query. Exact where the space has no index, see `services.indexes` for those that have one,
    and where it is known beforehand among which items to look.
    """
    is_known = among.ids is not None
    here = " AND item_id = ANY(%(filter_ids)s::bigint[])" if is_known else ""
    sql = NEAREST_EXACT.replace("{among}", here)
    if space.is_indexed and not is_known:
        kind = f"halfvec({int(space.dimensions)})"
        sql = TASTES.format(
            kind=kind, settings=SEARCH.format(breadth=BREADTH)
        ) + NEAREST_INDEXED.format(
            space=int(space.id), dimensions=int(space.dimensions), is_open=IS_OPEN
        )
    came = tastes.vectors[tastes.stored :][tastes.weights[tastes.stored :] > 0]
    parameters = {
        "tastes": [vector_text(vector) for vector in came],
        "user": tastes.user_id,
        "space": space.id,
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    return fetch_ids(among.within(sql), parameters | among.parameters)


def vector_text(vector: Floats) -> str:
    """Write a vector as pgvector reads it. Shapes: vector (D,)."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"
