"""Who took to what, as the fit that serves has it: read anew for each request.

Nothing of it is remembered: who has been erased or paused a moment ago is nobody's company.
"""

from dataclasses import dataclass

import numpy as np

from core.arrays import Floats, Ids, Indices
from recommendations.binary import floats_of_rows, ids_of_rows
from recommendations.queries.fetching import array_text, fetch

TAKERS = """
SELECT item_id, array_send(seats), array_send(weights) FROM recommendations_takers
WHERE fit_id = %(fit)s AND item_id = ANY(%(keys)s::bigint[])
"""
COMPANIONS = """
SELECT companion.seat, array_send(companion.item_ids)
FROM recommendations_companion AS companion
JOIN profiles_user AS person ON person.id = companion.user_id
WHERE companion.fit_id = %(fit)s AND companion.seat = ANY(%(keys)s::bigint[])
  AND NOT person.is_paused AND person.id <> %(user)s
"""


@dataclass(frozen=True, slots=True)
class TakersOf:
    """Who took to some items. Shapes: all (N,); places are positions in what was asked for."""

    places: Indices
    seats: Ids
    weights: Floats


@dataclass(frozen=True, slots=True)
class TakenBy:
    """What some users took to. Shapes: both (N,); places are positions in what was asked for."""

    places: Indices
    items: Ids


def load_takers(fit_id: int, items: Ids) -> TakersOf:
    """Return the seats of those who took to each of some distinct items. One query."""
    rows = fetch(TAKERS, {"fit": fit_id, "keys": array_text(items)})
    seats, counts = ids_of_rows([row[1] for row in rows])
    weights = floats_of_rows([row[2] for row in rows])
    return TakersOf(_places([row[0] for row in rows], counts, items), seats, weights)


def load_taken(fit_id: int, seats: Ids, *, but_for: int | None) -> TakenBy:
    """Return what those with some distinct seats took to. One query.

    Nothing of who is paused, nor of the user `but_for`, who is no company to themselves.
    """
    given = {"fit": fit_id, "keys": array_text(seats), "user": but_for or 0}
    rows = fetch(COMPANIONS, given)
    items, counts = ids_of_rows([row[1] for row in rows])
    return TakenBy(_places([row[0] for row in rows], counts, seats), items)


def _places(keys: list[int], counts: Ids, wanted: Ids) -> Indices:
    """Say of each element of rows with these keys where its key stands among the wanted ones."""
    order = np.argsort(wanted)
    found = order[np.searchsorted(wanted, np.array(keys, dtype=np.int64), sorter=order)]
    return np.repeat(found, counts)
