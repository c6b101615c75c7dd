"""Everything that scoring and showing need to know of the candidates."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.arrays import Bools, Floats, Ids
from recommendations.binary import halves_from
from recommendations.queries.availability import AVAILABLE
from recommendations.queries.fetching import array_text, fetch
from recommendations.queries.standing import Standing

# Vectors travel as 16-bit floats: cosines are off by some 0.00002, and half the bytes are read.
DETAILS = f"""
SELECT item.id, item.external_id, item.title, {AVAILABLE},
       halfvec_send(item_vector.vector::halfvec)
FROM catalog_item AS item
LEFT JOIN catalog_itemvector AS item_vector
       ON item_vector.item_id = item.id AND item_vector.space_id = %(space)s
WHERE item.id = ANY(%(items)s::bigint[]) AND item.workspace_id = %(workspace)s
ORDER BY item.id
"""  # noqa: S608 - only constants of ours are filled in


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates in ascending order of id, as columns.

    Shapes: all (C,), vectors (C, D), zero where an item has none.
    """

    ids: Ids
    external_ids: tuple[str, ...]
    titles: tuple[str, ...]
    is_available: Bools
    vectors: Floats
    has_vector: Bools

    def __len__(self) -> int:
        return len(self.ids)

    def some(self, kept: Bools) -> "Candidates":
        """Return those of them that are kept. Shapes: kept (C,)."""
        if kept.all():
            return self
        places = np.flatnonzero(kept).tolist()
        return Candidates(
            self.ids[kept],
            tuple(self.external_ids[place] for place in places),
            tuple(self.titles[place] for place in places),
            self.is_available[kept],
            self.vectors[kept],
            self.has_vector[kept],
        )


def load_details(standing: Standing, items: Ids, *, now: datetime) -> Candidates:
    """Read the candidates. One query.

    Items of other workspaces, and items that are gone, are left out.
    """
    space = standing.space
    rows = fetch(
        DETAILS,
        {
            "items": array_text(items),
            "workspace": standing.workspace_id,
            "space": space.id if space else None,
            "now": now,
        },
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    ids, external_ids, titles, available, vectors = columns
    return Candidates(
        ids=np.array(ids, dtype=np.int64),
        external_ids=external_ids,
        titles=titles,
        is_available=np.array(available, dtype=np.bool_),
        vectors=halves_from(vectors, space.dimensions if space else 1),
        has_vector=np.array([one is not None for one in vectors], dtype=np.bool_),
    )
