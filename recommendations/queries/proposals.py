"""The sources at work: each proposes items for a user, and says how it would score any others.

A source first names items by a query of its own. Once the details of everyone's items are read,
it scores all of them, so that a dislike weighs on an item that another source proposed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.arrays import Doubles, Floats, Ids, as_floats
from recommendations.engine.history import History
from recommendations.engine.shortlist import best_of, most_of
from recommendations.engine.sources import (
    Scored,
    link_scores,
    score_links,
    score_neighbours,
    score_popular,
    score_tags,
    score_taste,
)
from recommendations.queries import candidates as finding
from recommendations.queries.askers import Past, Stated, Tastes
from recommendations.queries.details import Candidates
from recommendations.queries.filtering import EVERYTHING, Condition
from recommendations.queries.standing import Standing

# Of all that goes with a past, so many are asked whether they are to be had.
MOST_LOOKED_AT = 2_000
MOST_STATED = 12
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
    """Name what goes with the items of the user's past. Two queries, three where much is gone."""
    fit, history = asker.standing.fit, asker.past.history
    if fit is None or not len(history):
        return []
    rows = finding.load_neighbours(fit.id, history.items)
    linked, scores = link_scores(history, rows.ids, rows.weights)
    items = _first_open(asker, linked, scores, most_of("neighbours", asker.length))

    def score(found: Candidates) -> Scored:
        among = np.where(np.isin(rows.ids, found.ids), rows.ids, -1)
        return score_neighbours(history, among, rows.weights)

    return [Proposal("neighbours", items, score)]


def _first_open(asker: Asker, linked: Ids, scores: Doubles, most: int) -> Ids:
    """Return the best of the items that are to be had: as a rule, that is most of them."""
    kept = asker.among.keeps(linked)
    best = best_of(linked[kept], scores[kept], barred=asker.barred, most=MOST_LOOKED_AT)
    items = finding.find_open(best[:most], most, now=asker.now, among=asker.among)
    if len(items) < min(most, len(best)):
        items = finding.find_open(best, most, now=asker.now, among=asker.among)
    return items


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
    """Name what bears the tags of the user's strongest likes. One query."""
    if not asker.statements:
        return []
    liked = sorted(asker.statements.values(), key=lambda one: -one.strength)[:MOST_STATED]
    liked = [one for one in liked if one.strength > 0]
    items = finding.find_tagged(
        [one.tag_id for one in liked],
        [one.strength for one in liked],
        asker.barred,
        most_of("tags", asker.length),
        now=asker.now,
        among=asker.among,
    )
    strengths = {tag: one.strength for tag, one in asker.statements.items()}

    def score(found: Candidates) -> Scored:
        return score_tags(found.ids, found.indptr, found.tags, found.tag_weights, strengths)

    return [Proposal("tags", items, score)]


def propose_portrait(asker: Asker) -> list[Proposal]:
    """Name what users of like statements took to. Two queries, three where much is gone.

    Where the portrait was found to add nothing to a ranking, nothing is asked.
    """
    fit, blend = asker.standing.fit, asker.standing.blend
    if fit is None or not asker.statements or not blend.uses("portrait"):
        return []
    stated = sorted(asker.statements.values(), key=lambda one: -abs(one.strength))[:MOST_LINKED]
    tags = np.array([one.tag_id for one in stated], dtype=np.int64)
    strengths = as_floats([one.strength for one in stated])
    rows = finding.load_links(fit.id, tags)
    linked, scores = link_scores(History(tags, strengths), rows.ids, rows.weights)
    items = _first_open(asker, linked, scores, most_of("portrait", asker.length))

    def score(found: Candidates) -> Scored:
        among = np.where(np.isin(rows.ids, found.ids), rows.ids, -1)
        return score_links(tags, strengths, among, rows.weights)

    return [Proposal("portrait", items, score)]


def propose_popular(asker: Asker) -> list[Proposal]:
    """Name what most users take to, over all time and lately. One query."""
    fit = asker.standing.fit
    if fit is None:
        return [_sampled(asker)]
    items = finding.find_popular(
        fit.id,
        asker.barred,
        most_of("popular", asker.length),
        now=asker.now,
        among=asker.among,
    )
    return [
        Proposal("popular", items, lambda found: score_popular(found.ids, found.overall)),
        Proposal(
            "recent", items, lambda found: score_popular(found.ids, found.recent, source="recent")
        ),
    ]


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
ASKED_AS = {"portrait": "tags"}

Finder = Callable[[Asker], list[Proposal]]
FINDERS: dict[Finder, tuple[str, ...]] = {
    propose_neighbours: ("neighbours",),
    propose_taste: ("taste",),
    propose_tagged: ("tags",),
    propose_portrait: ("portrait",),
    propose_popular: ("popular", "recent"),
}
