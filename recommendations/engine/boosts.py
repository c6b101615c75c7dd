"""Raise or lower the scores of what a caller favours."""

from dataclasses import replace

import numpy as np

from core.arrays import Floats, Ids, as_floats
from recommendations.engine.blend import Blended


def boosted(blended: Blended, items: Ids, factors: Floats) -> Blended:
    """Multiply scores by factors, and put the candidates in their new order.

        score_j * factor_j  where the score is above 0,  score_j / factor_j  where it is below

    so that a factor above 1 never lowers an item. Every source's part grows alike: a boost is
    the caller's wish and no fact about the user, so the shares of the reasons stay as they were.

    Shapes: items (I,) ascending, all those blended among them; factors (I,), above 0; returns the
    candidates of `blended`, parts and what a ranker moved still summing to scores. Ties go
    to the lower item id.
    """
    own = factors[np.searchsorted(items, blended.items)]
    scale = np.where(blended.scores < 0, 1.0 / own, own).astype(np.float32)
    moved = None if blended.moved is None else as_floats(blended.moved * scale)
    raised = replace(blended, parts=as_floats(blended.parts * scale[:, None]))
    return raised.ordered(as_floats(blended.scores * scale), moved)
