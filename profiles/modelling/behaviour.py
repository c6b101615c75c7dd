"""Figures of a portrait beside taste: what a user does, how widely, how often, how gladly."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

MOST_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Deed:
    """One interaction, as the figures see it. `scaled` is its rating in [-1, 1], if it is one.

    `tags` are those of its item; `moment` is in seconds since 1970.
    """

    kind: str
    item: int
    moment: float | None
    signed: float
    scaled: float | None
    sentiment: float | None
    has_text: bool
    tags: tuple[int, ...]


def behaviour_of(deeds: Sequence[Deed]) -> dict[str, Any]:
    """Return the figures of one user; those that nothing is known about are None.

    `breadth` is how evenly the user's tags are met, from 0 (always the same) to 1, as entropy
    over its maximum. `novelty` is the share of interactions with an item met for the first
    time. `generosity` is the mean rating on a scale from -1 to 1. `pleased_share` is the share
    of those interactions that say anything which say something good.
    """
    said = [deed.signed for deed in deeds if deed.signed]
    ratings = [deed.scaled for deed in deeds if deed.scaled is not None]
    return {
        "kinds": dict(sorted(Counter(deed.kind for deed in deeds).items())),
        "months": _months(deeds),
        "breadth": _breadth(deeds),
        "novelty": _share(len({deed.item for deed in deeds}), len(deeds)),
        "generosity": round(float(np.mean(ratings)), 3) if ratings else None,
        "ratings": len(ratings),
        "pleased_share": _share(sum(each > 0 for each in said), len(said)),
        "review_share": _share(sum(deed.has_text for deed in deeds), len(deeds)),
    }


def sentiment_of_months(deeds: Sequence[Deed]) -> dict[str, Any]:
    """Return how pleased the user's reviews sound, over all and month by month.

    `mean` is in [-1, 1], or None without reviews; `months` are in order, each with its mean
    and count, the last MOST_MONTHS of those that have any.
    """
    read = [(deed.moment, deed.sentiment) for deed in deeds if deed.sentiment is not None]
    by_month: dict[str, list[float]] = defaultdict(list)
    for moment, sentiment in read:
        if moment is not None:
            by_month[_month(moment)].append(sentiment)
    months = [
        {"month": month, "mean": round(sum(sorted(each)) / len(each), 3), "count": len(each)}
        for month, each in sorted(by_month.items())
    ]
    felt = sorted(sentiment for _, sentiment in read)
    return {
        "mean": round(sum(felt) / len(felt), 3) if felt else None,
        "count": len(felt),
        "months": months[-MOST_MONTHS:],
    }


def _months(deeds: Sequence[Deed]) -> dict[str, int]:
    counts = Counter(_month(deed.moment) for deed in deeds if deed.moment is not None)
    return dict(sorted(counts.items())[-MOST_MONTHS:])


def _month(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m")


def _breadth(deeds: Sequence[Deed]) -> float | None:
    counts = Counter(tag for deed in deeds for tag in deed.tags)
    if not counts:
        return None
    if len(counts) == 1:
        return 0.0
    share = np.sort(np.array(list(counts.values()), dtype=float)) / counts.total()
    return round(float(-(share * np.log(share)).sum() / np.log(len(counts))), 3)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
