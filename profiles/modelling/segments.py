"""Clusters of users by taste, with numbers that stay when the clusters are drawn anew."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from core.arrays import Doubles, Floats, Indices, as_floats

SILHOUETTE_SAMPLE = 2_000
LEAST_USERS = 20


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """How users are parted: `counts` are tried, none above a tenth of the users."""

    counts: tuple[int, ...] = (2, 3, 4, 5, 6, 8, 10, 12, 16)
    users_per_segment: int = 10
    starts: int = 4
    most_tags: int = 4
    least_members: int = 2


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Shapes: labels (U,), rows of centroids; centroids (S, D); distances (U,)."""

    labels: Indices
    centroids: Floats
    distances: Floats


def segment(vectors: Floats, config: SegmentConfig, *, seed: int = 0) -> Segmentation:
    """Part users by k-means on their main taste; the best silhouette chooses the number.

    Fewer than LEAST_USERS users are one segment: there is nothing to compare them with.

    Shapes: vectors (U, D) of unit rows, U at least 1.
    """
    most = len(vectors) // config.users_per_segment
    best, best_score = np.zeros(len(vectors), dtype=np.intp), -1.0
    centroids = as_floats(vectors.mean(axis=0, keepdims=True))
    for count in config.counts if len(vectors) >= LEAST_USERS else ():
        if count > max(most, 2):
            break
        model = KMeans(count, n_init=config.starts, random_state=seed).fit(vectors)
        labels = np.asarray(model.labels_, dtype=np.intp)
        score = _score(vectors, labels, seed)
        if score > best_score:
            best, best_score = labels, score
            centroids = as_floats(model.cluster_centers_)
    distances = np.linalg.norm(vectors - centroids[best], axis=1)
    return Segmentation(best, centroids, as_floats(distances))


def _score(vectors: Floats, labels: Indices, seed: int) -> float:
    if len(np.unique(labels)) < 2:
        return -1.0
    size = min(len(labels), SILHOUETTE_SAMPLE)
    return float(silhouette_score(vectors, labels, sample_size=size, random_state=seed))


def numbers_for(centroids: Floats, old: Mapping[int, Floats], *, after: int) -> list[int]:
    """Number new centroids so that each keeps the number of the old one it stands for.

    The pairing has the smallest sum of distances (Kuhn, 1955). Those left over are numbered on
    from `after`, so that a number never comes to mean something else.

    Shapes: centroids (S, D); old ones (D,).
    """
    kept: dict[int, int] = {}
    if old:
        names = sorted(old)
        before = np.stack([old[name] for name in names])
        gaps = np.linalg.norm(centroids[:, None, :] - before[None, :, :], axis=2)
        rows, columns = linear_sum_assignment(gaps)
        kept = {int(row): names[column] for row, column in zip(rows, columns, strict=True)}
    free = itertools.count(after + 1)
    return [kept[row] if row in kept else next(free) for row in range(len(centroids))]


def nearest(vectors: Floats, centroids: Floats) -> tuple[Indices, Floats]:
    """Return each user's nearest centroid and how far it is, which is how k-means parted them.

    Shapes: vectors (U, D); centroids (S, D); returns (U,) and (U,).
    """
    gaps = np.linalg.norm(vectors[:, None, :] - centroids[None, :, :], axis=2)
    place = gaps.argmin(axis=1)
    return place, as_floats(gaps[np.arange(len(place)), place])


def telling_tags(
    labels: Indices,
    users: Sequence[int],
    statements: Sequence[tuple[int, int, float]],
    config: SegmentConfig,
) -> dict[int, list[int]]:
    """Return the tags that set each segment apart, the most telling first.

    A tag's weight is the strength of its likes less that of its dislikes, so that a segment is
    never named for what it turns from. Tags are ranked by

        weight inside * log( (rate inside + e) / (rate outside + e) ),   e = 1 / users,

    and need `least_members` members who like them, or one where the segment has one.

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
            weight[place] += strength
            fans[place] += strength > 0
    sizes = np.bincount(labels, minlength=count).astype(float)
    scores = _lift(np.maximum(weight, 0.0), sizes)
    enough = fans >= np.minimum(config.least_members, sizes)[:, None]
    scores = np.where(enough, scores, -np.inf)
    return {label: _top(scores[label], tags, config.most_tags) for label in range(count)}


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
