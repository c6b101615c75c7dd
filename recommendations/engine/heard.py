"""Give what users say they like a place on their lists, however much speaks for other things."""

import numpy as np

from core.arrays import Bools, Ids, Indices
from recommendations.engine.blend import Blended
from recommendations.engine.sources import Scored

# Of so many places one is given to a tag that would not show at all.
PLACES_PER_TAG = 5


def with_heard(picks: Indices, blended: Blended, said: Scored, is_open: Bools) -> Indices:
    """Return the picks, their last places given to tags that a user said they like and none shows.

    A tag gets one place, that of its best item, and a list at most a fifth of its places; those
    tags come first whose best items score highest. An item shows the tags that carry its score in
    `said`, two of them at most.

    Shapes: picks (K,), positions into blended; is_open (C,), what may be shown; returns (K,).
    """
    most = len(picks) // PLACES_PER_TAG
    tags = _carried(blended.items, said)
    missing = np.setdiff1d(tags[is_open], np.append(tags[picks], -1))
    if not most or not len(missing):
        return picks
    # Candidates stand in the order of their scores: the first that bears a tag is its best.
    bears = is_open[:, None, None] & (tags[:, :, None] == missing)
    best = bears.any(axis=1).argmax(axis=0)
    given = np.unique(best)[:most]
    return np.concatenate([picks[: len(picks) - len(given)], given])


def _carried(items: Ids, said: Scored) -> Ids:
    """Return the tags that carry each item's score, -1 for none. Shapes: (C,); returns (C, 2)."""
    tags = np.full((len(items), said.carriers.shape[1]), -1, dtype=np.int64)
    if len(said.items):
        order = np.argsort(said.items)
        place = order[np.minimum(np.searchsorted(said.items[order], items), len(order) - 1)]
        known = said.items[place] == items
        tags[known] = np.where(said.shares[place[known]] > 0, said.carriers[place[known]], -1)
    return tags
