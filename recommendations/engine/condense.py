"""One entry per item in a history, however often the user met it."""

import numpy as np

from core.arrays import as_floats
from recommendations.engine.history import History, says_something


def condense(history: History) -> History:
    """Add up what a user's interactions with the same item say, never beyond one full verdict.

        weight_i = clip( sum of its weights, -1, 1 )

    A hundred plays of one song must not drown everything else, and a dismissal takes back a like.
    Items stay in the order in which they were met last; those that cancel out, or are nothing
    beside the rest, are left out.

    Shapes: returns at most as many entries as given, oldest first.
    """
    items, group = np.unique(history.items, return_inverse=True)
    weights = np.clip(np.bincount(group, history.weights, minlength=len(items)), -1.0, 1.0)
    last = np.zeros(len(items), dtype=np.intp)
    np.maximum.at(last, group, np.arange(len(group)))
    order = np.argsort(last, kind="stable")
    largest = float(np.abs(weights).max(initial=0.0))
    order = order[says_something(as_floats(weights[order]), largest)]
    return History(items=items[order], weights=as_floats(weights[order]))
