"""Which items of a list nobody had taken to yet, when what makes it was learnt."""

import numpy as np

from core.arrays import Bools, Ids
from recommendations.queries.remembered import Popular, load_popular
from recommendations.queries.standing import Standing
from recommendations.rows import SlateWarning
from recommendations.services.gathering import excused


def popularity_of(standing: Standing, warnings: list[SlateWarning]) -> Popular | None:
    """Return how items were taken to as what serves was learnt; None without a fit.

    None, too, where that is late or fails, and a warning says so. At most one query, and none where
    the sources asked for it.
    """
    popular: Popular | None = None
    if standing.fit is not None:
        with excused(["popular", "recent"], warnings, part="marks of cold items"):
            popular = load_popular(standing.fit.id)
    return popular


def cold_among(popular: Popular | None, items: Ids) -> Bools:
    """Return which items nobody had taken to when what serves was learnt; none where unknown.

    Who took to them since counts for their own history at once, and for others once it is learnt
    from. Shapes: both (K,).
    """
    if popular is None:
        return np.zeros(len(items), dtype=np.bool_)
    overall, _ = popular.of(items)
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
