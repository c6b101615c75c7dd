"""What slates led to: impressions and interactions joined back to what was served."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from core.arrays import Ids
from profiles.queries.verdicts import SIGNED
from recommendations.engine.rates import Tally
from recommendations.models import Experiment
from recommendations.queries.askers import LIKED
from recommendations.queries.fetching import array_text, fetch

# An interaction of a slate: with an item of it, and by its user where that one is known.
OF_SLATE = """met.slate_id = slate.id AND met.item_id = ANY(slate.item_ids)
         AND (slate.user_id IS NULL OR met.user_id = slate.user_id)"""

# An interaction that names the slate says that the item was seen, too.
JOINED = f"""
WITH chosen AS MATERIALIZED (
    SELECT id, placement, arm, user_id, item_ids, created_at FROM recommendations_slate
    WHERE workspace_id = %(workspace)s AND created_at >= %(since)s {{which}}
), responses AS MATERIALIZED (
    SELECT slate.id AS slate_id, met.item_id,
           bool_or({SIGNED} > 0) AS is_clicked, bool_or({SIGNED} >= {LIKED}) AS is_positive
    FROM chosen AS slate
    JOIN profiles_interaction AS met ON {OF_SLATE}
    JOIN profiles_kind AS kind ON kind.id = met.kind_id
    LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
    GROUP BY 1, 2
), seen AS (
    SELECT impression.slate_id, impression.item_id
    FROM recommendations_impression AS impression JOIN chosen ON chosen.id = impression.slate_id
    UNION SELECT slate_id, item_id FROM responses
), outcomes AS (
    SELECT placement, arm, (created_at AT TIME ZONE 'UTC')::date AS day,
           coalesce(user_id::text, chosen.id::text) AS who,
           coalesce(is_clicked, FALSE) AS is_clicked, coalesce(is_positive, FALSE) AS is_positive
    FROM seen JOIN chosen ON chosen.id = seen.slate_id
    LEFT JOIN responses USING (slate_id, item_id)
)"""  # noqa: S608 - only constants of ours are filled in
COUNTS = """count(*) AS shown, count(*) FILTER (WHERE is_clicked) AS clicked,
       count(*) FILTER (WHERE is_positive) AS positive"""
SUMS = """count(*), sum(shown)::bigint, sum(shown * shown)::float8,
       sum(clicked)::bigint, sum(clicked * clicked)::float8, sum(clicked * shown)::float8,
       sum(positive)::bigint, sum(positive * positive)::float8, sum(positive * shown)::float8"""

BY_DAY = f"""{JOINED.format(which="")}, users AS (
    SELECT placement, day, who, {COUNTS}
    FROM outcomes GROUP BY GROUPING SETS ((placement, day, who), (placement, who))
)
SELECT placement, day, {SUMS} FROM users GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - only constants of ours are filled in

# Of whom nothing tells that it was the same one, no interval can be given.
KNOWN = "AND experiment_id = %(experiment)s AND user_id IS NOT NULL"
BY_ARM = f"""{JOINED.format(which=KNOWN)}, users AS (
    SELECT arm, who, {COUNTS} FROM outcomes GROUP BY 1, 2
)
SELECT arm, {SUMS} FROM users GROUP BY 1
"""  # noqa: S608 - only constants of ours are filled in

# The newest sightings of each item alone: what was so long ago may be so no more. An interaction
# that names a slate is one where no impression of it was sent.
NEWEST = 200
COUNTED = f"""
WITH sightings AS (
    SELECT wanted.item_id, newest.slate_id
    FROM unnest(%(items)s::bigint[]) AS wanted(item_id)
    CROSS JOIN LATERAL (
        (SELECT impression.slate_id, impression.seen_at
         FROM recommendations_impression AS impression
         WHERE impression.item_id = wanted.item_id
         ORDER BY impression.seen_at DESC LIMIT {NEWEST})
        UNION ALL
        (SELECT slate.id, max(met.received_at)
         FROM (SELECT slate_id, item_id, user_id, received_at FROM profiles_interaction
               WHERE item_id = wanted.item_id AND slate_id IS NOT NULL
               ORDER BY id DESC LIMIT {NEWEST}) AS met
         JOIN recommendations_slate AS slate ON {OF_SLATE}
         WHERE NOT EXISTS (SELECT FROM recommendations_impression AS impression
                           WHERE impression.slate_id = slate.id
                             AND impression.item_id = wanted.item_id)
         GROUP BY slate.id)
        ORDER BY seen_at DESC LIMIT {NEWEST}
    ) AS newest
), outcomes AS (
    SELECT sightings.item_id, sightings.slate_id,
           coalesce(bool_or({SIGNED} > 0), FALSE) AS is_clicked,
           coalesce(bool_or({SIGNED} >= {LIKED}), FALSE) AS is_positive
    FROM sightings
    JOIN recommendations_slate AS slate ON slate.id = sightings.slate_id
    LEFT JOIN profiles_interaction AS met ON {OF_SLATE} AND met.item_id = sightings.item_id
    LEFT JOIN profiles_kind AS kind ON kind.id = met.kind_id
    LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
    GROUP BY 1, 2
), counted AS (
    SELECT item_id, {COUNTS} FROM outcomes GROUP BY item_id
), gone AS (
    DELETE FROM recommendations_itemrate AS rate
    WHERE item_id = ANY(%(items)s::bigint[])
      AND NOT EXISTS (SELECT FROM counted WHERE counted.item_id = rate.item_id)
)
INSERT INTO recommendations_itemrate
    (workspace_id, item_id, shown, clicked, positive, erasures)
SELECT %(workspace)s, item_id, shown, clicked, positive,
       (SELECT erasures FROM accounts_workspace WHERE id = %(workspace)s)
FROM counted ORDER BY item_id
ON CONFLICT (item_id) DO UPDATE
SET shown = excluded.shown, clicked = excluded.clicked, positive = excluded.positive,
    erasures = excluded.erasures
"""  # noqa: S608 - only constants of ours are filled in

RATES = """
SELECT item_id, shown, clicked FROM recommendations_itemrate
WHERE item_id = ANY(%(items)s::bigint[])
"""


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Seen:
    """What users saw, and how much of it led to something.

    `clicked` counts what somebody took to in any way, `positive` what they clearly liked. Where
    nothing tells who it was, each slate counts as a user.
    """

    clicked: Tally = NOTHING
    positive: Tally = NOTHING

    @property
    def users(self) -> int:
        return self.clicked.users

    @property
    def shown(self) -> int:
        return self.clicked.trials


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one placement's slates of one day led to, or of all days together (None).

    A day is one of UTC, on which the slates were served. Over all days each user counts once.
    """

    placement: str
    day: date | None
    seen: Seen


def list_outcomes(workspace_id: int, *, since: datetime) -> list[Outcome]:
    """Return what the slates since then led to, by placement and day, all days last. One query."""
    found = fetch(BY_DAY, {"workspace": workspace_id, "since": since})
    return [Outcome(placement, day, _seen(*sums)) for placement, day, *sums in found]


def count_arms(experiment: Experiment) -> dict[str, Seen]:
    """Return what each arm of an experiment led to, by its name. One query.

    What was served to somebody who is not known counts in none.
    """
    parameters = {
        "workspace": experiment.workspace_id,
        "experiment": experiment.pk,
        "since": experiment.started_at or experiment.created_at,
    }
    return {arm: _seen(*sums) for arm, *sums in fetch(BY_ARM, parameters)}


def _seen(users: int, shown: int, squared: float, *sums: float) -> Seen:
    """Read SUMS: of clicks and of likings the hits, their squares, and hits by trials."""
    clicked, positive = (
        Tally(users, shown, int(hits), squared, hits_squared, crossed)
        for hits, hits_squared, crossed in (sums[:3], sums[3:])
    )
    return Seen(clicked, positive)


def load_rates(items: Ids) -> tuple[Ids, Ids]:
    """Return how often each item was seen of late, and how often that was clicked. One query.

    Shapes: items (C,), returns both (C,), 0 for what was never seen.
    """
    found = {pk: (n, k) for pk, n, k in fetch(RATES, {"items": array_text(items)})}
    counts = np.array([found.get(pk, (0, 0)) for pk in items.tolist()], dtype=np.int64)
    shown, clicked = counts.reshape(-1, 2).T
    return shown, clicked
