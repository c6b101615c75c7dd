"""What the lists beside “for you” are made of: one query each, whatever the workspace's size."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.arrays import Floats, Ids
from profiles.models import LEFT_OUT
from recommendations.binary import halves_from
from recommendations.engine.trending import Trend
from recommendations.queries.askers import LIKED
from recommendations.queries.availability import AVAILABLE, IS_OPEN
from recommendations.queries.fetching import array_text, fetch
from recommendations.queries.outcomes import SAID
from recommendations.queries.standing import Standing

NEW_FOR_DAYS = 30
# The members nearest to the centre of a segment speak for it, so that a large one costs no more.
SPOKESMEN = 300
# What fewer members took to is no favourite, and would show what one person did.
LEAST_MEMBERS = 2

NEWEST = f"""
SELECT item.id FROM catalog_item AS item
WHERE item.workspace_id = %(workspace)s AND item.created_at > %(since)s
  AND item.created_at <= %(now)s
  AND item.id NOT IN (SELECT unnest(%(barred)s::bigint[])) AND {AVAILABLE}
ORDER BY item.created_at DESC, item.id DESC LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

TRENDING = f"""
SELECT item.id, popularity.overall, popularity.recent
FROM recommendations_popularity AS popularity
JOIN catalog_item AS item ON item.id = popularity.item_id
WHERE popularity.fit_id = %(fit)s AND popularity.recent > 0
  AND item.id NOT IN (SELECT unnest(%(barred)s::bigint[])) AND {AVAILABLE}
ORDER BY popularity.recent DESC, item.id LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

FAVOURITES = f"""
WITH own AS (
    SELECT segment.id, segment.number, segment.names, cardinality(segment.tags) > 0 AS is_named
    FROM profiles_profile AS profile
    JOIN profiles_segment AS segment ON segment.id = profile.segment_id
    WHERE profile.user_id = %(user)s
), members AS MATERIALIZED (
    SELECT profile.user_id FROM profiles_profile AS profile
    JOIN own ON own.id = profile.segment_id
    JOIN profiles_user AS person ON person.id = profile.user_id
    WHERE profile.user_id <> %(user)s AND NOT person.is_paused
      AND NOT profile.oddities @> %(left_out)s::jsonb
    ORDER BY profile.segment_distance NULLS LAST, profile.user_id LIMIT {SPOKESMEN}
), candidate AS (
    SELECT met.item_id, count(DISTINCT met.user_id) AS times FROM members
    JOIN profiles_interaction AS met ON met.user_id = members.user_id
    JOIN profiles_kind AS kind ON kind.id = met.kind_id
    LEFT JOIN profiles_reading AS reading ON reading.review_id = met.id
    WHERE {SAID} >= {LIKED} AND met.item_id NOT IN (SELECT unnest(%(barred)s::bigint[]))
    GROUP BY met.item_id HAVING count(DISTINCT met.user_id) >= {LEAST_MEMBERS}
)
SELECT candidate.item_id, own.number, own.names, own.is_named FROM candidate CROSS JOIN own
WHERE {IS_OPEN} ORDER BY candidate.times DESC, candidate.item_id LIMIT %(most)s
"""  # noqa: S608 - only constants of ours are filled in

COMPANIONS = f"""
SELECT kept.item_id, companion.item_id, companion.weight
FROM recommendations_neighbours AS kept CROSS JOIN LATERAL (
    SELECT candidate.item_id, candidate.weight
    FROM unnest(kept.neighbour_ids, kept.weights) AS candidate(item_id, weight)
    WHERE candidate.weight > 0
      AND candidate.item_id NOT IN (SELECT unnest(%(barred)s::bigint[])) AND {IS_OPEN}
    ORDER BY candidate.weight DESC, candidate.item_id LIMIT %(most)s
) AS companion
WHERE kept.fit_id = %(fit)s AND kept.item_id = ANY(%(items)s::bigint[])
"""  # noqa: S608 - only constants of ours are filled in

NAMED = """
SELECT item.id, item.external_id, item.title, halfvec_send(standing.vector::halfvec)
FROM catalog_item AS item
LEFT JOIN catalog_itemvector AS standing
       ON standing.item_id = item.id AND standing.space_id = %(space)s
WHERE item.id = ANY(%(items)s::bigint[]) AND item.workspace_id = %(workspace)s
ORDER BY item.id
"""

BEARERS = f"""
SELECT stated.tag_id, bearer.item_id, bearer.confidence
FROM unnest(%(tags)s::bigint[]) AS stated(tag_id) CROSS JOIN LATERAL (
    SELECT candidate.item_id, candidate.confidence FROM catalog_itemtag AS candidate
    WHERE candidate.tag_id = stated.tag_id
      AND candidate.item_id NOT IN (SELECT unnest(%(barred)s::bigint[])) AND {IS_OPEN}
    ORDER BY candidate.confidence DESC, candidate.item_id LIMIT %(most)s
) AS bearer
"""  # noqa: S608 - only constants of ours are filled in


@dataclass(frozen=True, slots=True)
class Favourites:
    """What most members of the user's segment took to, the favourite first; the segment's names.

    `names` is empty where nothing sets the segment apart. Shapes: items (C,).
    """

    items: Ids
    number: int = 0
    names: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Items in ascending order of id. Shapes: ids (C,); vectors (C, D), zero where none is."""

    ids: Ids
    external_ids: tuple[str, ...]
    titles: tuple[str, ...]
    vectors: Floats


def find_newest(workspace_id: int, barred: Ids, most: int, *, now: datetime) -> Ids:
    """Return what came in over the last thirty days and is to be had, the newest first. One query.

    An item counts from the moment it was sent: nothing about it has to be worked out before.
    """
    parameters = {
        "workspace": workspace_id,
        "since": now - timedelta(days=NEW_FOR_DAYS),
        "barred": array_text(barred),
        "most": most,
        "now": now,
    }
    return _ids([row[0] for row in fetch(NEWEST, parameters)])


def load_trend(fit_id: int, barred: Ids, most: int, *, now: datetime) -> Trend:
    """Return the items most taken to of late, and how it was before. One query."""
    parameters = {"fit": fit_id, "barred": array_text(barred), "most": most, "now": now}
    rows = fetch(TRENDING, parameters)
    return Trend(
        items=_ids([row[0] for row in rows]),
        overall=np.array([row[1] for row in rows], dtype=np.float64),
        recent=np.array([row[2] for row in rows], dtype=np.float64),
    )


def find_favourites(user_id: int, barred: Ids, most: int, *, now: datetime) -> Favourites:
    """Return what others of the user's segment took to, by how many of them did. One query.

    The 300 members nearest to the segment's centre are asked, and the user is not; one who is
    paused or left out does not count.
    """
    parameters = {
        "user": user_id,
        "barred": array_text(barred),
        "left_out": json.dumps([LEFT_OUT]),
        "most": most,
        "now": now,
    }
    rows = fetch(FAVOURITES, parameters)
    if not rows:
        return Favourites(_ids([]))
    _, number, names, is_named = rows[0]
    return Favourites(_ids([row[0] for row in rows]), int(number), names if is_named else None)


def find_companions(
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
    for item, companion, weight in fetch(COMPANIONS, parameters):
        found[item][companion] = float(weight)
    return found


def name_items(standing: Standing, items: Ids) -> Named:
    """Return how items are called, and where they stand in the active space. One query.

    Items of other workspaces, and items that are gone, are left out.
    """
    space = standing.space
    parameters = {
        "items": array_text(items),
        "workspace": standing.workspace_id,
        "space": space.id if space else None,
    }
    rows = fetch(NAMED, parameters)
    return Named(
        ids=_ids([row[0] for row in rows]),
        external_ids=tuple(row[1] for row in rows),
        titles=tuple(row[2] or row[1] for row in rows),
        vectors=halves_from([row[3] for row in rows], space.dimensions if space else 1),
    )


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


def _ids(items: Sequence[int]) -> Ids:
    return np.array(items, dtype=np.int64)
