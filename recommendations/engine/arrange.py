"""From several sources' opinions of a shortlist to the list that is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import Bools, Floats, Ids, Indices
from recommendations.engine.blend import BlendConfig, Blended, blend
from recommendations.engine.boosts import boosted
from recommendations.engine.diversity import diversify
from recommendations.engine.rules import allowed
from recommendations.engine.shortlist import centred, with_least
from recommendations.engine.sources import Scored

# A statement that the user edits must move the list, whatever was learnt from clicks: statements
# count at least this share of what the weightiest source counts.
LEAST_STATEMENT_SHARE = 0.3
# What users said of themselves has a say of its own beside that, no smaller than any other.
LEAST_SAID_SHARE = 1.0
RELEVANCE = 0.8


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The items that come into question, in ascending order of id.

    Shapes: items and has_vector (C,); vectors (C, D) of unit rows, zero where an item has none.
    """

    items: Ids
    vectors: Floats
    has_vector: Bools


@dataclass(frozen=True, slots=True)
class Arranged:
    """The items of a list in order. Shapes: picks (K,), positions into blended."""

    blended: Blended
    picks: Indices


def arrange(
    scored: Sequence[Scored],
    shortlist: Shortlist,
    config: BlendConfig,
    *,
    met: int,
    barred: Ids,
    length: int,
    factors: Floats | None = None,
) -> Arranged:
    """Blend what the sources say of the shortlist, leave out what is barred, spread the list out.

    `met` is how many items the user took to. Sources should say nothing of barred items, or they
    would set the scale. `factors` are the caller's boosts. Shapes: factors (C,) as the shortlist;
    returns at most `length` picks.
    """
    raised = with_least(config, "tags", LEAST_STATEMENT_SHARE)
    raised = with_least(raised, "said", LEAST_SAID_SHARE)
    blended = blend(scored, raised, met=met)
    if factors is not None:
        blended = boosted(blended, shortlist.items, factors)
    open_ones = np.flatnonzero(allowed(blended.items, excluded=barred))
    rows = np.searchsorted(shortlist.items, blended.items[open_ones])
    vectors = centred(shortlist.vectors[rows], shortlist.has_vector[rows])
    chosen = diversify(blended.scores[open_ones], vectors, length=length, relevance=RELEVANCE)
    return Arranged(blended, open_ones[chosen])
