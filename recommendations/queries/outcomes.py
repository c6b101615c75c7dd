"""What slates led to: impressions and interactions joined back to what was served."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from core.arrays import Ids
from profiles.modelling.strength import SENTIMENT_WEIGHT
from recommendations.models import Experiment
from recommendations.queries.askers import LIKED
from recommendations.queries.fetching import array_text, fetch

# What an interaction says, as `profiles.modelling.strength.signed` has it.
SAID = f"""kind.weight * CASE
   WHEN met.value IS NOT NULL AND kind.value_middle IS NOT NULL THEN greatest(-1, least(1,
        (met.value - kind.value_middle) / (kind.value_best - kind.value_middle)))
   WHEN kind.polarity <> 0 THEN kind.polarity
   ELSE {SENTIMENT_WEIGHT} * coalesce(reading.sentiment, 0) END"""

# An interaction that names the slate says that the item was seen, too.
JOINED = f"""
WITH chosen AS MATERIALIZED (
    SELECT id, placement, arm, user_id, item_ids, created_at FROM recommendations_slate
    WHERE workspace_id = %(workspace)s AND created_at >= %(since)s {{which}}
), responses AS MATERIALIZED (
    SELECT chosen.id AS slate_id, met.item_id,
           bool_or({SAID} > 0) AS is_clicked, bool_or({SAID} >= {LIKED}) AS is_positive
    FROM chosen
    JOIN profiles_interaction AS met ON met.slate_id = chosen.id
         AND met.item_id = ANY(chosen.item_ids)
         AND (chosen.user_id IS NULL OR met.user_id = chosen.user_id)
    JOIN profiles_kind AS kind ON kind.id = met.kind_id
    LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
    GROUP BY 1, 2
), seen AS (
    SELECT impression.slate_id, impression.item_id
    FROM recommendations_impression AS impression JOIN chosen ON chosen.id = impression.slate_id
    UNION SELECT slate_id, item_id FROM responses
), outcomes AS (
    SELECT chosen.*, coalesce(is_clicked, FALSE) AS is_clicked,
           coalesce(is_positive, FALSE) AS is_positive
    FROM seen JOIN chosen ON chosen.id = seen.slate_id
    LEFT JOIN responses USING (slate_id, item_id)
)
"""  # noqa: S608 - only constants of ours are filled in
FIGURES = """count(*), count(*) FILTER (WHERE is_clicked), count(*) FILTER (WHERE is_positive)"""

BY_DAY = f"""{JOINED.format(which="")}
SELECT placement, (created_at AT TIME ZONE 'UTC')::date AS day, {FIGURES}
FROM outcomes GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - only constants of ours are filled in

BY_ARM = f"""{JOINED.format(which="AND experiment_id = %(experiment)s")}
SELECT arm, coalesce(user_id::text, id::text), {FIGURES} FROM outcomes GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - only constants of ours are filled in

# The newest impressions of each item alone: what was so long ago may be so no more.
NEWEST = 200
COUNTED = f"""
INSERT INTO recommendations_itemrate
    (workspace_id, item_id, shown, clicked, positive, erasures)
SELECT %(workspace)s, counted.item_id, count(*),
       count(*) FILTER (WHERE is_clicked), count(*) FILTER (WHERE is_positive),
       (SELECT erasures FROM accounts_workspace WHERE id = %(workspace)s)
FROM (
    SELECT newest.item_id, newest.slate_id,
           coalesce(bool_or({SAID} > 0), FALSE) AS is_clicked,
           coalesce(bool_or({SAID} >= {LIKED}), FALSE) AS is_positive
    FROM unnest(%(items)s::bigint[]) AS wanted(item_id)
    CROSS JOIN LATERAL (
        SELECT impression.item_id, impression.slate_id
        FROM recommendations_impression AS impression
        WHERE impression.item_id = wanted.item_id ORDER BY impression.seen_at DESC LIMIT {NEWEST}
    ) AS newest
    LEFT JOIN profiles_interaction AS met
         ON met.slate_id = newest.slate_id AND met.item_id = newest.item_id
    LEFT JOIN profiles_kind AS kind ON kind.id = met.kind_id
    LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
    GROUP BY 1, 2
) AS counted GROUP BY counted.item_id ORDER BY counted.item_id
ON CONFLICT (item_id) DO UPDATE
SET shown = excluded.shown, clicked = excluded.clicked, positive = excluded.positive,
    erasures = excluded.erasures
"""  # noqa: S608 - only constants of ours are filled in

RATES = """
SELECT item_id, shown, clicked FROM recommendations_itemrate
WHERE item_id = ANY(%(items)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen of one placement's slates of one day, and what it led to.

    A day is one of UTC, on which the slates were served. `clicked` counts what somebody took to
    in any way, `positive` what they clearly liked.
    """

    placement: str
    day: date
    shown: int
    clicked: int
    positive: int


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """What was seen by the users of one arm, and what it led to. Shapes: all (U,)."""

    shown: np.ndarray
    clicked: np.ndarray
    positive: np.ndarray


def list_outcomes(workspace_id: int, *, since: datetime) -> list[Outcome]:
    """Return what the slates since then led to, by placement and day. One query."""
    return [Outcome(*row) for row in fetch(BY_DAY, {"workspace": workspace_id, "since": since})]


def count_arms(experiment: Experiment) -> dict[str, ArmCounts]:
    """Return what each arm of an experiment led to, user by user. One query."""
    parameters = {
        "workspace": experiment.workspace_id,
        "experiment": experiment.pk,
        "since": experiment.started_at or experiment.created_at,
    }
    rows: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for arm, _, *counts in fetch(BY_ARM, parameters):
        rows[arm].append(tuple(counts))
    return {arm: ArmCounts(*np.array(own, dtype=np.float64).T) for arm, own in rows.items()}


def load_rates(items: Ids) -> tuple[Ids, Ids]:
    """Return how often each item was seen of late, and how often that was clicked. One query.

    Shapes: items (C,), returns both (C,), 0 for what was never seen.
    """
    found = {pk: (n, k) for pk, n, k in fetch(RATES, {"items": array_text(items)})}
    counts = np.array([found.get(pk, (0, 0)) for pk in items.tolist()], dtype=np.int64)
    shown, clicked = counts.reshape(-1, 2).T
    return shown, clicked
