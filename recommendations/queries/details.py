"""Everything that scoring and showing need to know of the candidates."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.arrays import Bools, Floats, Ids, as_floats
from recommendations.binary import floats_of_rows, halves_from, ids_of_rows
from recommendations.queries.availability import AVAILABLE
from recommendations.queries.fetching import array_text, fetch
from recommendations.queries.standing import Standing

# Vectors travel as 16-bit floats: cosines are off by some 0.00002, and half the bytes are read.
DETAILS = f"""
SELECT item.id, item.external_id, item.title,
       {AVAILABLE},
       coalesce(popularity.overall, 0), coalesce(popularity.recent, 0),
       halfvec_send(item_vector.vector::halfvec), tagged.tags, tagged.weights
FROM catalog_item AS item
LEFT JOIN catalog_itemvector AS item_vector
       ON item_vector.item_id = item.id AND item_vector.space_id = %(space)s
LEFT JOIN recommendations_popularity AS popularity
       ON popularity.item_id = item.id AND popularity.fit_id = %(fit)s
LEFT JOIN (
    SELECT item_id, array_send(array_agg(tag_id ORDER BY tag_id)) AS tags,
           array_send(array_agg(confidence ORDER BY tag_id)) AS weights
    FROM catalog_itemtag
    WHERE item_id = ANY(%(items)s::bigint[]) AND tag_id = ANY(%(tags)s::bigint[])
    GROUP BY item_id
) AS tagged ON tagged.item_id = item.id
WHERE item.id = ANY(%(items)s::bigint[]) AND item.workspace_id = %(workspace)s
ORDER BY item.id
"""  # noqa: S608 - only constants of ours are filled in


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates in ascending order of id, as columns.

    Shapes: all (C,), vectors (C, D), zero where an item has none; tags and tag_weights (N,) with
    indptr (C + 1,), the stated tags each bears, as in a CSR table.
    """

    ids: Ids
    external_ids: tuple[str, ...]
    titles: tuple[str, ...]
    is_available: Bools
    overall: Floats
    recent: Floats
    vectors: Floats
    has_vector: Bools
    indptr: Ids
    tags: Ids
    tag_weights: Floats

    def __len__(self) -> int:
        return len(self.ids)


def load_details(standing: Standing, items: Ids, tags: list[int], *, now: datetime) -> Candidates:
    """Read the candidates, with those of the `tags` that they bear. One query.

    Items of other workspaces, and items that are gone, are left out.
    """
    space = standing.space
    rows = fetch(
        DETAILS,
        {
            "items": array_text(items),
            "workspace": standing.workspace_id,
            "space": space.id if space else None,
            "fit": standing.fit.id if standing.fit else None,
            "tags": array_text(tags),
            "now": now,
        },
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 9
    ids, external_ids, titles, available, overall, recent, vectors, own, weights = columns
    borne, counts = ids_of_rows([one or b"" for one in own])
    return Candidates(
        ids=np.array(ids, dtype=np.int64),
        external_ids=external_ids,
        titles=titles,
        is_available=np.array(available, dtype=np.bool_),
        overall=as_floats(overall),
        recent=as_floats(recent),
        vectors=halves_from(vectors, space.dimensions if space else 1),
        has_vector=np.array([one is not None for one in vectors], dtype=np.bool_),
        indptr=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        tags=borne,
        tag_weights=floats_of_rows([one or b"" for one in weights]),
    )
