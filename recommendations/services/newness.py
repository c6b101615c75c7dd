"""Which items of a list nobody had taken to yet, when what makes it was learnt."""

import numpy as np

from core.arrays import Bools, Ids
from recommendations.queries.remembered import load_popular
from recommendations.queries.standing import Standing
from recommendations.rows import SlateWarning


def cold_among(standing: Standing, items: Ids) -> Bools:
    """Return which items the serving fit knows nobody to have taken to; none without a fit.

    Who took to them since counts for their own history at once, and for others once it is learnt
    from. At most one query, and none where popularity was asked about. Shapes: both (K,).
    """
    if standing.fit is None:
        return np.zeros(len(items), dtype=np.bool_)
    overall, _ = load_popular(standing.fit.id).of(items)
    return np.asarray(overall <= 0, dtype=np.bool_)


def cold_warning(is_cold: Bools) -> list[SlateWarning]:
    """Say how many items are cold, where any are. Shapes: (K,)."""
    count = int(is_cold.sum())
    if not count:
        return []
    message = (
        f"{count} of {len(is_cold)} items, marked as cold, nobody had taken to when this was "
        "learnt: what they are about speaks for them, and no user."
    )
    return [SlateWarning("cold_items", message)]
