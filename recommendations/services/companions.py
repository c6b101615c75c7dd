"""Store who took to what, for users to be compared with as a list is made."""

from collections.abc import Iterator

import numpy as np

from core.arrays import Bools
from core.holding import hold
from profiles.models import User
from recommendations import binary
from recommendations.engine.company import Company
from recommendations.models import Fit
from recommendations.queries.lessons import Lesson

COPY_TAKERS = (
    "COPY recommendations_takers (workspace_id, fit_id, item_id, seats, weights)"
    " FROM STDIN (FORMAT binary)"
)
COPY_COMPANIONS = (
    "COPY recommendations_companion (workspace_id, fit_id, user_id, seat, item_ids)"
    " FROM STDIN (FORMAT binary)"
)


def store_company(fit: Fit, company: Company, lesson: Lesson, alive: Bools) -> None:
    """Store both tables of a fit, without users and items that are gone by now.

    Shapes: alive (I,), which of the lesson's items are there.
    """
    users = lesson.people[company.people]
    is_there = np.isin(users, list(hold(User, users.tolist())))
    owner = (binary.INT8.pack(fit.workspace_id), binary.INT8.pack(fit.pk))
    taken, rows = company.taken, company.rows

    def takers() -> Iterator[bytes]:
        for item in np.flatnonzero(alive & (np.diff(taken.indptr) > 0)):
            part = slice(taken.indptr[item], taken.indptr[item + 1])
            seats, weights = taken.indices[part], taken.data[part]
            kept = is_there[seats]
            seen = (binary.ids_to(seats[kept]), binary.floats_to(weights[kept]))
            yield binary.copy_row(*owner, binary.INT8.pack(lesson.items[item]), *seen)

    def companions() -> Iterator[bytes]:
        for seat in np.flatnonzero(is_there):
            items = rows.indices[rows.indptr[seat] : rows.indptr[seat + 1]]
            met = binary.ids_to(lesson.items[items[alive[items]]])
            who = (binary.INT8.pack(users[seat]), binary.INT8.pack(seat))
            yield binary.copy_row(*owner, *who, met)

    binary.copy_in(COPY_TAKERS, takers())
    binary.copy_in(COPY_COMPANIONS, companions())
