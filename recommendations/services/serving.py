"""From a request to a slate: candidates, scores, rules, diversity, reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import structlog
from django.conf import settings

from accounts.models import Workspace
from core.arrays import Bools, Ids, Indices
from core.fields import refuse
from recommendations.engine.arrange import Ranking, Shortlist, arrange
from recommendations.engine.blend import Blended
from recommendations.engine.reasons import Reason, reasons_for
from recommendations.engine.rules import NOTHING
from recommendations.engine.sources import Scored
from recommendations.models import Slate
from recommendations.queries.availability import count_unavailable
from recommendations.queries.details import Candidates, load_details
from recommendations.queries.fetching import hurried
from recommendations.queries.proposals import Asker, Proposal
from recommendations.queries.remembered import Popular
from recommendations.queries.slates import get_slate, load_shown
from recommendations.queries.standing import Standing, load_standing
from recommendations.rows import (
    ReasonRow,
    ServedSlate,
    SlateItem,
    SlateRequest,
    SlateWarning,
)
from recommendations.services.asking import Barred, meet
from recommendations.services.gathering import excused, gather, score_all
from recommendations.services.hearing import remember
from recommendations.services.keeping import keep
from recommendations.services.narrowing import Fitting, factors_of, narrow
from recommendations.services.newness import cold_among, cold_warning, popularity_of
from recommendations.services.ranking import ranking_of
from recommendations.services.refusing import heeding, playing
from recommendations.services.stopwatch import Stopwatch
from recommendations.services.trying import Rates, assigned, rates_of, try_out, with_arm

log = structlog.get_logger(__name__)

REASONS = 3
# In what is kept of a request: a stranger had words of their own for what the list is for.
SPOKEN = "spoken"
# Whatever else speaks for what is tried out, it is not why it is shown.
EXPLORED: ReasonRow = {"kind": "explored", "share": 0.0}


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the sources propose, and what else is read while they are held to their time.

    `items` come into question, `refused` would but for what the user never wants; each of the rest
    is None where there is nothing of the kind, or it was left out. Shapes: both (C,), ascending.
    """

    proposals: list[Proposal]
    items: Ids
    refused: Ids
    ranking: Ranking | None
    rates: Rates | None
    popular: Popular | None


@dataclass(frozen=True, slots=True)
class Picked:
    """The items of a slate in order. Shapes: picks (K,), positions into blended; is_tried (K,)."""

    blended: Blended
    picks: Indices
    reasons: list[list[Reason]]
    is_tried: Bools


def recommend(
    *, workspace: Workspace, request: SlateRequest, now: datetime, is_stored: bool = True
) -> ServedSlate:
    """Make the slate that was asked for, store it, and return it in its envelope.

    At most thirteen queries for a known user who has a past, statements and tastes, however many
    items and interactions there are; ten in a process that has served the like before; one more
    where statements are followed to what users of like statements took to; four more each
    where factors and a sequence model count, of which a process that has served the like asks one
    each; two more where users are compared; two where what is new counts, one of them remembered,
    and one where segments do and the user stands in one, remembered, too; one more each where
    statements, excluded items, filters or boosts come with the request, a fit's ranker is met for
    the first time, places are given to what is to be learnt about, the sources find too many of
    their best items gone, or filters meet what the user said never to; three where the list is
    short; fewer where there is nothing to read. What a list can do without has little time, and is
    left out with a warning. With `is_stored` off the list is only looked at: it has no next page.
    """
    _, served = _serve(workspace, request, now, is_stored=is_stored)
    return served


def draft(
    *, workspace: Workspace, request: SlateRequest, now: datetime
) -> tuple[Slate, ServedSlate]:
    """Make a slate as `recommend` does and store nothing; return it beside its envelope.

    For lists that are chosen as a slate is and stored as something else.
    """
    return _serve(workspace, request, now, is_stored=False)


def next_slate(*, workspace: Workspace, slate_id: UUID | str, now: datetime) -> ServedSlate:
    """Return the page after `slate_id`, with nothing that any earlier page of it held.

    What the user did since the last page counts. Of an unknown user's request the tags are
    remembered, and for a while what their own words came to; after that a warning says that they
    are gone. Two queries more than `recommend`.
    Raises NotFoundError where the workspace has no such slate, InvalidError for a slate that is a
    list of its own or a playlist.
    """
    slate = get_slate(workspace, slate_id)
    if kind := slate.query.get("list"):
        refuse("list", kind, "it has no next page; ask for a longer one.")
    request = SlateRequest.parse({k: value for k, value in slate.query.items() if k != SPOKEN})
    _, served = _serve(workspace, request, now, previous=slate, shown=load_shown(slate))
    return served


def _serve(
    workspace: Workspace,
    request: SlateRequest,
    now: datetime,
    *,
    previous: Slate | None = None,
    shown: Ids = NOTHING,
    is_stored: bool = True,
) -> tuple[Slate, ServedSlate]:
    watch, warnings = Stopwatch(), list[SlateWarning]()
    slate_id = uuid4()
    standing = load_standing(workspace.pk, request.user)
    told = assigned(standing, request)
    standing, served = with_arm(standing, request, told)
    spoken_for = previous.pk if previous is not None and SPOKEN in previous.query else None
    asker, barred = meet(standing, request, shown, warnings, now=now, spoken_for=spoken_for)
    watch.lap("user")
    asker, fitting = narrow(heeding(asker), request, warnings)
    found = _gather(asker, served.sources, fitting, warnings)
    watch.lap("sources")
    everything = np.union1d(found.items, found.refused)
    candidates = playing(load_details(standing, everything, now=now), found.refused)
    watch.lap("details")
    scored = score_all(found.proposals, candidates, warnings)
    picked = _pick(asker, candidates, scored, request, slate_id, found)
    watch.lap("ranking")
    if len(picked.picks) < request.length:
        warnings.append(_why_short(standing, request, picked, barred, now))
    is_cold = cold_among(found.popular, picked.blended.items[picked.picks])
    warnings += cold_warning(is_cold)
    slate = _slate_of(workspace, standing, request, picked, asker)
    slate.id, slate.previous = slate_id, previous
    if spoken_for is not None:
        slate.query[SPOKEN] = True
    if told is not None:
        slate.experiment_id, slate.arm = told.experiment.id, told.arm.name
    slate.warnings = [{"code": one.code, "message": one.message} for one in warnings]
    slate.meta = {
        **standing.meta(),
        **({} if told is None else {"experiment": told.experiment.name, "arm": told.arm.name}),
        "sources": [one.source for one in scored],
        "candidates": len(candidates),
        "took_ms": watch.laps,
    }
    if is_stored:
        keep(slate)
        _remember(slate, asker)
    watch.lap("storing")
    log.info("slate.served", items=len(slate.item_ids), took_ms=watch.total)
    return slate, _envelope(slate, request, candidates, is_cold, warnings, watch)


def _gather(
    asker: Asker, sources: Sequence[str], fitting: Fitting, warnings: list[SlateWarning]
) -> Gathered:
    """Read all that a list could do without, in little time. Two queries for that, see `hurried`.

    Whatever else is read, no list can be made without it.
    """
    with hurried(settings.SOURCE_MILLISECONDS):
        proposals, items, refused = gather(asker, sources, warnings, fitting)
        return Gathered(
            proposals,
            items,
            refused,
            ranking=ranking_of(asker, [one.source for one in proposals], warnings),
            rates=rates_of(asker, items, warnings),
            popular=popularity_of(asker.standing, warnings),
        )


def _pick(
    asker: Asker,
    candidates: Candidates,
    scored: Sequence[Scored],
    request: SlateRequest,
    slate_id: UUID,
    found: Gathered,
) -> Picked:
    """Arrange the list, and say why each item is on it."""
    barred = np.union1d(asker.barred, candidates.ids[~candidates.is_available])
    arranged = arrange(
        scored,
        Shortlist(candidates.ids, candidates.vectors, candidates.has_vector),
        asker.standing.blend,
        met=int((asker.past.history.weights > 0).sum()),
        barred=barred,
        length=request.length,
        refused=found.refused,
        factors=factors_of(asker, request, candidates),
        ranking=found.ranking,
    )
    blended = arranged.blended
    kept_out = np.union1d(barred, found.refused)
    picks, is_tried = try_out(arranged, kept_out, found.rates, slate_id)
    reasons = reasons_for(
        blended.items, blended.parts, scored, picks, history=asker.past.history, limit=REASONS
    )
    return Picked(blended, picks, reasons, is_tried)


def _slate_of(
    workspace: Workspace,
    standing: Standing,
    request: SlateRequest,
    picked: Picked,
    asker: Asker,
) -> Slate:
    items, scores = picked.blended.items[picked.picks], picked.blended.scores[picked.picks]
    return Slate(
        workspace=workspace,
        user_id=standing.user_id,
        placement=request.placement,
        item_ids=items.tolist(),
        scores=[round(float(score), 6) for score in scores],
        reasons=[
            [EXPLORED] if is_tried else [_fact(one, asker) for one in reasons]
            for reasons, is_tried in zip(picked.reasons, picked.is_tried, strict=True)
        ],
        explored=items[picked.is_tried].tolist(),
        query=_kept(request, is_known=standing.user_id is not None),
    )


def _kept(request: SlateRequest, *, is_known: bool) -> dict[str, Any]:
    """What a later page needs of the request. No erasure finds what a stranger said of themselves.

    A stranger's id and words are not kept; the tags they named are, and that there were words.
    """
    kept = request.as_json()
    if is_known:
        return kept
    return kept | {"user": None, "text": ""} | ({SPOKEN: True} if request.text.strip() else {})


def _remember(slate: Slate, asker: Asker) -> None:
    """Keep what a stranger's words came to, in Redis and for a while, for the page after."""
    space, tastes = asker.standing.space, asker.tastes
    if SPOKEN in slate.query and space is not None and tastes is not None and len(tastes):
        remember(asker.standing.workspace_id, space, slate.pk, tastes.vectors[-1])


def _fact(reason: Reason, asker: Asker) -> ReasonRow:
    """Name what a reason refers to."""
    fact: ReasonRow = {"kind": reason.kind, "share": round(reason.share, 4)}
    if reason.kind == "item" and reason.ref is not None:
        met = asker.past.items[reason.ref]
        fact |= {"item": met.external_id, "title": met.title, "is_liked": met.is_liked}
    if reason.kind == "segment" and asker.standing.segment is not None:
        fact |= asker.standing.segment.about()
    if reason.kind == "statement" and reason.ref is not None:
        stated = asker.statements[reason.ref]
        fact |= {"statement": stated.id, "tag": stated.key, "name": stated.names}
        fact["polarity"] = stated.polarity
    return fact


def _why_short(
    standing: Standing, request: SlateRequest, picked: Picked, barred: Barred, now: datetime
) -> SlateWarning:
    """Say what was left out. Three queries; where they are late or fail, a number is missing."""
    gone = "whatever is"
    with hurried(settings.SOURCE_MILLISECONDS), excused(["unavailable"], [], what="count"):
        gone = str(count_unavailable(standing.workspace_id, now=now))
    message = (
        f"{len(picked.picks)} of {request.length}: nothing else came into question. "
        f"Left out: {len(barred.seen)} met before, {len(barred.excluded)} asked away or on an "
        f"earlier page, {gone} not available now."
    )
    return SlateWarning("short", message)


def _envelope(
    slate: Slate,
    request: SlateRequest,
    candidates: Candidates,
    is_cold: Bools,
    warnings: list[SlateWarning],
    watch: Stopwatch,
) -> ServedSlate:
    rows = np.searchsorted(candidates.ids, np.array(slate.item_ids, dtype=np.int64))
    items = tuple(
        SlateItem(
            id=candidates.external_ids[row],
            title=candidates.titles[row] or candidates.external_ids[row],
            score=score,
            position=position,
            reasons=tuple(reasons),
            explored=slate.item_ids[position - 1] in slate.explored,
            cold=bool(is_cold[position - 1]),
        )
        for position, (row, score, reasons) in enumerate(
            zip(rows, slate.scores, slate.reasons, strict=True), start=1
        )
    )
    meta = {**slate.meta, "took_ms": {**watch.laps, "total": watch.total}}
    return ServedSlate(slate.pk, request.user, items, tuple(warnings), meta)
