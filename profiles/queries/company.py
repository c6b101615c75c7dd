"""Who took to which items, as a table: what users are compared by."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from scipy.sparse import csr_array

from catalog.models import Item
from core.arrays import Doubles, Floats, Ids, Indices, as_floats
from profiles.models import LEFT_OUT, User
from profiles.queries.verdicts import SIGNED

# One look at an item is no taking to it; two are.
LEAST_TAKEN = 0.15
CHUNK = 50_000

# What each interaction says, unfaded and summed over each pair.
TAKEN = f"""
    SELECT took.user_id, took.item_id, took.moment FROM (
    SELECT met.user_id, met.item_id, extract(epoch FROM max(met.happened_at))::float8 AS moment
    FROM profiles_interaction AS met
    JOIN profiles_kind AS kind ON kind.id = met.kind_id
    JOIN profiles_user AS person ON person.id = met.user_id AND NOT person.is_paused
    LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id AND kind.polarity = 0
        AND (met.value IS NULL OR kind.value_middle IS NULL)
    WHERE met.workspace_id = %s AND (%s::bigint[] IS NULL OR met.user_id = ANY(%s::bigint[]))
        AND NOT EXISTS (
            SELECT 1 FROM profiles_profile AS profile
            WHERE profile.user_id = met.user_id AND profile.oddities @> %s::jsonb
        )
    GROUP BY met.user_id, met.item_id HAVING sum({SIGNED}) >= %s
    ) AS took
    JOIN profiles_user AS who ON who.id = took.user_id
    JOIN catalog_item AS what ON what.id = took.item_id
    ORDER BY who.external_id COLLATE "C", what.external_id COLLATE "C"
"""  # noqa: S608 - only constants of ours are filled in


@dataclass(frozen=True, slots=True)
class Company:
    """Who took to what, and when.

    Shapes: users (U,) and items (I,), ids in the order of their external ids, whoever was stored
    first; met (U, I), ones; when as met's entries lie, NaN where there is no date. Units: when in
    seconds since 1970.
    """

    users: Ids
    items: Ids
    met: csr_array
    when: Doubles


def load_company(workspace_id: int, user_ids: Sequence[int] | None = None) -> Company:
    """Return what users took to, by all that they did with it.

    The paused are left out, and those whom staff have left out of what others are compared with.
    Everybody's, or that of some users. No user and no item without an entry. Three queries.
    """
    wanted = None if user_ids is None else list(user_ids)
    parts: list[Doubles] = []
    with connection.cursor() as cursor:
        left_out = json.dumps([LEFT_OUT])
        cursor.execute(TAKEN, [workspace_id, wanted, wanted, left_out, LEAST_TAKEN])
        while rows := cursor.fetchmany(CHUNK):
            parts.append(np.array(rows, dtype=np.float64))  # holds ids up to 2 ** 53 exactly
    taken = np.concatenate(parts) if parts else np.empty((0, 3))
    users, row = _in_order_of(User, taken[:, 0].astype(np.int64))
    items, column = _in_order_of(Item, taken[:, 1].astype(np.int64))
    ones = np.ones(len(taken), dtype=np.float32)
    # The rows come in order of users and items, and so do the entries of the table.
    met = csr_array((ones, (row, column)), shape=(len(users), len(items)))
    return Company(users, items, met, taken[:, 2])


def _in_order_of(model: type[User | Item], ids: Ids) -> tuple[Ids, Indices]:
    """Return the distinct ids in the order of their external ids, and where each of `ids` stands.

    By code points, as Postgres' collation C has them.
    """
    known, place = np.unique(ids, return_inverse=True)
    rows = model._default_manager.filter(pk__in=known.tolist())
    names = dict(rows.values_list("pk", "external_id"))
    order = np.array(sorted(range(len(known)), key=lambda at: names[int(known[at])]), dtype=np.intp)
    standing = np.empty(len(known), dtype=np.intp)
    standing[order] = np.arange(len(known))
    return known[order], standing[place]


def directions_for(company: Company, known: dict[int, Sequence[float]], dimensions: int) -> Floats:
    """Return the directions of the company's items, zero where none is known. Returns (I, D)."""
    nothing = [0.0] * dimensions
    rows = [known.get(item, nothing) for item in company.items.tolist()]
    return as_floats(np.array(rows, dtype=np.float32).reshape(len(rows), dimensions))
