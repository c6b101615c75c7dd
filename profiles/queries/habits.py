"""How each user of a workspace acts, counted by the database: what makes a machine stand out."""

from collections.abc import Mapping

import numpy as np
from django.db import connection

from core.arrays import Doubles, Ids
from profiles.modelling.quality import Habits

# A moment at midnight sharp is a day without a time, and tells no pace.
COUNTED = """
    SELECT person.id, count(met.id)
    FROM profiles_user AS person
    LEFT JOIN profiles_interaction AS met ON met.user_id = person.id
    WHERE person.workspace_id = %s GROUP BY person.id ORDER BY person.id
"""
A_MINUTE = """
    SELECT user_id, max(size) FROM (
        SELECT user_id, count(*) AS size FROM profiles_interaction
        WHERE workspace_id = %s AND (happened_at AT TIME ZONE 'UTC')::time <> '00:00:00'
        GROUP BY user_id, date_trunc('minute', happened_at)
    ) AS minutes GROUP BY user_id
"""
GAPS = """
    SELECT user_id, count(gap), stddev_pop(gap) / avg(gap) FROM (
        SELECT user_id, extract(epoch FROM happened_at - lag(happened_at)
            OVER (PARTITION BY user_id ORDER BY happened_at))::float8 AS gap
        FROM profiles_interaction
        WHERE workspace_id = %s AND (happened_at AT TIME ZONE 'UTC')::time <> '00:00:00'
    ) AS between_two WHERE gap > 0 GROUP BY user_id
"""
HOURS = """
    SELECT user_id, max(hours) FROM (
        SELECT user_id, count(DISTINCT date_trunc('hour', happened_at)) AS hours
        FROM profiles_interaction
        WHERE workspace_id = %s AND (happened_at AT TIME ZONE 'UTC')::time <> '00:00:00'
        GROUP BY user_id, date_trunc('day', happened_at)
    ) AS days GROUP BY user_id
"""
COPIES = """
    SELECT met.user_id, count(*), avg((review.duplicate_of_id IS NOT NULL)::int)::float8
    FROM profiles_review AS review
    JOIN profiles_interaction AS met ON met.id = review.interaction_id
    WHERE review.workspace_id = %s GROUP BY met.user_id
"""
ONE_VALUE = """
    SELECT user_id, sum(size), max(size) / sum(size) FROM (
        SELECT met.user_id, count(*)::float8 AS size FROM profiles_interaction AS met
        JOIN profiles_kind AS kind ON kind.id = met.kind_id AND kind.value_middle IS NOT NULL
        WHERE met.workspace_id = %s AND met.value IS NOT NULL
        GROUP BY met.user_id, met.value
    ) AS by_value GROUP BY user_id
"""


def load_habits(workspace_id: int) -> Habits:
    """Return the habits of every user of the workspace, in order of their ids. Six queries."""
    counted = _table(COUNTED, workspace_id)
    users = np.array(list(counted), dtype=np.int64)
    gaps, copies = _table(GAPS, workspace_id), _table(COPIES, workspace_id)
    ratings = _table(ONE_VALUE, workspace_id)
    return Habits(
        user=users,
        interactions=_column(users, counted),
        a_minute=_column(users, _table(A_MINUTE, workspace_id)),
        gaps=_column(users, gaps),
        evenness=_column(users, gaps, 1),
        hours=_column(users, _table(HOURS, workspace_id)),
        reviews=_column(users, copies),
        copies=_column(users, copies, 1),
        ratings=_column(users, ratings),
        one_value=_column(users, ratings, 1),
    )


def _table(query: str, workspace_id: int) -> dict[int, tuple[float | None, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [workspace_id])
        return {user: tuple(columns) for user, *columns in cursor.fetchall()}


def _column(users: Ids, table: Mapping[int, tuple[float | None, ...]], place: int = 0) -> Doubles:
    """One figure of each user, NaN where there is none. Shapes: returns (U,)."""
    found = (table[user][place] if user in table else None for user in users.tolist())
    return np.array([np.nan if each is None else float(each) for each in found], dtype=np.float64)
