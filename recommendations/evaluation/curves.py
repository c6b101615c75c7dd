"""How well each model does by how much is known of a user, by popularity, and as days go by."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.arrays import Doubles, Ids
from recommendations.engine.log import DAY
from recommendations.engine.validation import NDCG_AT_20
from recommendations.evaluation.run import Measured, Outcome

# The first of each group; the last group has no end.
EDGES = (0, 1, 5, 10, 20, 50, 100)
PERIODS = 10
Curve = dict[str, list[Any]]


def curves_of(outcome: Outcome, result: Measured) -> dict[str, Curve]:
    """Return the points of each curve: what they stand for, their values, and how many made them.

    `history` is NDCG@20 by how many items a user took to before, `popularity` recall@20 of wanted
    items by how many users took to them before, and `day`, of a split by time, NDCG@20 by the day
    of a user's first wanted item, in tenths of the test's days.
    """
    ndcg = outcome.measures[:, NDCG_AT_20]
    wanted = result.counts[result.cases.wanted.indices]
    found = {
        "history": grouped(_groups(result.lengths), ndcg),
        "popularity": grouped(_groups(wanted.astype(np.int64)), outcome.ranks <= 20),
    }
    if result.split.name == "time":
        found["day"] = grouped(_periods(result), ndcg)
    return found


def grouped(groups: Mapping[str, Any], values: Doubles | Any) -> Curve:
    """Return the mean of each group that has anybody in it."""
    kept = {name: mask for name, mask in groups.items() if mask.any()}
    return {
        "groups": list(kept),
        "values": [round(float(values[mask].mean()), 5) for mask in kept.values()],
        "counts": [int(mask.sum()) for mask in kept.values()],
    }


def _groups(counts: Ids) -> dict[str, Any]:
    ends = (*EDGES[1:], None)
    return {
        _named(start, end): (counts >= start) & (counts < (np.inf if end is None else end))
        for start, end in zip(EDGES, ends, strict=True)
    }


def _named(start: int, end: int | None) -> str:
    if end is None:
        return f"{start}+"
    return str(start) if end == start + 1 else f"{start}-{end - 1}"


def _periods(result: Measured) -> dict[str, Any]:
    """Part the test users by the day of their first liking in the test, in equal stretches."""
    test = result.split.test
    first = np.full(test.n_users, np.inf)
    np.minimum.at(first, test.users, np.where(test.weights > 0, test.times, np.inf))
    days = (first[result.cases.users] - test.times.min()) / DAY
    width = max(float(days.max(initial=0.0)) / PERIODS, 1.0)
    place = np.minimum((days / width).astype(np.int64), PERIODS - 1)
    return {f"{step * width:.0f}": place == step for step in range(PERIODS)}
