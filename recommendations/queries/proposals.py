"""The sources at work: each proposes items for a user, and says how it would score any others.

A source first names items by a query of its own. Once the details of everyone's items are read,
it scores all of them, so that a dislike weighs on an item that another source proposed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from core.arrays import Doubles, Floats, Ids, as_floats
from recommendations.engine.history import History
from recommendations.engine.rules import NOTHING
from recommendations.engine.shortlist import most_of
from recommendations.engine.sources import (
    Scored,
    link_scores,
    score_links,
    score_neighbours,
    score_popular,
    score_tags,
    score_taste,
    summed,
)
from recommendations.queries import candidates as finding
from recommendations.queries import remembered
from recommendations.queries.askers import Past, Stated, Tastes
from recommendations.queries.details import Candidates
from recommendations.queries.filtering import EVERYTHING, Condition
from recommendations.queries.remembered import Linked, NeighbourRows
from recommendations.queries.standing import Standing

# Of all that comes into question, so many are asked whether they are to be had; a quarter more
# than are wanted at first, and four times as many where they must fit a filter, too.
MOST_LOOKED_AT = 2_000
FIRST_LOOKED_AT = 4.0
MOST_STATED = 12
# What somebody said themselves is looked for before what is believed of them.
RAISED = 4.0
# So many statements are followed to items: as many as there are in the portraits learnt from.
MOST_LINKED = 32


@dataclass(frozen=True, slots=True)
class Asker:
    """The user as the sources see them. `barred` holds every item that must not be shown.

    `length` is the number of places to be filled, `among` what the items must fit.
    """

    standing: Standing
    past: Past
    statements: dict[int, Stated]
    tastes: Tastes | None
    barred: Ids
    length: int
    now: datetime
    among: Condition = EVERYTHING


@dataclass(frozen=True, slots=True)
class Proposal:
    """The items that a source names, and how it scores the candidates of all sources."""

    source: str
    items: Ids
    score: Callable[[Candidates], Scored]


def propose_neighbours(asker: Asker) -> list[Proposal]:
    """Name what goes with the items of the user's past. At most two queries, three where much is
    gone.
    """
    fit, history = asker.standing.fit, asker.past.history
    if fit is None or not len(history):
        return []
    rows = remembered.load_neighbours(fit.id, history.items)
    linked, scores = link_scores(history, rows.ids, rows.weights)
    [items] = _first_open(asker, [(linked, scores)], most_of("neighbours", asker.length))

    def score(found: Candidates) -> Scored:
        return score_neighbours(history, _among(rows, found), rows.weights)

    return [Proposal("neighbours", items, score)]


def _among(rows: NeighbourRows, found: Candidates) -> Ids:
    """Return the links to what was found, others as -1. Shapes: returns (H, K)."""
    if not len(found):
        return np.full_like(rows.ids, -1)
    place = np.minimum(np.searchsorted(found.ids, rows.ids), len(found) - 1)
    return np.where(found.ids[place] == rows.ids, rows.ids, -1)


def _first_open(asker: Asker, named: list[tuple[Ids, Doubles]], most: int) -> list[Ids]:
    """Return the best of each list of items with scores that are to be had, best first.

    One query, and a second one where too many of the best are gone: as a rule, few are. Level
    items go by their ids.
    """
    ranked = [_ranked(asker, items, scores) for items, scores in named]
    first = FIRST_LOOKED_AT if asker.among.sql and asker.among.ids is None else 1.25
    for looked_at in (int(first * most) + 5, MOST_LOOKED_AT):
        heads = np.unique(np.concatenate([one[:looked_at] for one in ranked]))
        is_open = finding.find_open(heads, len(heads), now=asker.now, among=asker.among)
        found = [one[:looked_at][np.isin(one[:looked_at], is_open)] for one in ranked]
        if all(
            len(one) >= min(most, len(all_ones))
            for one, all_ones in zip(found, ranked, strict=True)
        ):
            break
    return [one[:most] for one in found]


def _ranked(asker: Asker, items: Ids, scores: Doubles) -> Ids:
    """Return what may be shown, best first, as many as are looked at in the end."""
    kept = ~np.isin(items, asker.barred) & asker.among.keeps(items)
    items, scores = items[kept], scores[kept]
    if len(items) > MOST_LOOKED_AT:
        least = np.partition(scores, -MOST_LOOKED_AT)[-MOST_LOOKED_AT]
        items, scores = items[scores >= least], scores[scores >= least]
    return items[np.argsort(-scores, kind="stable")][:MOST_LOOKED_AT]


def propose_taste(asker: Asker) -> list[Proposal]:
    """Name what lies near each of the user's interests. One query."""
    space, tastes = asker.standing.space, asker.tastes
    if space is None or tastes is None or not len(tastes):
        return []
    liked = Tastes(tastes.vectors[tastes.weights > 0], tastes.weights[tastes.weights > 0])
    items = finding.find_nearest(
        space,
        liked,
        asker.barred,
        most_of("taste", asker.length),
        now=asker.now,
        among=asker.among,
    )

    def score(found: Candidates) -> Scored:
        has = found.has_vector
        return score_taste(found.ids[has], found.vectors[has], tastes.vectors, tastes.weights)

    return [Proposal("taste", items, score)]


def propose_tagged(asker: Asker) -> list[Proposal]:
    """Name what bears the tags of the user's strongest likes, and most surely.

    What somebody said themselves comes first, and is scored once more by itself, so that it moves
    a list however much else is believed. At most two queries, three where much is gone.
    """
    if not asker.statements:
        return []
    stated = sorted(asker.statements.values(), key=lambda one: (-_raised(one), one.tag_id))
    tags = np.array([one.tag_id for one in stated], dtype=np.int64)
    bearers = remembered.load_bearers(tags)
    liked = [
        (_raised(one), borne)
        for one, borne in zip(stated[:MOST_STATED], bearers, strict=False)
        if one.strength > 0
    ]
    ids = np.concatenate([NOTHING, *(borne.ids for _, borne in liked)])
    parts = np.concatenate([np.empty(0), *(strength * borne.weights for strength, borne in liked)])
    [items] = _first_open(
        asker, [summed(ids, parts.astype(np.float64))], most_of("tags", asker.length)
    )
    strengths = {tag: one.strength for tag, one in asker.statements.items()}

    def score(found: Candidates) -> Scored:
        indptr, borne, weights = _borne(found.ids, tags, bearers)
        return score_tags(found.ids, indptr, borne, weights, strengths)

    def score_said(found: Candidates) -> Scored:
        indptr, borne, weights = _borne(found.ids, tags, bearers)
        said = {tag: one.strength for tag, one in asker.statements.items() if one.is_said}
        return replace(score_tags(found.ids, indptr, borne, weights, said), source="said")

    return [Proposal("tags", items, score), Proposal("said", items, score_said)]


def _raised(stated: Stated) -> float:
    return stated.strength * (RAISED if stated.is_said else 1.0)


def _borne(items: Ids, tags: Ids, bearers: list[Linked]) -> tuple[Ids, Ids, Floats]:
    """Lay out which of the tags each item bears, as a CSR table: indptr, tags, weights.

    Shapes: items (C,) ascending; tags (G,) with bearers; returns (C + 1,), (N,), (N,).
    """
    table = np.zeros((len(items), len(tags)), dtype=np.float32)
    bears = np.zeros(table.shape, dtype=np.bool_)
    order = np.argsort(tags)
    for column, one in enumerate([bearers[place] for place in order.tolist()]):
        if len(one.ids):
            place = np.minimum(np.searchsorted(one.ids, items), len(one.ids) - 1)
            bears[:, column] = one.ids[place] == items
            table[:, column] = one.weights[place]
    rows, columns = np.nonzero(bears)
    indptr = np.searchsorted(rows, np.arange(len(items) + 1)).astype(np.int64)
    return indptr, tags[order][columns], table[rows, columns]


def propose_portrait(asker: Asker) -> list[Proposal]:
    """Name what users of like statements took to. At most two queries, three where much is gone.

    Where the portrait was found to add nothing to a ranking, nothing is asked.
    """
    fit, blend = asker.standing.fit, asker.standing.blend
    if fit is None or not asker.statements or not blend.uses("portrait"):
        return []
    stated = sorted(asker.statements.values(), key=lambda one: -abs(one.strength))[:MOST_LINKED]
    tags = np.array([one.tag_id for one in stated], dtype=np.int64)
    strengths = as_floats([one.strength for one in stated])
    rows = remembered.load_links(fit.id, tags)
    linked = link_scores(History(tags, strengths), rows.ids, rows.weights)
    [items] = _first_open(asker, [linked], most_of("portrait", asker.length))

    def score(found: Candidates) -> Scored:
        return score_links(tags, strengths, _among(rows, found), rows.weights)

    return [Proposal("portrait", items, score)]


def propose_popular(asker: Asker) -> list[Proposal]:
    """Name what most users take to, over all time and lately. At most two queries, three where
    much is gone.
    """
    fit = asker.standing.fit
    if fit is None:
        return [_sampled(asker)]
    popular = remembered.load_popular(fit.id)
    named = [_by_rank(one) for one in (popular.by_overall, popular.by_recent)]
    items = np.unique(np.concatenate(_first_open(asker, named, most_of("popular", asker.length))))

    def score(found: Candidates) -> Scored:
        return score_popular(found.ids, popular.of(found.ids)[0])

    def score_recent(found: Candidates) -> Scored:
        return score_popular(found.ids, popular.of(found.ids)[1], source="recent")

    return [Proposal("popular", items, score), Proposal("recent", items, score_recent)]


def _by_rank(ranked: Ids) -> tuple[Ids, Doubles]:
    return ranked, -np.arange(len(ranked), dtype=np.float64)


def _sampled(asker: Asker) -> Proposal:
    """Count a sample, where nothing was learnt yet."""
    workspace_id = asker.standing.workspace_id
    most = most_of("neighbours", asker.length)
    items, counts = finding.count_unlearnt(
        workspace_id, asker.barred, most, now=asker.now, among=asker.among
    )

    def score(found: Candidates) -> Scored:
        return score_popular(found.ids, counts_of(found.ids, items, counts))

    return Proposal("popular", items, score)


def counts_of(wanted: Ids, items: Ids, counts: Floats) -> Floats:
    """Look up counts. Shapes: wanted (C,); items (N,) ascending, counts (N,); returns (C,)."""
    if not len(items):
        return np.zeros(len(wanted), dtype=np.float32)
    place = np.minimum(np.searchsorted(items, wanted), len(items) - 1)
    return np.where(items[place] == wanted, counts[place], np.float32(0.0))


# Statements lead to items in two ways, by what bears their tags and by what was learnt of them;
# who asks for a list asks for both by one name.
ASKED_AS = {"portrait": "tags", "said": "tags"}

Finder = Callable[[Asker], list[Proposal]]
FINDERS: dict[Finder, tuple[str, ...]] = {
    propose_neighbours: ("neighbours",),
    propose_taste: ("taste",),
    propose_tagged: ("tags", "said"),
    propose_portrait: ("portrait",),
    propose_popular: ("popular", "recent"),
}
