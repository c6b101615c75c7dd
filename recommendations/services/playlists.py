"""Playlists: what suits a user or goes with a seed, in an order that never jumps far."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import numpy as np
import structlog

from accounts.models import Workspace
from catalog.queries.items import get_item
from core.arrays import Floats, Indices, as_floats
from recommendations.binary import halves_from
from recommendations.engine.smooth import smooth_order, transitions
from recommendations.filters import Filter
from recommendations.lists import PlaylistRequest
from recommendations.models import Slate
from recommendations.queries.askers import load_inline
from recommendations.queries.fetching import fetch
from recommendations.queries.similar import similar_items
from recommendations.rows import (
    InlineStatement,
    ReasonRow,
    ServedSlate,
    SlateItem,
    SlateRequest,
    SlateWarning,
)
from recommendations.services.keeping import keep
from recommendations.services.serving import draft

log = structlog.get_logger(__name__)

# A playlist from an item is chosen from so many times its length of what goes with the item.
SPARE = 2

WHERE_THEY_STAND = """
SELECT item.external_id, item.id, space.dimensions, halfvec_send(standing.vector::halfvec),
       person.id
FROM catalog_item AS item
LEFT JOIN catalog_space AS space ON space.workspace_id = item.workspace_id
     AND space.state = 'active'
LEFT JOIN catalog_itemvector AS standing ON standing.item_id = item.id
     AND standing.space_id = space.id
LEFT JOIN profiles_user AS person ON person.workspace_id = item.workspace_id
     AND person.external_id = %(user)s
WHERE item.workspace_id = %(workspace)s AND item.external_id = ANY(%(items)s)
"""


@dataclass(frozen=True, slots=True)
class _Seed:
    """What a playlist starts from: what its items must fit, and the fact that says why."""

    filters: Filter | None = None
    reason: ReasonRow | None = None
    warnings: tuple[SlateWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stand:
    """Items as the database has them, in the order given. Shapes: vectors (K, D)."""

    items: tuple[SlateItem, ...]
    ids: list[int]
    vectors: Floats
    user_id: int | None


def make_playlist(*, workspace: Workspace, request: PlaylistRequest, now: datetime) -> ServedSlate:
    """Choose the items as a slate's are chosen, put them in a smooth order, store and return them.

    It begins with the best match and goes on to what is near in the active space; what an item
    lacks a vector comes where it happens to. The reasons are the slate's own, and before them what
    the playlist started from. From an item that nothing is known to go with it is chosen without
    it, with a warning. `meta` tells the mean cosine from each item to the next, and what it would
    have been by score. Three queries more than `recommend`; nine more from an item.
    Raises NotFoundError where the workspace has no such item.
    """
    seed = _seed_of(workspace, request, now)
    asked = SlateRequest(
        user=request.user,
        length=request.length,
        placement=request.placement,
        exclude_ids=request.exclude_ids,
        language=request.language,
        filters=seed.filters,
    )
    drafted, chosen = draft(workspace=workspace, request=asked, now=now)
    stand = _where(workspace, chosen, request)
    order = smooth_order(stand.vectors)
    items = tuple(
        replace(stand.items[place], position=position, reasons=_reasons(stand.items[place], seed))
        for position, place in enumerate(order.tolist(), start=1)
    )
    slate = _slate_of(workspace, request, items, stand, order)
    slate.experiment_id, slate.arm = drafted.experiment_id, drafted.arm
    warnings = (*seed.warnings, *chosen.warnings)
    slate.warnings = [{"code": one.code, "message": one.message} for one in warnings]
    slate.meta = {**chosen.meta, "playlist": _smoothness(stand.vectors, order)}
    keep(slate)
    log.info("playlist.served", items=len(items))
    return ServedSlate(slate.pk, request.user, items, warnings, dict(slate.meta))


def _seed_of(workspace: Workspace, request: PlaylistRequest, now: datetime) -> _Seed:
    if request.item is not None:
        item = get_item(workspace, request.item)
        similar = similar_items(item, length=SPARE * request.length, now=now)
        if not similar:
            return _Seed(warnings=(_alone(item.external_id),))
        about: ReasonRow = {"item": item.external_id, "title": item.title or item.external_id}
        return _Seed(Filter.parse({"ids": [one.id for one in similar]}), _fact(about))
    if request.tag is not None:
        named = load_inline(workspace.pk, [InlineStatement(request.tag)]).stated
        if not named:
            message = "The tag is none of this workspace's vocabulary."
            warning = SlateWarning("unknown_tags", message)
            return _Seed(Filter.parse({"tags": [request.tag]}), warnings=(warning,))
        about = {"tag": named[0].key, "name": named[0].names}
        return _Seed(Filter.parse({"tags": [named[0].key]}), _fact(about))
    return _Seed()


def _alone(item: str) -> SlateWarning:
    message = (
        f"Nothing that can be had is known to go with the item {item!r}: no users link it to "
        "other items, and no other text is near to its own; one that just came in has no vector "
        "until a worker has read it. The playlist is chosen without it."
    )
    return SlateWarning("nothing_similar", message)


def _fact(about: Mapping[str, Any]) -> ReasonRow:
    """The seed as a reason. It made the choice and no part of a score, so that its share is 0."""
    return {"kind": "seed", "share": 0.0, **about}


def _where(workspace: Workspace, chosen: ServedSlate, request: PlaylistRequest) -> _Stand:
    """Find the chosen items in the active space. One query."""
    names = [one.id for one in chosen.items]
    parameters = {"workspace": workspace.pk, "items": names, "user": request.user}
    rows = {row[0]: row for row in fetch(WHERE_THEY_STAND, parameters)}
    items = tuple(one for one in chosen.items if one.id in rows)
    found = [rows[one.id] for one in items]
    dimensions = next((row[2] for row in found if row[2]), 1)
    vectors = halves_from([row[3] for row in found], dimensions)
    return _Stand(items, [row[1] for row in found], vectors, next((row[4] for row in found), None))


def _reasons(item: SlateItem, seed: _Seed) -> tuple[ReasonRow, ...]:
    return item.reasons if seed.reason is None else (seed.reason, *item.reasons)


def _slate_of(
    workspace: Workspace,
    request: PlaylistRequest,
    items: tuple[SlateItem, ...],
    stand: _Stand,
    order: Indices,
) -> Slate:
    ids = [stand.ids[place] for place in order.tolist()]
    return Slate(
        id=uuid4(),
        workspace=workspace,
        user_id=stand.user_id,
        placement=request.placement,
        item_ids=ids,
        scores=[one.score for one in items],
        reasons=[list(one.reasons) for one in items],
        query={"list": "playlist", "length": request.length, "language": request.language},
        explored=[pk for pk, one in zip(ids, items, strict=True) if one.explored],
    )


def _smoothness(vectors: Floats, order: Indices) -> dict[str, float | None]:
    """The mean cosine from item to item, in this order and in that of the scores."""
    if len(order) < 2:
        return {"smoothness": None, "by_score": None}
    here, before = (
        float(np.mean(transitions(as_floats(one)))) for one in (vectors[order], vectors)
    )
    return {"smoothness": round(here, 4), "by_score": round(before, 4)}
