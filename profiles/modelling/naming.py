"""What segments are called: numbers that stay when they are drawn anew, and telling tags."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from core.arrays import Doubles, Indices
from profiles.modelling.segments import SegmentConfig

# Of their members, old and new taken together, this share must be the same.
LEAST_KINSHIP = 0.2


def numbers_for(labels: Indices, before: Indices, *, after: int) -> list[int]:
    """Number new segments so that each keeps the number of the old one that it continues.

    Old and new are compared by the members that both know, as Jaccard's share of common members,
    and paired so that the shares add up to the most (Kuhn, 1955). A pair below LEAST_KINSHIP is
    no continuation. Those left over are numbered on from `after`, the highest number there ever
    was, so that a number never comes to mean something else.

    Shapes: labels (U,), from 0; before (U,), numbers, 0 for users who had none.
    """
    known = before > 0
    names, old = np.unique(before[known], return_inverse=True)
    count = int(labels.max()) + 1 if len(labels) else 0
    common = np.zeros((count, len(names)))
    np.add.at(common, (labels[known], old), 1.0)
    either = common.sum(axis=1)[:, None] + common.sum(axis=0)[None, :] - common
    share = common / np.maximum(either, 1.0)
    rows, columns = linear_sum_assignment(-share)
    kept = {
        int(row): int(names[column])
        for row, column in zip(rows, columns, strict=True)
        if share[row, column] >= LEAST_KINSHIP
    }
    free = itertools.count(after + 1)
    return [kept[row] if row in kept else next(free) for row in range(count)]


def telling_tags(
    labels: Indices,
    users: Sequence[int],
    statements: Sequence[tuple[int, int, float]],
    config: SegmentConfig,
    *,
    sign: int = 1,
) -> dict[int, list[int]]:
    """Return the tags that set each segment apart, the most telling first.

    A tag's weight is the strength of its likes less that of its dislikes, so that a segment is
    never named for what it turns from; with `sign` -1 the other way round. Tags are ranked by

        weight inside * log( (rate inside + e) / (rate outside + e) ),   e = 1 / users,

    and need `least_members` members who feel so, or one where the segment has one.

    Shapes: labels and users (U,); statements are (user, tag, signed strength).
    """
    row_of = {user: row for row, user in enumerate(users)}
    tags = sorted({tag for _, tag, _ in statements})
    column_of = {tag: column for column, tag in enumerate(tags)}
    count = int(labels.max()) + 1 if len(labels) else 0
    weight, fans = np.zeros((count, len(tags))), np.zeros((count, len(tags)))
    for user, tag, strength in statements:
        if user in row_of:
            place = int(labels[row_of[user]]), column_of[tag]
            weight[place] += sign * strength
            fans[place] += sign * strength > 0
    sizes = np.bincount(labels, minlength=count).astype(float)
    scores = _lift(np.maximum(weight, 0.0), sizes)
    enough = fans >= np.minimum(config.least_members, sizes)[:, None]
    scores = np.where(enough, scores, -np.inf)
    return {label: _top(scores[label], tags, config.most_tags) for label in range(count)}


def kinship(before: Mapping[int, int], now: Mapping[int, int]) -> float:
    """Return the share of the users known to both partings who kept their segment's number."""
    both = before.keys() & now.keys()
    return sum(before[user] == now[user] for user in both) / len(both) if both else 0.0


def _lift(weight: Doubles, sizes: Doubles) -> Doubles:
    """Score each segment's tags. Shapes: weight (S, G); sizes (S,); returns (S, G)."""
    whole = sizes.sum()
    inside = weight / np.maximum(sizes, 1.0)[:, None]
    rest = np.maximum(whole - sizes, 1.0)[:, None]
    outside = (weight.sum(axis=0) - weight) / rest
    least = 1.0 / max(whole, 1.0)
    return np.asarray(inside * np.log((inside + least) / (outside + least)))


def _top(scores: Doubles, tags: Sequence[int], most: int) -> list[int]:
    order = np.argsort(-scores, kind="stable")[:most]
    return [tags[column] for column in order if scores[column] > 0]
