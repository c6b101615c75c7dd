"""The items that go with an item: learnt from what users did, else near in text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from catalog.models import Item, ItemVector
from core.arrays import Floats, Ids, as_floats
from recommendations.queries.askers import Tastes
from recommendations.queries.candidates import find_nearest, find_open
from recommendations.queries.details import Candidates, load_details
from recommendations.queries.remembered import load_neighbours
from recommendations.queries.standing import SpaceStanding, Standing, load_standing

Source = Literal["neighbours", "text"]


@dataclass(frozen=True, slots=True)
class SimilarItem:
    """An item that goes with another.

    `source` says what found it, and what its score is: the weight of a link learnt from
    interactions ("neighbours"), or the cosine of two texts ("text"). Higher is closer. Scores
    compare within one answer among items of one source, and not across them.
    """

    id: str
    title: str
    score: float
    source: Source


def similar_items(item: Item, *, length: int, now: datetime) -> list[SimilarItem]:
    """Return up to `length` available items that go with `item`.

    First those that the serving fit learnt, the strongest link first; where they do not suffice,
    the nearest in the active space follow, whatever their scores. At most seven queries.
    """
    standing = load_standing(item.workspace_id, None)
    ids, weights = _linked(standing, item, length, now)
    found = _shown(load_details(standing, ids, now=now), ids, weights, "neighbours")
    if len(found) < length and standing.space is not None:
        barred = np.append(ids, item.pk)
        found += _near(standing, standing.space, item, barred, length - len(found), now)
    return found


def _linked(standing: Standing, item: Item, length: int, now: datetime) -> tuple[Ids, Floats]:
    """Return the learnt neighbours to be had with their weights, strongest first. Two queries."""
    if standing.fit is None:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    row = load_neighbours(standing.fit.id, np.array([item.pk], dtype=np.int64))
    named = dict(zip(row.ids[0].tolist(), row.weights[0].tolist(), strict=True))
    best = sorted((pk for pk in named if named[pk] > 0), key=lambda pk: (-named[pk], pk))
    ids = find_open(np.array(best, dtype=np.int64), length, now=now)
    return ids, as_floats([named[pk] for pk in ids.tolist()])


def _near(
    standing: Standing, space: SpaceStanding, item: Item, barred: Ids, length: int, now: datetime
) -> list[SimilarItem]:
    """Return the nearest by text, by the index where there is one. Three queries."""
    own = ItemVector.objects.filter(item=item, space_id=space.id).first()
    if own is None:
        return []
    vector = as_floats(own.vector)
    taste = Tastes(vector[None, :], as_floats([1.0]))
    near = load_details(standing, find_nearest(space, taste, barred, length, now=now), now=now)
    cosines = as_floats(near.vectors @ vector)
    order = np.lexsort((near.ids, -cosines))
    return _shown(near, near.ids[order], cosines[order], "text")


def _shown(details: Candidates, ids: Ids, scores: Floats, source: Source) -> list[SimilarItem]:
    """Put titles to items, in the order given."""
    places = {pk: place for place, pk in enumerate(details.ids.tolist())}
    return [
        SimilarItem(
            details.external_ids[places[pk]], details.titles[places[pk]], round(score, 6), source
        )
        for pk, score in zip(ids.tolist(), scores.tolist(), strict=True)
        if pk in places
    ]
