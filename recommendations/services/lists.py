"""Lists beside “for you”: because of something, favourites of a segment, trending, new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

import numpy as np
import structlog
from django.conf import settings

from accounts.models import Workspace
from core.arrays import Bools, Doubles, Ids, as_floats
from recommendations.engine.rules import NOTHING
from recommendations.engine.sources import taste_scores
from recommendations.engine.trending import trending
from recommendations.lists import ListKind, ListsRequest, ServedList, ServedLists, reason_of
from recommendations.models import Slate
from recommendations.queries import lists as finding
from recommendations.queries.arrivals import find_newest
from recommendations.queries.askers import MetItem
from recommendations.queries.details import Candidates, load_details
from recommendations.queries.fetching import hurried
from recommendations.queries.proposals import Asker
from recommendations.queries.standing import Standing, load_standing
from recommendations.rows import ServedSlate, SlateItem, SlateRequest, SlateWarning
from recommendations.services.asking import meet
from recommendations.services.gathering import excused
from recommendations.services.newness import cold_among, popularity_of

log = structlog.get_logger(__name__)

# What a list holds at the least: fewer items are no list.
LEAST_ITEMS = 3
# So many past items and statements are looked at for lists of their own.
SEEDS = 8
# A list is chosen from so many times its length, since items stand on one list alone.
SPARE = 6
NEWEST_SPARE = 2


@dataclass(frozen=True, slots=True)
class Draft:
    """One list before it is cut: its items with scores, the best first. Shapes: both (C,).

    A draft that is `suited` is yet to be ordered by what suits the user; its scores are added.
    """

    kind: ListKind
    items: Ids
    scores: Doubles
    about: dict[str, Any] = field(default_factory=dict)
    suited: bool = False


Draw = Callable[[Asker, ListsRequest], list[Draft]]


def make_lists(*, workspace: Workspace, request: ListsRequest, now: datetime) -> ServedLists:
    """Make the lists that were asked for, store each as a slate, and return them.

    A list with fewer than three items is left out, and an item stands on one list alone. At most
    fifteen queries, however many lists there are, and fourteen once a process knows the popularity
    of the fit. A kind that fails or is late is left out with a warning, and so are the marks of
    cold items. Of a user who is paused nothing is used.
    """
    warnings = list[SlateWarning]()
    standing = load_standing(workspace.pk, request.user)
    asked = SlateRequest(user=request.user, length=request.length, exclude_ids=request.exclude_ids)
    asker, _ = meet(standing, asked, NOTHING, warnings, now=now)
    drafts: list[Draft] = []
    with hurried(settings.SOURCE_MILLISECONDS):
        for kind, draw in DRAWN.items():
            if kind in request.kinds:
                drafts += _drawn(kind, partial(draw, asker, request), warnings)
        popular = popularity_of(standing, warnings)
    named = np.unique(np.concatenate([NOTHING, *(one.items for one in drafts)]))
    details = load_details(standing, named, now=now)
    cut = _cut([_suited(one, details, asker) for one in drafts], request)
    slates = [_slate_of(workspace, standing, request, one) for one in cut]
    Slate.objects.bulk_create(slates)
    log.info("lists.served", lists=len(slates))
    lists = [
        _served(slate, one, details, request, cold_among(popular, one.items))
        for slate, one in zip(slates, cut, strict=True)
    ]
    return ServedLists(tuple(lists), tuple(warnings))


def _drawn(
    kind: ListKind, draw: Callable[[], list[Draft]], warnings: list[SlateWarning]
) -> list[Draft]:
    drafts: list[Draft] = []
    with excused([kind], warnings, part=f"lists of the kind {kind}"):
        drafts += draw()
    return drafts


def _because_of_items(asker: Asker, request: ListsRequest) -> list[Draft]:
    """What goes with things that the user clearly liked, those that weigh most first."""
    history, fit = asker.past.history, asker.standing.fit
    liked = [
        row
        for row in np.argsort(-history.weights[::-1], kind="stable")
        if asker.past.items[int(history.items[::-1][row])].is_liked
    ]
    seeds = history.items[::-1][liked[:SEEDS]]
    if fit is None or not len(seeds):
        return []
    most = SPARE * request.length
    found = finding.find_beside(fit.id, seeds, asker.barred, most, now=asker.now)
    return [_because_of(asker.past.items[seed], found[seed]) for seed in seeds.tolist()]


def _because_of(met: MetItem, beside: dict[int, float]) -> Draft:
    about = {"item": met.external_id, "title": met.title, "is_liked": True}
    return Draft("item", *_columns(beside), about)


def _columns(scores: dict[int, float]) -> tuple[Ids, Doubles]:
    """Lay out items and their scores, in the order given. Shapes: returns (C,) and (C,)."""
    return np.array(list(scores), dtype=np.int64), np.array(list(scores.values()), dtype=np.float64)


def _because_of_statements(asker: Asker, request: ListsRequest) -> list[Draft]:
    """What bears a tag that the user is stated to like, the strongest statements first."""
    liked = [one for one in asker.statements.values() if one.polarity > 0]
    liked.sort(key=lambda one: (-one.strength, one.tag_id))
    seeds = liked[:SEEDS]
    if not seeds:
        return []
    tags = [one.tag_id for one in seeds]
    borne = finding.find_bearers(tags, asker.barred, SPARE * request.length, now=asker.now)
    return [
        Draft(
            "statement",
            *_columns(borne[one.tag_id]),
            {"statement": one.id, "tag": one.key, "name": one.names, "polarity": 1},
            suited=True,
        )
        for one in seeds
    ]


def _of_segment(asker: Asker, request: ListsRequest) -> list[Draft]:
    """What others of the user's segment took to."""
    user, segment = asker.standing.user_id, asker.standing.segment
    if user is None or segment is None or asker.standing.is_paused:
        return []
    most = SPARE * request.length
    items = finding.find_favourites(segment.id, user, asker.barred, most, now=asker.now)
    return [Draft("segment", items, _falling(len(items)), segment.about())]


def _trending(asker: Asker, request: ListsRequest) -> list[Draft]:
    """What is taken to more of late than in the long run."""
    fit, most = asker.standing.fit, SPARE * request.length
    if fit is None:
        return []
    items, scores = trending(finding.load_trend(fit.id, asker.barred, most, now=asker.now))
    return [Draft("trending", items, scores)]


def _new(asker: Asker, request: ListsRequest) -> list[Draft]:
    """The newest items, those that suit the user first."""
    most = NEWEST_SPARE * request.length
    workspace = asker.standing.workspace_id
    arrived = find_newest(workspace, asker.barred, now=asker.now, most=most)
    items = arrived.newest_first()
    return [Draft("new", items, _falling(len(items)), suited=True)]


DRAWN: dict[ListKind, Draw] = {
    "item": _because_of_items,
    "statement": _because_of_statements,
    "segment": _of_segment,
    "trending": _trending,
    "new": _new,
}


def _falling(count: int) -> Doubles:
    """Scores for items in an order that is known already: from 1 down, never 0."""
    return 1.0 - np.arange(count) / max(count, 1)


def _suited(draft: Draft, details: Candidates, asker: Asker) -> Draft:
    """Order by the nearness to the user's tastes beside the score, where it is asked for.

    It is the nearness that “for you” goes by, aversions and all. An item without a vector, and a
    user without tastes, leave the score as it is. Items that are gone by now are left out.
    """
    tastes = asker.tastes
    is_there = np.isin(draft.items, details.ids)
    items, scores = draft.items[is_there], draft.scores[is_there]
    if draft.suited and tastes is not None and len(tastes) and len(items):
        vectors = details.vectors[np.searchsorted(details.ids, items)]
        scores = scores + taste_scores(as_floats(tastes.vectors @ vectors.T), tastes.weights)
        order = np.argsort(-scores, kind="stable")
        items, scores = items[order], scores[order]
    return Draft(draft.kind, items, scores, draft.about)


def _cut(drafts: Sequence[Draft], request: ListsRequest) -> list[Draft]:
    """Keep to the length and to the number of lists, each item on the first list that has it."""
    taken, kept = NOTHING, list[Draft]()
    for one in drafts:
        if sum(each.kind == one.kind for each in kept) >= request.of_a_kind:
            continue
        is_free = ~np.isin(one.items, taken)
        items = one.items[is_free][: request.length]
        if len(items) < min(LEAST_ITEMS, request.length):
            continue
        taken = np.union1d(taken, items)
        scores = one.scores[is_free][: request.length]
        kept.append(Draft(one.kind, items, scores, one.about))
    return kept


def _slate_of(
    workspace: Workspace, standing: Standing, request: ListsRequest, draft: Draft
) -> Slate:
    return Slate(
        id=uuid4(),
        workspace=workspace,
        user_id=standing.user_id,
        placement=request.placement,
        item_ids=draft.items.tolist(),
        scores=[round(float(score), 6) for score in draft.scores],
        reasons=[[reason_of(draft.kind, draft.about)] for _ in draft.items],
        query={"list": draft.kind, "length": request.length, "language": request.language},
        meta={**standing.meta(), "list": draft.kind},
    )


def _served(
    slate: Slate, draft: Draft, details: Candidates, request: ListsRequest, is_cold: Bools
) -> ServedList:
    rows = np.searchsorted(details.ids, draft.items)
    reasons = (reason_of(draft.kind, draft.about),)
    items = tuple(
        SlateItem(
            id=details.external_ids[row],
            title=details.titles[row] or details.external_ids[row],
            score=score,
            position=position,
            reasons=reasons,
            cold=bool(cold),
        )
        for position, (row, score, cold) in enumerate(
            zip(rows, slate.scores, is_cold, strict=True), start=1
        )
    )
    served = ServedSlate(slate.pk, request.user, items, meta=dict(slate.meta))
    return ServedList(draft.kind, draft.about, served)
