"""The last word: which items may be shown at all."""

import numpy as np

from core.arrays import Bools, Ids, is_among

NOTHING: Ids = np.empty(0, dtype=np.int64)


def allowed(items: Ids, *, excluded: Ids = NOTHING, unwanted: Ids = NOTHING) -> Bools:
    """Say which items break no rule: not to be left out, and not refused.

    Shapes: items (C,), the others of any length; returns (C,).
    """
    return ~is_among(items, np.sort(np.concatenate([excluded, unwanted])))
