"""The ways to find candidates for one user, as serving calls them.

Every source answers with `Scored`: candidates, scores, and what carried each score. An item that
a source does not name has score 0 there: nothing is known for it, and nothing against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Doubles, Floats, Ids, as_floats, places_in
from recommendations.engine.history import History

CARRIERS = 2
# Sums over items are laid out flat where their ids lie no further apart: 32 MB for a moment.
WIDEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Scored:
    """One source's opinion of some items.

    Shapes: items and scores (C,), items distinct, higher is better; carriers and shares (C, 2),
    the two strongest carriers of each score, strongest first, padded with -1 and 0.
    Units: a carrier is a position in the history (neighbours, factors, company), a row of the
    tastes (taste) or a tag's id (tags); its share is its part of everything that spoke *for* the
    item, in [0, 1].
    """

    source: str
    items: Ids
    scores: Floats
    carriers: Ids
    shares: Floats


def score_neighbours(history: History, ids: Ids, weights: Floats) -> Scored:
    """Add up the links from what a user met to each item.

        score_j = sum_h  history_h * weight_hj

    The sum is over history positions, so each one's part in a score is exact.

    Shapes: history of H items; ids and weights (H, K), the neighbour row of each of them, padded
    with -1 and 0; returns C items in ascending order.
    """
    rows, places = np.nonzero(ids >= 0)
    parts = history.weights[rows].astype(np.float64) * weights[rows, places]
    return _gather("neighbours", ids[rows, places], rows, parts)


def link_scores(history: History, ids: Ids, weights: Floats) -> tuple[Ids, Doubles]:
    """Return the items that `score_neighbours` would score, ascending, and their scores alone.

    Shapes: as there; returns both (C,).
    """
    rows, places = np.nonzero(ids >= 0)
    parts = history.weights[rows].astype(np.float64) * weights[rows, places]
    return summed(ids[rows, places], parts)


def summed(ids: Ids, parts: Doubles) -> tuple[Ids, Doubles]:
    """Add up the parts of each item. Shapes: both (N,); returns items ascending and sums (C,)."""
    if not len(ids):
        return ids, parts
    lowest = int(ids.min())
    span = int(ids.max()) - lowest + 1
    if span > WIDEST:
        items, group = np.unique(ids, return_inverse=True)
        sums: Doubles = np.bincount(group, parts, minlength=len(items)).astype(np.float64)
        return items.astype(np.int64), sums
    places = ids - lowest
    is_named = np.zeros(span, dtype=np.bool_)
    is_named[places] = True
    named = np.flatnonzero(is_named)
    return (named + lowest).astype(np.int64), np.bincount(places, parts)[named].astype(np.float64)


def taste_scores(cosines: Floats, weights: Floats) -> Floats:
    """Score items by how near they lie to a user's interests and aversions.

        score_j = max over interests m (cosine_mj)
                  - sum over aversions m (|weight_m| * max(cosine_mj, 0))

    The nearest interest alone decides, as in ComiRec (Cen et al., KDD 2020), so that a user of two
    tastes is not served their average. How much of a user's likings an interest holds says how
    surely they have it, and not how near an item must lie to it: of vectors that lie in a narrow
    cone, as those of most encoders do, the heaviest interest would be the only one heard.

    Shapes: cosines (M, C); weights (M,), below 0 for an aversion; returns (C,).
    """
    liked, averse = np.flatnonzero(weights > 0), np.flatnonzero(weights < 0)
    scores = cosines[liked].max(axis=0) if len(liked) else np.zeros(cosines.shape[1])
    return as_floats(scores + weights[averse] @ np.maximum(cosines[averse], 0.0))


def score_taste(
    candidate_items: Ids, candidate_vectors: Floats, tastes: Floats, taste_weights: Floats
) -> Scored:
    """Compare candidates with a user's interests and aversions; see `taste_scores`.

    Shapes: candidate_items (C,); candidate_vectors (C, D) and tastes (M, D) of unit rows;
    taste_weights (M,), below 0 for an aversion; returns C items.
    """
    cosines = as_floats(tastes @ candidate_vectors.T)
    liked = np.flatnonzero(taste_weights > 0)
    carriers, shares = _no_carriers(len(candidate_items))
    if len(liked):
        pull = cosines[liked]
        carriers[:, 0] = liked[pull.argmax(axis=0)]
        shares[:, 0] = (pull.max(axis=0) > 0).astype(np.float32)
        carriers[shares[:, 0] == 0, 0] = -1
    return Scored("taste", candidate_items, taste_scores(cosines, taste_weights), carriers, shares)


def score_tags(
    candidate_items: Ids,
    indptr: Ids,
    tags: Ids,
    weights: Floats,
    statements: Mapping[int, float],
) -> Scored:
    """Add up a user's statements over the tags each candidate bears.

        score_j = sum over tags g of j:  weight_jg * statement_g

    Shapes: candidate_items (C,); indptr (C + 1,), tags and weights (N,), the candidates' tags row
    by row as in a CSR table; statements maps a tag's id to a signed strength. Candidates without
    one stated tag are left out.
    """
    rows = np.repeat(np.arange(len(candidate_items)), np.diff(indptr))
    known = np.array(sorted(statements), dtype=np.int64)
    strengths = np.array([statements[int(tag)] for tag in known], dtype=np.float64)
    place, stated = places_in(tags, known)
    parts = weights[stated].astype(np.float64) * strengths[place[stated]]
    return _gather("tags", candidate_items[rows[stated]], tags[stated], parts)


def score_links(tags: Ids, strengths: Floats, ids: Ids, weights: Floats) -> Scored:
    """Add up the links from what is stated of a user to each item.

        score_j = sum over stated tags g:  statement_g * link_gj

    Shapes: tags and strengths (M,), signed; ids and weights (M, K), the row of links of each tag,
    padded with -1 and 0; returns C items in ascending order, their carriers tags.
    """
    rows, places = np.nonzero(ids >= 0)
    parts = strengths[rows].astype(np.float64) * weights[rows, places]
    return _gather("portrait", ids[rows, places], tags[rows], parts)


def score_factors(pulls: Doubles, items: Ids, vectors: Floats) -> Scored:
    """Compare candidates with a user's vector, which is the sum of what each item met adds to it.

        score_j = sum_h  pull_h . q_j

    so that each history position's part in a score is exact. Items whose place nobody knows are
    left out.

    Shapes: pulls (H, D), see `factors.pulls_of`; items (C,) ascending; vectors (C, D), zero where
    nobody took to the item; returns at most C items.
    """
    known = np.asarray(vectors.any(axis=1))
    items, wide = items[known], vectors[known].astype(np.float64)
    parts = pulls @ wide.T
    carriers, shares = _no_carriers(len(items))
    spoke_for = np.maximum(parts, 0.0)
    whole = spoke_for.sum(axis=0)
    everyone = np.arange(len(items))
    for rank in range(min(CARRIERS, len(pulls))):
        best = spoke_for.argmax(axis=0)
        part = spoke_for[best, everyone]
        speaks = part > 0
        carriers[speaks, rank] = best[speaks]
        shares[speaks, rank] = part[speaks] / whole[speaks]
        spoke_for[best, everyone] = 0.0
    return Scored("factors", items, as_floats(parts.sum(axis=0)), carriers, shares)


def score_company(pulls: Doubles, items: Ids, takers: Floats) -> Scored:
    """Add up how like the user those are who took to each candidate.

        score_j = sum_v  taker_jv * alike_v,   alike_v = sum_h  pull_hv

    so that, the most alike users being given, each history position's part in a score is exact.
    What none of them took to is left out.

    Shapes: pulls (H, K), what each history position adds to the likeness of each of these users;
    items (C,) ascending; takers (C, K), 1 where the user took to it; returns at most C items.
    """
    return replace(score_factors(pulls, items, takers), source="company")


def score_popular(items: Ids, weights: Floats, *, source: str = "popular") -> Scored:
    """Offer what most users take to: over all time, or of late.

    Shapes: items and weights (C,); returns the same items, with nothing that carried them.
    """
    carriers, shares = _no_carriers(len(items))
    return Scored(source, items, as_floats(weights), carriers, shares)


def _no_carriers(count: int) -> tuple[Ids, Floats]:
    return (
        np.full((count, CARRIERS), -1, dtype=np.int64),
        np.zeros((count, CARRIERS), dtype=np.float32),
    )


def _gather(source: str, items: Ids, carriers: Ids, parts: Doubles) -> Scored:
    """Sum the parts per item, and keep the strongest carriers. Shapes: all (N,), one row a part."""
    distinct, group = np.unique(items, return_inverse=True)
    scores = np.bincount(group, parts, minlength=len(distinct))
    spoke_for = np.bincount(group, np.maximum(parts, 0.0), minlength=len(distinct))
    order = np.lexsort((carriers, -parts, group))
    starts = np.searchsorted(group[order], np.arange(len(distinct)))
    top, shares = _no_carriers(len(distinct))
    place = np.arange(len(order)) - starts[group[order]]
    for rank in range(CARRIERS):
        chosen = order[(place == rank) & (parts[order] > 0)]
        top[group[chosen], rank] = carriers[chosen]
        shares[group[chosen], rank] = parts[chosen] / spoke_for[group[chosen]]
    return Scored(source, distinct, as_floats(scores), top, shares)
