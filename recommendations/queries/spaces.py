"""The spaces of factors of a fit: where its sources put items, and what lies nearest to a user.

The vectors of a fit never change while it is there, so they are remembered under the id of their
space, as long as there is room.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from core.arrays import Doubles, Floats, Ids
from recommendations.binary import halves_from
from recommendations.queries.availability import IS_OPEN
from recommendations.queries.candidates import SEARCH, vector_text
from recommendations.queries.fetching import array_text, fetch, fetch_ids
from recommendations.queries.filtering import EVERYTHING, Condition
from recommendations.queries.kept import Shelf
from recommendations.queries.standing import FactorStanding

# Of 64 dimensions, some 20 MB a process.
MOST_VECTORS = 50_000
# Of 64 dimensions, 32 kB each.
MOST_TABLES = 64

VECTORS = """
SELECT item_id, halfvec_send(vector) FROM recommendations_itemfactors
WHERE space_id = %(space)s AND item_id = ANY(%(items)s::bigint[])
"""
TABLE = 'SELECT "table" FROM recommendations_factorspace WHERE id = %(space)s'

NEAREST_EXACT = f"""
SELECT candidate.item_id FROM (
    SELECT item_id FROM recommendations_itemfactors
    WHERE space_id = %(space)s
      AND item_id NOT IN (SELECT unnest(%(barred)s::bigint[])){{among}}
    ORDER BY vector <#> %(vector)s::halfvec, item_id
) AS candidate
WHERE {IS_OPEN} LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

# So many places are looked at as a source names for most lists. Of vectors whose lengths differ as
# much as those of factors, an index then misses none of the 20 best, and every twelfth of 50.
BREADTH = 100
NEAREST_INDEXED = """
WITH asked AS MATERIALIZED (SELECT %(vector)s::halfvec({dimensions}) AS vector{settings})
SELECT near.item_id FROM asked CROSS JOIN LATERAL (
    SELECT candidate.item_id FROM recommendations_itemfactors AS candidate
    WHERE candidate.space_id = {space}
      AND candidate.item_id NOT IN (SELECT unnest(%(barred)s::bigint[]))
      AND {is_open}
    ORDER BY candidate.vector::halfvec({dimensions}) <#> asked.vector LIMIT %(most)s
) AS near
"""


_vectors: Shelf[tuple[int, int], bytes | None] = Shelf(MOST_VECTORS)
_tables: Shelf[int, Doubles] = Shelf(MOST_TABLES)


def load_vectors(space: FactorStanding, items: Ids) -> Floats:
    """Return where items stand, in the order given, zero where nobody knows. At most one query.

    Shapes: items (C,); returns (C, D), of 16-bit precision.
    """

    def load(keys: list[tuple[int, int]]) -> dict[tuple[int, int], bytes | None]:
        wanted = array_text(item for _, item in keys)
        rows = fetch(VECTORS, {"space": space.id, "items": wanted})
        return {(space.id, int(item)): vector for item, vector in rows}

    sent: Sequence[bytes | None] = _vectors.rows(
        [(space.id, item) for item in items.tolist()], load, None
    )
    return halves_from(sent, space.dimensions)


def load_table(space: FactorStanding) -> Doubles:
    """Return what a user's vector is found with, laid out flat. At most one query."""

    def load(keys: list[int]) -> dict[int, Doubles]:
        [space_id] = keys
        sent = [row[0] for row in fetch(TABLE, {"space": space_id})]
        return dict.fromkeys(keys, np.frombuffer(sent[0], dtype="<f8")) if sent else {}

    [table] = _tables.rows([space.id], load, np.empty(0))
    return table


def find_nearest_to(
    space: FactorStanding,
    vector: Floats,
    barred: Ids,
    most: int,
    *,
    now: datetime,
    among: Condition = EVERYTHING,
) -> Ids:
    """Return the items to be had of the highest inner products with a vector, best first.

    One query. Exact where the space has no index, see `services.spaces` for those that have one,
    and where it is known beforehand among which items to look. Shapes: vector (D,); at most
    `most` items.
    """
    is_known = among.ids is not None
    here = " AND item_id = ANY(%(filter_ids)s::bigint[])" if is_known else ""
    sql = NEAREST_EXACT.replace("{among}", here)
    if space.is_indexed and not is_known:
        sql = NEAREST_INDEXED.format(
            space=int(space.id),
            dimensions=int(space.dimensions),
            settings=SEARCH.format(breadth=BREADTH),
            is_open=IS_OPEN,
        )
    parameters = {
        "space": space.id,
        "vector": vector_text(vector),
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    return fetch_ids(among.within(sql), parameters | among.parameters)
