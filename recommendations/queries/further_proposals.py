"""Sources that are asked only where they were found to add to all others."""

import numpy as np

from core.arrays import Doubles, Floats, Ids, as_floats, is_among, looked_up, places_in
from recommendations.engine.company import nearest
from recommendations.engine.newest import freshness, new_within
from recommendations.engine.rules import NOTHING
from recommendations.engine.shortlist import most_of
from recommendations.engine.sources import (
    Scored,
    score_company,
    score_popular,
    score_tags,
    score_taste,
    summed,
)
from recommendations.queries import remembered
from recommendations.queries.arrivals import find_newest, load_arrivals
from recommendations.queries.companions import load_taken, load_takers
from recommendations.queries.details import Candidates
from recommendations.queries.proposals import (
    MOST_LOOKED_AT,
    Asker,
    Ranked,
    borne_among,
    may_be_shown,
    ranked_for,
)


def propose_trending(asker: Asker) -> list[Ranked]:
    """Name what is taken to more of late than its own past foretells. At most one query, and none
    in a process that knows what is popular.
    """
    fit = asker.standing.fit
    if fit is None or not asker.standing.blend.uses("trending"):
        return []
    trend = remembered.load_rising(fit.id)
    best = trend.ranked[may_be_shown(asker, trend.ranked)][:MOST_LOOKED_AT]

    def score(found: Candidates) -> Scored:
        rises = looked_up(found.ids, trend.items, trend.scores)
        return score_popular(found.ids, rises, source="trending")

    return [Ranked((best,), most_of("trending", asker.length), {"trending": score})]


def propose_segment(asker: Asker) -> list[Ranked]:
    """Name what others of the user's segment took to more than everybody. At most one query, and
    none for who stands in no segment.
    """
    fit, segment = asker.standing.fit, asker.standing.segment
    if fit is None or segment is None or not asker.standing.blend.uses("segment"):
        return []
    if asker.standing.is_paused:
        return []
    liked = remembered.load_favourites(fit.id, segment.id)
    order = np.argsort(liked.ids)

    def score(found: Candidates) -> Scored:
        weights = looked_up(found.ids, liked.ids[order], liked.weights[order])
        return score_popular(found.ids, weights, source="segment")

    best = liked.ids[may_be_shown(asker, liked.ids)]
    return [Ranked((best,), most_of("segment", asker.length), {"segment": score})]


def propose_company(asker: Asker) -> list[Ranked]:
    """Name what those took to whose past is most like the user's. Two queries.

    The newest click counts as in a fit that knew of it; what the user disliked parts them from
    those who took to it.
    """
    fit, history = asker.standing.fit, asker.past.history
    if fit is None or fit.compared is None or not len(history):
        return []
    if not asker.standing.blend.uses("company"):
        return []
    seated = load_takers(fit.id, history.items)
    parts = history.weights[seated.places].astype(np.float64) * seated.weights
    seats, near = nearest(*summed(seated.seats, parts), fit.compared.most)
    if not len(seats):
        return []
    taken = load_taken(fit.id, seats, but_for=asker.standing.user_id)
    pulls = np.zeros((len(history), len(seats)))
    order = np.argsort(seats)
    place, is_near = places_in(seated.seats, seats[order])
    column = order[place]
    pulls[seated.places[is_near], column[is_near]] = parts[is_near]

    def score(found: Candidates) -> Scored:
        is_found = is_among(taken.items, found.ids)
        row = np.searchsorted(found.ids, taken.items[is_found])
        takers = np.zeros((len(found), len(seats)), dtype=np.float32)
        takers[row, taken.places[is_found]] = 1.0
        return score_company(pulls, found.ids, takers)

    best = ranked_for(asker, *summed(taken.items, near[taken.places]))
    return [Ranked((best,), most_of("company", asker.length), {"company": score})]


def propose_new(asker: Asker) -> list[Ranked]:
    """Name what came in of late and bears the user's tags, or else whatever came in last.

    Two queries; one where the process knows when the items of the fit came in.
    """
    fit = asker.standing.fit
    if fit is None or not asker.standing.blend.uses("new"):
        return []
    arrived = load_arrivals(fit.id)
    since = find_newest(asker.standing.workspace_id, asker.barred, now=asker.now, among=asker.among)
    stated = {tag: one.strength for tag, one in asker.statements.items()}
    tags = np.array(sorted(stated), dtype=np.int64)
    bearers = remembered.load_bearers(tags)

    def fresh(items: Ids) -> Floats:
        moments = np.minimum(arrived.of(items), since.of(items))
        return freshness(moments, asker.now.timestamp())

    def within(found: Candidates) -> Floats:
        indptr, borne, weights = borne_among(found.ids, tags, bearers)
        told = score_tags(found.ids, indptr, borne, weights, stated)
        has, tastes = found.has_vector, asker.tastes
        near = np.zeros(len(found), dtype=np.float32)
        if tastes is not None and len(tastes):
            near[has] = score_taste(
                found.ids[has], found.vectors[has], tastes.vectors, tastes.weights
            ).scores
        return new_within(looked_up(found.ids, told.items, told.scores), near)

    def score(found: Candidates) -> Scored:
        return score_popular(found.ids, as_floats(fresh(found.ids) * within(found)), source="new")

    parts = [stated[tag] * one.weights for tag, one in zip(tags.tolist(), bearers, strict=True)]
    ids = np.concatenate([NOTHING, *(one.ids for one in bearers)])
    items, sums = summed(ids, np.concatenate([np.empty(0), *parts]).astype(np.float64))
    if not (sums > 0).any():
        items, sums = since.items, np.ones(len(since.items))
    scores: Doubles = np.maximum(sums, 0.0) * fresh(items)
    best = ranked_for(asker, items[scores > 0], scores[scores > 0])
    return [Ranked((best,), most_of("new", asker.length), {"new": score})]
