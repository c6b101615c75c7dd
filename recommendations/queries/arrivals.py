"""When items came in: as a fit has it, and of those that came since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.arrays import Doubles, Ids, places_in
from recommendations.binary import doubles_from, ids_from
from recommendations.queries.availability import AVAILABLE
from recommendations.queries.fetching import array_text, fetch, ids_in
from recommendations.queries.filtering import EVERYTHING, Condition
from recommendations.queries.kept import Shelf

NEW_FOR_DAYS = 30
MOST_NEW = 500
# Some 32 MB a process.
MOST_ARRIVALS = 2_000_000

ARRIVALS = """
SELECT array_send(array_agg(item_id ORDER BY item_id)),
       array_send(array_agg(arrived ORDER BY item_id))
FROM recommendations_popularity WHERE fit_id = %(fit)s AND arrived < 'Infinity'
"""

NEWEST = f"""
SELECT item.id, extract(epoch FROM item.created_at)::float8 FROM catalog_item AS item
WHERE item.workspace_id = %(workspace)s AND item.created_at > %(since)s
  AND item.created_at <= %(now)s
  AND item.id NOT IN (SELECT unnest(%(barred)s::bigint[])) AND {AVAILABLE}
ORDER BY item.created_at DESC, item.id DESC LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in


@dataclass(frozen=True, slots=True)
class Arrived:
    """When items came in. Shapes: both (N,), items ascending. Units: unix seconds."""

    items: Ids
    moments: Doubles

    def newest_first(self) -> Ids:
        """Return the items, the newest first, and of several the one entered last."""
        return self.items[np.lexsort((-self.items, -self.moments))]

    def of(self, wanted: Ids) -> Doubles:
        """Return the moments of some items, infinite where none is known. Shapes: (C,)."""
        found = np.full(len(wanted), np.inf)
        place, known = places_in(wanted, self.items)
        found[known] = self.moments[place[known]]
        return found


NOTHING_KNOWN = Arrived(np.empty(0, dtype=np.int64), np.empty(0))

_arrivals: Shelf[int, Arrived] = Shelf(MOST_ARRIVALS, weigh=lambda row: len(row.items) + 1)


def load_arrivals(fit_id: int) -> Arrived:
    """Return when the items of a fit came in, where it reckons with that. At most one query."""

    def load(fits: list[int]) -> Mapping[int, Arrived]:
        [(items, moments)] = fetch(ARRIVALS, {"fit": fit_id})
        if items is None:
            return {}
        return dict.fromkeys(fits, Arrived(ids_from(items), doubles_from(moments)))

    [arrived] = _arrivals.rows([fit_id], load, NOTHING_KNOWN)
    return arrived


def find_newest(
    workspace_id: int,
    barred: Ids,
    *,
    now: datetime,
    most: int = MOST_NEW,
    among: Condition = EVERYTHING,
) -> Arrived:
    """Return when the newest items to be had were entered, over the last thirty days. One query.

    An item counts from the moment it was sent: nothing about it has to be worked out before. At
    most 500: what is newer than all that a fit knows is nearly always among them.
    """
    parameters = {
        "workspace": workspace_id,
        "since": now - timedelta(days=NEW_FOR_DAYS),
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    rows = sorted(fetch(among.within(NEWEST), parameters | among.parameters))
    return Arrived(
        ids_in(rows),
        np.array([moment for _, moment in rows], dtype=np.float64),
    )
