"""The items that go with an item: learnt from what users did, else near in text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Q, QuerySet
from pgvector.django import CosineDistance

from catalog.models import Item, ItemVector, Space
from recommendations.models import Fit, Neighbours

Source = Literal["neighbours", "text"]


@dataclass(frozen=True, slots=True)
class SimilarItem:
    """An item that goes with another. Scores compare within one answer only; higher is closer.

    `source` says what found it: "neighbours", learnt from interactions, or "text".
    """

    id: str
    title: str
    score: float
    source: Source


def similar_items(item: Item, *, length: int, now: datetime) -> list[SimilarItem]:
    """Return up to `length` available items that go with `item`, the closest first.

    Those that the serving fit learnt come first; where they do not suffice, the nearest in the
    active space follow. At most four queries.
    """
    found = _learnt(item, length, now)
    if len(found) < length:
        known = {one.id for one in found}
        near = _near_in_text(item, length + len(found), now)
        found += [one for one in near if one.id not in known][: length - len(found)]
    return found


def _learnt(item: Item, length: int, now: datetime) -> list[SimilarItem]:
    row = Neighbours.objects.filter(
        item=item, fit__workspace_id=item.workspace_id, fit__state=Fit.State.SERVING
    ).first()
    if row is None:
        return []
    weights = dict(zip(row.neighbour_ids, row.weights, strict=True))
    rows = _available(item, now).filter(pk__in=[pk for pk, weight in weights.items() if weight > 0])
    found = [
        (weights[pk], pk, external_id, title)
        for pk, external_id, title in rows.values_list("pk", "external_id", "title")
    ]
    found.sort(key=lambda one: (-one[0], one[1]))
    return [
        SimilarItem(external_id, title, float(weight), "neighbours")
        for weight, _, external_id, title in found[:length]
    ]


def _near_in_text(item: Item, length: int, now: datetime) -> list[SimilarItem]:
    own = ItemVector.objects.filter(
        item=item, space__workspace_id=item.workspace_id, space__state=Space.State.ACTIVE
    ).first()
    if own is None:
        return []
    rows = (
        ItemVector.objects.filter(space_id=own.space_id, item__in=_available(item, now))
        .annotate(distance=CosineDistance("vector", own.vector))
        .order_by("distance", "item_id")
        .values_list("item__external_id", "item__title", "distance")[:length]
    )
    return [SimilarItem(key, title, 1.0 - distance, "text") for key, title, distance in rows]


def _available(item: Item, now: datetime) -> QuerySet[Item]:
    """Return the other items of the workspace that may be offered at `now`."""
    return (
        Item.objects.filter(workspace_id=item.workspace_id, is_available=True)
        .filter(Q(available_from__isnull=True) | Q(available_from__lte=now))
        .filter(Q(available_until__isnull=True) | Q(available_until__gt=now))
        .exclude(pk=item.pk)
    )
