"""From several sources' opinions of a shortlist to the list that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import Bools, Floats, Ids, Indices, as_floats, looked_up
from recommendations.engine.blend import BlendConfig, Blended, blend, scaled
from recommendations.engine.boosts import boosted
from recommendations.engine.diversity import diversify
from recommendations.engine.heard import with_heard
from recommendations.engine.reranking import Described, Met, ServedRanker, describe
from recommendations.engine.rules import NOTHING, allowed
from recommendations.engine.shortlist import centred, with_least
from recommendations.engine.sources import Scored
from recommendations.engine.strangers import blend_for_strangers

# What users said of themselves moves the list, whatever was learnt from clicks: it has a say of its
# own, no smaller than any other's.
LEAST_SAID_SHARE = 1.0
# A ranker is not asked where one of these did not answer: it has learnt nothing without them.
NEEDED = frozenset({"neighbours", "popular", "recent"})


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The items that come into question, in ascending order of id.

    Shapes: items and has_vector (C,); vectors (C, D) of unit rows, zero where an item has none.
    """

    items: Ids
    vectors: Floats
    has_vector: Bools


@dataclass(frozen=True, slots=True)
class Ranking:
    """A learnt ranker, and what it is told of the user."""

    ranker: ServedRanker
    met: Met


@dataclass(frozen=True, slots=True)
class Arranged:
    """The items of a list in order. Shapes: picks (K,), positions into blended; is_needed (K,).

    Needed is what shows a tag that the user said they like, and nothing before it shows.
    """

    blended: Blended
    picks: Indices
    is_needed: Bools


def arrange(
    scored: Sequence[Scored],
    shortlist: Shortlist,
    config: BlendConfig,
    *,
    met: int,
    barred: Ids,
    length: int,
    refused: Ids = NOTHING,
    factors: Floats | None = None,
    ranking: Ranking | None = None,
) -> Arranged:
    """Blend what the sources say of the shortlist, leave out what is barred, spread the list out.

    `met` is how many items the user took to; who took to none is served as a stranger. Sources
    should say nothing of barred items, or they would set the scale. `refused` ones are to set it:
    they take part in everything and are not shown, so that what is never wanted leaves the order
    of the rest as it was. `factors` are the caller's boosts. Where there is a `ranking`, it deals
    out what was learnt; what statements count beyond that, and the boosts, come after it. Tags
    that users said they like have a place on the list, see `with_heard`.
    Shapes: factors (C,) as the shortlist; returns at most `length` picks.
    """
    raised = with_least(config, "tags", config.least_stated)
    raised = with_least(raised, "said", LEAST_SAID_SHARE)
    raised = replace(raised, pool=raised.pool + len(refused))
    if met == 0 and config.strangers is not None:
        blended = blend_for_strangers(scored, raised)
    else:
        blended = blend(scored, raised, met=met)
    if ranking is not None and set(blended.sources) >= NEEDED:
        learnt = _learnt_sums(blended, config.weights_for(met), raised.weights_for(met))
        blended = _ranked(blended, learnt, scored, shortlist, ranking, barred)
    if factors is not None:
        blended = boosted(blended, shortlist.items, factors)
    picks = _spread(blended, shortlist, barred, refused, length, config.relevance)
    is_needed = np.zeros(len(picks), dtype=np.bool_)
    said = next((one for one in scored if one.source == "said"), None)
    if said is not None:
        is_open = allowed(blended.items, excluded=barred, unwanted=refused)
        picks, is_needed = with_heard(picks, blended, said, is_open)
    return Arranged(blended, picks, is_needed)


def _spread(
    blended: Blended,
    shortlist: Shortlist,
    barred: Ids,
    refused: Ids,
    length: int,
    relevance: float,
) -> Indices:
    """Pick what is shown, measured as if nothing were refused. Shapes: returns (K,)."""
    playing = np.flatnonzero(allowed(blended.items, excluded=barred))
    if not len(playing):
        return playing
    rows = np.searchsorted(shortlist.items, blended.items[playing])
    vectors = centred(shortlist.vectors[rows], shortlist.has_vector[rows])
    scores = blended.scores[playing]
    shown = np.flatnonzero(allowed(blended.items[playing], excluded=refused))
    chosen = diversify(
        scores[shown],
        vectors[shown],
        length=length,
        relevance=relevance,
        span=(float(scores.min()), float(scores.max())),
    )
    return playing[shown[chosen]]


def _learnt_sums(
    blended: Blended, learnt: Mapping[str, float], raised: Mapping[str, float]
) -> Floats:
    """Return what the blend would say with its own weights. Shapes: returns (C,)."""
    shares = [
        learnt.get(source, 0.0) / raised[source] if raised.get(source) else 0.0
        for source in blended.sources
    ]
    return as_floats(blended.parts @ as_floats(shares))


def _ranked(
    blended: Blended,
    learnt: Floats,
    scored: Sequence[Scored],
    shortlist: Shortlist,
    ranking: Ranking,
    barred: Ids,
) -> Blended:
    """Let the ranker deal out what was learnt. Shapes: learnt (C,); the rest as `arrange`."""
    open_ones = np.flatnonzero(allowed(blended.items, excluded=barred))
    items = blended.items[open_ones]
    found = _described(items, learnt[open_ones], scored, shortlist, ranking.met)
    if found is None:
        return blended
    moved = np.zeros_like(blended.scores)
    moved[open_ones[found.places]] = ranking.ranker.deal(found) - found.values
    return blended.ordered(as_floats(blended.scores + moved), moved)


def _described(
    items: Ids, learnt: Floats, scored: Sequence[Scored], shortlist: Shortlist, met: Met
) -> Described | None:
    told = {one.source: looked_up(items, one.items, one.scores) for one in scored}
    rows = np.searchsorted(shortlist.items, items)
    return describe(
        items,
        learnt,
        {name: scaled(scores, "max") for name, scores in told.items()},
        (told["popular"], told["recent"]),
        met,
        shortlist.vectors[rows] if shortlist.has_vector.any() else None,
    )
