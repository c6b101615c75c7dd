"""Figures of a portrait beside taste: what a user does, how widely, how often, how gladly."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from profiles.modelling.bands import bands_of
from profiles.modelling.numbers import completed, outside_fences
from profiles.modelling.rhythm import rhythm_of

MOST_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Deed:
    """One interaction, as the figures see it. `scaled` is its rating in [-1, 1], if it is one.

    `tags`, `maker` and `numbers` are those of its item; `moment` is in seconds since 1970.
    """

    kind: str
    item: int
    moment: float | None
    signed: float
    scaled: float | None
    sentiment: float | None
    has_text: bool
    tags: tuple[int, ...]
    maker: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)


def behaviour_of(deeds: Sequence[Deed]) -> dict[str, Any]:
    """Return the figures of one user; those that nothing is known about are None.

    `breadth` is how evenly the user's tags are met, from 0 (always the same) to 1, as entropy
    over its maximum. `novelty` is the share of interactions with an item met for the first
    time. `generosity` is the mean rating on a scale from -1 to 1. `pleased_share` is the share
    of those interactions that say anything which say something good. `loyalty` is the share of
    interactions with a maker met before, `new_tags` that of those which bring a tag never met
    before, both counted from the second on. `unusual_months` are those beyond the fences.
    """
    in_order = sorted(deeds, key=lambda deed: (deed.moment is None, deed.moment or 0.0))
    said = [deed.signed for deed in deeds if deed.signed]
    ratings = [deed.scaled for deed in deeds if deed.scaled is not None]
    return {
        "kinds": dict(sorted(Counter(deed.kind for deed in deeds).items())),
        "months": _months(deeds),
        "unusual_months": _unusual(deeds),
        "rhythm": rhythm_of([deed.moment for deed in deeds if deed.moment is not None]),
        "bands": bands_of(_items_of(in_order)),
        "loyalty": _returns([(deed.maker,) if deed.maker else () for deed in in_order]),
        "new_tags": _news([deed.tags for deed in in_order]),
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
    and count, the last MOST_MONTHS of them. A month without a review between two with one has
    the count 0, and the level that lies between theirs.
    """
    read = [(deed.moment, deed.sentiment) for deed in deeds if deed.sentiment is not None]
    by_month: dict[str, list[float]] = defaultdict(list)
    for moment, sentiment in read:
        if moment is not None:
            by_month[_month(moment)].append(sentiment)
    months = _without_gaps(by_month)
    felt = sorted(sentiment for _, sentiment in read)
    return {
        "mean": round(sum(felt) / len(felt), 3) if felt else None,
        "count": len(felt),
        "months": months[-MOST_MONTHS:],
    }


def _without_gaps(by_month: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Every month from the first to the last, those without a review levelled between others."""
    names = _every_month(by_month)
    levels = [
        sum(sorted(by_month[name])) / len(by_month[name]) if name in by_month else np.nan
        for name in names
    ]
    whole, _ = completed(np.array(levels, dtype=np.float64).reshape(-1, 1), "between")
    return [
        {"month": name, "mean": round(float(level), 3), "count": len(by_month.get(name, ()))}
        for name, level in zip(names, whole[:, 0], strict=True)
    ]


def _every_month(known: Mapping[str, Any]) -> list[str]:
    """The last MOST_MONTHS months from the first known to the last, in order."""
    if not known:
        return []
    first, last = (int(name[:4]) * 12 + int(name[5:]) - 1 for name in (min(known), max(known)))
    places = range(max(first, last - MOST_MONTHS + 1), last + 1)
    return [f"{place // 12:04d}-{place % 12 + 1:02d}" for place in places]


def _unusual(deeds: Sequence[Deed]) -> list[str]:
    """The months in which the user did far more, or less, than in most that they were active."""
    months = _months(deeds)
    marked = outside_fences(np.array(list(months.values()), dtype=np.float64))
    return [name for name, is_outside in zip(months, marked.tolist(), strict=True) if is_outside]


def _items_of(deeds: Sequence[Deed]) -> list[Mapping[str, float]]:
    """The numbers of each item, once, by items."""
    return [numbers for _, numbers in sorted({deed.item: deed.numbers for deed in deeds}.items())]


def _returns(met: Sequence[Sequence[Any]]) -> float | None:
    """The share of meetings, from the second on, that are with something met before."""
    return _share_of_later(met, lambda known, things: not known.isdisjoint(things))


def _news(met: Sequence[Sequence[Any]]) -> float | None:
    """The share of meetings, from the second on, that bring something never met before."""
    return _share_of_later(met, lambda known, things: not known.issuperset(things))


def _share_of_later(
    met: Sequence[Sequence[Any]], is_so: Callable[[set[Any], Sequence[Any]], bool]
) -> float | None:
    """The share of meetings, from the second on, for which it is so, given what was met before."""
    known: set[Any] = set()
    found = counted = 0
    for things in met:
        if known and things:
            counted += 1
            found += is_so(known, things)
        known.update(things)
    return _share(found, counted)


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
