"""Give what users say they like a place on their lists, however much speaks for other things."""

import numpy as np

from core.arrays import Bools, Ids, Indices
from recommendations.engine.blend import Blended
from recommendations.engine.sources import Scored

# Of so many places one is given to a tag that would not show at all.
PLACES_PER_TAG = 5


def with_heard(
    picks: Indices, blended: Blended, said: Scored, is_open: Bools
) -> tuple[Indices, Bools]:
    """Return the picks, their last places given to tags that a user said they like and none shows.

    A tag gets one place, that of its best item, and a list at most a fifth of its places; those
    tags come first whose best items score highest. An item shows the tags that carry its score in
    `said`, two of them at most. What alone shows such a tag gives way last. Returned, too, is which
    of the picks show one that none before them shows.

    Shapes: picks (K,), positions into blended; is_open (C,), what may be shown; returns (K,) twice.
    """
    most = len(picks) // PLACES_PER_TAG
    tags = _carried(blended.items, said)
    missing = np.setdiff1d(tags[is_open], np.append(tags[picks], -1))
    if not most or not len(missing):
        return picks, _first_to_show(tags[picks])
    # Candidates stand in the order of their scores: the first that bears a tag is its best.
    bears = is_open[:, None, None] & (tags[:, :, None] == missing)
    best = bears.any(axis=1).argmax(axis=0)
    given = np.unique(best)[:most]
    stay = staying(_first_to_show(tags[picks]), len(given))
    picks = np.concatenate([picks[stay], given])
    return picks, _first_to_show(tags[picks])


def staying(is_needed: Bools, going: int) -> Bools:
    """Say which picks stay where some must go: the last go first, what is needed after all others.

    The first pick always stays. Shapes: is_needed (K,), going < K; returns (K,).
    """
    stay = np.ones(len(is_needed), dtype=np.bool_)
    order = np.lexsort((-np.arange(1, len(is_needed)), is_needed[1:]))
    stay[1 + order[:going]] = False
    return stay


def _first_to_show(tags: Ids) -> Bools:
    """Say which rows show a tag that none before them shows. Shapes: (K, 2), -1 for none; (K,)."""
    _, first = np.unique(tags, return_index=True)
    is_first = np.zeros(tags.size, dtype=np.bool_)
    is_first[first] = True
    return np.asarray((is_first.reshape(tags.shape) & (tags >= 0)).any(axis=1))


def _carried(items: Ids, said: Scored) -> Ids:
    """Return the tags that carry each item's score, -1 for none. Shapes: (C,); returns (C, 2)."""
    tags = np.full((len(items), said.carriers.shape[1]), -1, dtype=np.int64)
    if len(said.items):
        order = np.argsort(said.items)
        place = order[np.minimum(np.searchsorted(said.items[order], items), len(order) - 1)]
        known = said.items[place] == items
        tags[known] = np.where(said.shares[place[known]] > 0, said.carriers[place[known]], -1)
    return tags
