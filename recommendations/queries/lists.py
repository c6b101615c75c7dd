"""What the lists beside “for you” are made of: one query each, whatever the workspace's size."""

import json
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from core.arrays import Ids
from profiles.models import LEFT_OUT
from profiles.queries.verdicts import SIGNED
from recommendations.engine.favourites import LEAST_MEMBERS
from recommendations.engine.trending import Trend
from recommendations.queries.askers import LIKED
from recommendations.queries.availability import AVAILABLE, IS_OPEN
from recommendations.queries.fetching import array_text, fetch, fetch_ids, ids_in

# The members nearest to the centre of a segment speak for it, so that a large one costs no more.
SPOKESMEN = 300

TRENDING = f"""
SELECT item.id, popularity.overall, popularity.recent
FROM recommendations_popularity AS popularity
JOIN catalog_item AS item ON item.id = popularity.item_id
WHERE popularity.fit_id = %(fit)s AND popularity.recent > 0
  AND item.id NOT IN (SELECT unnest(%(barred)s::bigint[])) AND {AVAILABLE}
ORDER BY popularity.recent DESC, item.id LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

FAVOURITES = f"""
WITH members AS MATERIALIZED (
    SELECT profile.user_id FROM profiles_profile AS profile
    JOIN profiles_user AS person ON person.id = profile.user_id
    WHERE profile.segment_id = %(segment)s AND profile.user_id <> %(user)s AND NOT person.is_paused
      AND NOT profile.oddities @> %(left_out)s::jsonb
    ORDER BY profile.segment_distance NULLS LAST, profile.user_id LIMIT {SPOKESMEN}
), candidate AS (
    SELECT met.item_id, count(DISTINCT met.user_id) AS times FROM members
    JOIN profiles_interaction AS met ON met.user_id = members.user_id
    JOIN profiles_kind AS kind ON kind.id = met.kind_id
    LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
    WHERE {SIGNED} >= {LIKED} AND met.item_id NOT IN (SELECT unnest(%(barred)s::bigint[]))
    GROUP BY met.item_id HAVING count(DISTINCT met.user_id) >= {LEAST_MEMBERS}
)
SELECT candidate.item_id FROM candidate
WHERE {IS_OPEN} ORDER BY candidate.times DESC, candidate.item_id LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

BESIDE = f"""
SELECT kept.item_id, beside.item_id, beside.weight
FROM recommendations_neighbours AS kept CROSS JOIN LATERAL (
    SELECT candidate.item_id, candidate.weight
    FROM unnest(kept.neighbour_ids, kept.weights) AS candidate(item_id, weight)
    WHERE candidate.weight > 0
      AND candidate.item_id NOT IN (SELECT unnest(%(barred)s::bigint[])) AND {IS_OPEN}
    ORDER BY candidate.weight DESC, candidate.item_id LIMIT %(most)s
) AS beside
WHERE kept.fit_id = %(fit)s AND kept.item_id = ANY(%(items)s::bigint[])
"""  # noqa: S608 - only constants of ours are filled in

BEARERS = f"""
SELECT stated.tag_id, bearer.item_id, bearer.confidence
FROM unnest(%(tags)s::bigint[]) AS stated(tag_id) CROSS JOIN LATERAL (
    SELECT candidate.item_id, candidate.confidence FROM catalog_itemtag AS candidate
    WHERE candidate.tag_id = stated.tag_id
      AND candidate.item_id NOT IN (SELECT unnest(%(barred)s::bigint[])) AND {IS_OPEN}
    ORDER BY candidate.confidence DESC, candidate.item_id LIMIT %(most)s
) AS bearer
"""  # noqa: S608 - only constants of ours are filled in


def load_trend(fit_id: int, barred: Ids, most: int, *, now: datetime) -> Trend:
    """Return the items most taken to of late, and how it was before. One query."""
    parameters = {"fit": fit_id, "barred": array_text(barred), "most": most, "now": now}
    rows = fetch(TRENDING, parameters)
    return Trend(
        items=ids_in(rows),
        overall=np.array([row[1] for row in rows], dtype=np.float64),
        recent=np.array([row[2] for row in rows], dtype=np.float64),
    )


def find_favourites(segment_id: int, user_id: int, barred: Ids, most: int, *, now: datetime) -> Ids:
    """Return what others of the user's segment took to, by how many of them did. One query.

    The 300 members nearest to the segment's centre are asked, and the user is not; one who is
    paused or left out does not count.
    """
    parameters = {
        "segment": segment_id,
        "user": user_id,
        "barred": array_text(barred),
        "left_out": json.dumps([LEFT_OUT]),
        "most": most,
        "now": now,
    }
    return fetch_ids(FAVOURITES, parameters)


def find_beside(
    fit_id: int, items: Ids, barred: Ids, most: int, *, now: datetime
) -> dict[int, dict[int, float]]:
    """Return by item what goes with it and is to be had, the strongest link first. One query."""
    parameters = {
        "fit": fit_id,
        "items": array_text(items),
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    found: dict[int, dict[int, float]] = {item: {} for item in items.tolist()}
    for item, other, weight in fetch(BESIDE, parameters):
        found[item][other] = float(weight)
    return found


def find_bearers(
    tags: Sequence[int], barred: Ids, most: int, *, now: datetime
) -> dict[int, dict[int, float]]:
    """Return by tag the items to be had that bear it most surely, with how surely. One query."""
    parameters = {
        "tags": array_text(tags),
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    found: dict[int, dict[int, float]] = {tag: {} for tag in tags}
    for tag, item, confidence in fetch(BEARERS, parameters):
        found[tag][item] = float(confidence)
    return found
