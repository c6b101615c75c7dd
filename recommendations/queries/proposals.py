"""The sources at work: each proposes items for a user, and says how it would score any others.

A source first names items, by a query of its own or from what is remembered; one query asks for all
of the latter which are to be had. Once the details of everyone's items are read, each source scores
all of them, so that a dislike weighs on an item that another source proposed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np

from core.arrays import Bools, Doubles, Floats, Ids, as_floats, is_among, looked_up, places_in
from recommendations.engine.blend import scaled
from recommendations.engine.factors import pulls_of
from recommendations.engine.history import History
from recommendations.engine.rules import NOTHING
from recommendations.engine.sequence import SOURCE as SEQUENCE
from recommendations.engine.sequence import score_sequence
from recommendations.engine.shortlist import most_of
from recommendations.engine.sources import (
    Scored,
    link_scores,
    score_factors,
    score_links,
    score_neighbours,
    score_popular,
    score_tags,
    score_taste,
    summed,
)
from recommendations.engine.strangers import favoured
from recommendations.queries import candidates as finding
from recommendations.queries import remembered, spaces
from recommendations.queries.askers import Past, Stated, Tastes
from recommendations.queries.details import Candidates
from recommendations.queries.filtering import EVERYTHING, Condition
from recommendations.queries.remembered import Linked, NeighbourRows
from recommendations.queries.sequences import load_network
from recommendations.queries.standing import Standing

# Of all that comes into question, so many are asked whether they are to be had; a quarter more
# than are wanted at first, and four times as many where they must fit a filter, too.
MOST_LOOKED_AT = 2_000
FIRST_LOOKED_AT = 4.0
MOST_STATED = 12
# What somebody said themselves is looked for before what is believed of them.
RAISED = 4.0
# Of each tag that they said they like so many items come into question, however much else does.
HEARD = 5
# So many statements are followed to items: as many as there are in the portraits learnt from.
MOST_LINKED = 32


@dataclass(frozen=True, slots=True)
class Asker:
    """The user as the sources see them. `barred` holds every item that must not be shown.

    `length` is the number of places to be filled, `among` what the items must fit. `is_refusing`
    where nothing but what they said never to has to be asked of Postgres for that.
    """

    standing: Standing
    past: Past
    statements: dict[int, Stated]
    tastes: Tastes | None
    barred: Ids
    length: int
    now: datetime
    among: Condition = EVERYTHING
    is_refusing: bool = False

    @property
    def met(self) -> int:
        """How many items the user took to."""
        return int((self.past.history.weights > 0).sum())


Score = Callable[[Candidates], Scored]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The items that a source names, and how it scores the candidates of all sources.

    `read` is what it reads of all of these before, where it does; it may fail or be late.
    """

    source: str
    items: Ids
    score: Score
    read: Callable[[Ids], object] | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """Items that sources would name, best first, before anybody knows whether they are to be had.

    `lists` are such rows of ids, `most` how many are wanted of each; `scores` is how each of the
    sources scores all candidates.
    """

    lists: tuple[Ids, ...]
    most: int
    scores: dict[str, Score]

    def named(self, heads: Sequence[Ids]) -> list[Proposal]:
        """Propose what is left of each list, one list for each source or one for all of them."""
        items = np.unique(np.concatenate(heads))
        return [Proposal(source, items, score) for source, score in self.scores.items()]


def propose_neighbours(asker: Asker) -> list[Ranked]:
    """Name what goes with the items of the user's past. At most one query."""
    fit, history = asker.standing.fit, asker.past.history
    if fit is None or not len(history):
        return []
    rows = remembered.load_neighbours(fit.id, history.items)
    linked, scores = link_scores(history, rows.ids, rows.weights)

    def score(found: Candidates) -> Scored:
        return score_neighbours(history, _among(rows, found), rows.weights)

    most = most_of("neighbours", asker.length)
    return [Ranked((ranked_for(asker, linked, scores),), most, {"neighbours": score})]


def _among(rows: NeighbourRows, found: Candidates) -> Ids:
    """Return the links to what was found, others as -1. Shapes: returns (H, K)."""
    return np.where(is_among(rows.ids, found.ids), rows.ids, -1)


def first_open(asker: Asker, ranked: Sequence[Ranked]) -> list[Proposal]:
    """Propose the best of each list that are to be had.

    One query for all of them, and a second one where too many of the best are gone: as a rule,
    few are.
    """
    first = FIRST_LOOKED_AT if asker.among.is_checked_by_sql else 1.25
    wanted = [(ids, one.most) for one in ranked for ids in one.lists]
    found: list[Ids] = []
    for share in (first, None):
        looked_at = [
            ids[: MOST_LOOKED_AT if share is None else int(share * most) + 5]
            for ids, most in wanted
        ]
        heads = np.unique(np.concatenate([NOTHING, *looked_at]))
        is_open = finding.find_open(heads, len(heads), now=asker.now, among=asker.among)
        found = [ids[is_among(ids, is_open)] for ids in looked_at]
        if all(
            len(own) >= min(most, len(ids)) for own, (ids, most) in zip(found, wanted, strict=True)
        ):
            break
    left = iter(found)
    return [
        proposal
        for one in ranked
        for proposal in one.named([next(left)[: one.most] for _ in one.lists])
    ]


def ranked_for(asker: Asker, items: Ids, scores: Doubles) -> Ids:
    """Return what may be shown, best first, as many as are looked at in the end."""
    kept = may_be_shown(asker, items)
    items, scores = items[kept], scores[kept]
    if len(items) > MOST_LOOKED_AT:
        least = np.partition(scores, -MOST_LOOKED_AT)[-MOST_LOOKED_AT]
        items, scores = items[scores >= least], scores[scores >= least]
    return items[np.argsort(-scores, kind="stable")][:MOST_LOOKED_AT]


def may_be_shown(asker: Asker, items: Ids) -> Bools:
    """Say which items are not barred, and are not known to fail the filter."""
    return ~is_among(items, asker.barred) & asker.among.keeps(items)


def propose_factors(asker: Asker) -> list[Proposal]:
    """Name what lies nearest to the user's vector, solved from what they met. At most three
    queries, one where the process has read the places of these items before.

    Where factors were found to add nothing to a ranking, nothing is asked.
    """
    fit, history = asker.standing.fit, asker.past.history
    space = fit.spaces.get("factors") if fit else None
    if space is None or not asker.standing.blend.uses("factors") or not len(history):
        return []
    met = spaces.load_vectors(space, history.items)
    table = spaces.load_table(space).reshape(space.dimensions, space.dimensions)
    pulls = pulls_of(met, history.weights, table, trust=space.settings["trust"])
    user = as_floats(pulls.sum(axis=0))
    if not user.any():
        return []
    items = spaces.find_nearest_to(
        space,
        user,
        asker.barred,
        most_of("factors", asker.length),
        now=asker.now,
        among=asker.among,
    )

    def score(found: Candidates) -> Scored:
        return score_factors(pulls, found.ids, spaces.load_vectors(space, found.ids))

    return [Proposal("factors", items, score, partial(spaces.load_vectors, space))]


def propose_sequence(asker: Asker) -> list[Proposal]:
    """Name what is likeliest to come next, after what the user took to. At most three queries,
    one where the process has read the network and the places of these items before.

    Where a sequence model was found to add nothing to a ranking, nothing is asked.
    """
    fit, liked = asker.standing.fit, asker.past.liked
    space = fit.spaces.get(SEQUENCE) if fit else None
    if space is None or not asker.standing.blend.uses(SEQUENCE) or not len(liked):
        return []
    network, met = load_network(space), spaces.load_vectors(space, liked)
    met = met[met.any(axis=1)]
    if network is None or not len(met):
        return []
    awaited, most = network.awaited(met), most_of(SEQUENCE, asker.length)
    items = spaces.find_nearest_to(
        space, awaited, asker.barred, most, now=asker.now, among=asker.among
    )

    def score(found: Candidates) -> Scored:
        return score_sequence(found.ids, spaces.load_vectors(space, found.ids), awaited)

    return [Proposal(SEQUENCE, items, score, partial(spaces.load_vectors, space))]


def propose_taste(asker: Asker) -> list[Proposal]:
    """Name what lies near each of the user's interests. One query."""
    space, tastes = asker.standing.space, asker.tastes
    if space is None or tastes is None or not len(tastes):
        return []
    items = finding.find_nearest(
        space,
        tastes,
        asker.barred,
        most_of("taste", asker.length),
        now=asker.now,
        among=asker.among,
    )

    def score(found: Candidates) -> Scored:
        has = found.has_vector
        return score_taste(found.ids[has], found.vectors[has], tastes.vectors, tastes.weights)

    return [Proposal("taste", items, score)]


def propose_tagged(asker: Asker) -> list[Ranked]:
    """Name what bears the tags of the user's strongest likes, and most surely.

    What somebody said themselves comes first, and is a source once more by itself, so that it moves
    a list however much else is believed. At most one query.
    """
    if not asker.statements:
        return []
    stated = sorted(asker.statements.values(), key=lambda one: (-_raised(one), one.tag_id))
    tags = np.array([one.tag_id for one in stated], dtype=np.int64)
    bearers = remembered.load_bearers(tags)
    liked = [
        (one, borne)
        for one, borne in zip(stated[:MOST_STATED], bearers, strict=False)
        if one.strength > 0
    ]
    heard = [(one, borne) for one, borne in liked if one.is_said]
    best, named, sums = _bearing(asker, liked)
    own = best if len(heard) == len(liked) else _bearing(asker, heard)[0]
    worth = as_floats(sums)
    each = [
        ranked_for(asker, borne.ids, looked_up(borne.ids, named, worth).astype(np.float64))[:HEARD]
        for _, borne in heard
    ]
    strengths = {tag: one.counted for tag, one in asker.statements.items()}

    laid: list[tuple[Candidates, tuple[Ids, Ids, Floats]]] = []

    def borne_by(found: Candidates) -> tuple[Ids, Ids, Floats]:
        if not laid or laid[0][0] is not found:
            laid[:] = [(found, borne_among(found.ids, tags, bearers))]
        return laid[0][1]

    def score(found: Candidates) -> Scored:
        return score_tags(found.ids, *borne_by(found), strengths)

    def score_said(found: Candidates) -> Scored:
        said = {tag: one.strength for tag, one in asker.statements.items() if one.is_said}
        return replace(score_tags(found.ids, *borne_by(found), said), source="said")

    most = most_of("tags", asker.length)
    return [
        Ranked((best, *each), most, {"tags": score}),
        Ranked((own, *each), most, {"said": score_said}),
    ]


def _bearing(asker: Asker, liked: Sequence[tuple[Stated, Linked]]) -> tuple[Ids, Ids, Doubles]:
    """Return what bears liked tags, best first, and how surely each item does, by id."""
    ids = np.concatenate([NOTHING, *(borne.ids for _, borne in liked)])
    parts = np.concatenate([np.empty(0), *(_raised(one) * borne.weights for one, borne in liked)])
    named, sums = summed(ids, parts.astype(np.float64))
    return ranked_for(asker, *_welcome(asker, named, sums)), named, sums


def _welcome(asker: Asker, items: Ids, sums: Doubles) -> tuple[Ids, Doubles]:
    """Put what bears a stranger's tags in the order in which it will be shown, best first."""
    fit, told = asker.standing.fit, asker.standing.blend.strangers
    if fit is None or told is None or asker.met:
        return items, sums
    bears, overall, recent = (
        scaled(as_floats(one), "max") for one in (sums, *remembered.load_popular(fit.id).of(items))
    )
    named = favoured(bears, {"popular": overall, "recent": recent}, told)
    return items, named.astype(np.float64)


def _raised(stated: Stated) -> float:
    return stated.strength * (RAISED if stated.is_said else 1.0)


def borne_among(items: Ids, tags: Ids, bearers: list[Linked]) -> tuple[Ids, Ids, Floats]:
    """Lay out which of the tags each item bears, as a CSR table: indptr, tags, weights.

    Shapes: items (C,) ascending; tags (G,) with bearers; returns (C + 1,), (N,), (N,).
    """
    table = np.zeros((len(items), len(tags)), dtype=np.float32)
    bears = np.zeros(table.shape, dtype=np.bool_)
    order = np.argsort(tags)
    for column, one in enumerate([bearers[place] for place in order.tolist()]):
        place, is_borne = places_in(items, one.ids)
        bears[:, column] = is_borne
        table[is_borne, column] = one.weights[place[is_borne]]
    rows, columns = np.nonzero(bears)
    indptr = np.searchsorted(rows, np.arange(len(items) + 1)).astype(np.int64)
    return indptr, tags[order][columns], table[rows, columns]


def propose_portrait(asker: Asker) -> list[Ranked]:
    """Name what users of like statements took to. At most one query.

    Where the portrait was found to add nothing to a ranking, nothing is asked.
    """
    fit, blend = asker.standing.fit, asker.standing.blend
    if fit is None or not asker.statements or not blend.asks("portrait", asker.met):
        return []
    told = [one for one in asker.statements.values() if not one.is_refusal]
    stated = sorted(told, key=lambda one: -abs(one.strength))[:MOST_LINKED]
    tags = np.array([one.tag_id for one in stated], dtype=np.int64)
    strengths = as_floats([one.strength for one in stated])
    rows = remembered.load_links(fit.id, tags)
    best = ranked_for(asker, *link_scores(History(tags, strengths), rows.ids, rows.weights))

    def score(found: Candidates) -> Scored:
        return score_links(tags, strengths, _among(rows, found), rows.weights)

    return [Ranked((best,), most_of("portrait", asker.length), {"portrait": score})]


def propose_popular(asker: Asker) -> list[Proposal] | list[Ranked]:
    """Name what most users take to, over all time and lately. At most one query."""
    fit = asker.standing.fit
    if fit is None:
        return [_sampled(asker)]
    popular = remembered.load_popular(fit.id)
    best = tuple(
        ranked[may_be_shown(asker, ranked)][:MOST_LOOKED_AT]
        for ranked in (popular.by_overall, popular.by_recent)
    )

    def score(found: Candidates) -> Scored:
        return score_popular(found.ids, popular.of(found.ids)[0])

    def score_recent(found: Candidates) -> Scored:
        return score_popular(found.ids, popular.of(found.ids)[1], source="recent")

    scores: dict[str, Score] = {"popular": score, "recent": score_recent}
    return [Ranked(best, most_of("popular", asker.length), scores)]


def _sampled(asker: Asker) -> Proposal:
    """Count a sample, where nothing was learnt yet."""
    workspace_id = asker.standing.workspace_id
    most = most_of("neighbours", asker.length)
    items, counts = finding.count_unlearnt(
        workspace_id, asker.barred, most, now=asker.now, among=asker.among
    )

    def score(found: Candidates) -> Scored:
        return score_popular(found.ids, looked_up(found.ids, items, counts))

    return Proposal("popular", items, score)
