"""Clusters of users by taste, with numbers that stay when the clusters are drawn anew."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from core.arrays import Doubles, Floats, Indices, as_floats, unit_rows

SILHOUETTE_SAMPLE = 2_000
LEAST_USERS = 20


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """How users are parted: `counts` are tried, none above a tenth of the users.

    `as_clear` is how much of the clearest parting's score a finer one must keep.
    """

    counts: tuple[int, ...] = (2, 3, 4, 5, 6, 8, 10, 12, 16)
    users_per_segment: int = 10
    starts: int = 4
    as_clear: float = 0.75
    most_tags: int = 4
    least_members: int = 2


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Shapes: labels (U,), rows of centroids; centroids (S, D); distances (U,)."""

    labels: Indices
    centroids: Floats
    distances: Floats


def segment(vectors: Floats, config: SegmentConfig, *, seed: int = 0) -> Segmentation:
    """Part users by k-means on where their main taste leaves the common one.

    Tastes lie close together, since all items do: k-means works on unit(vector - mean). Each
    number of segments is scored by its silhouette times the evenness of its sizes, and the
    finest parting within `as_clear` of the best score is taken. Fewer than LEAST_USERS users
    are one segment: there is nothing to compare them with.

    Shapes: vectors (U, D) of unit rows, U at least 1.
    """
    aside = unit_rows(as_floats(vectors - vectors.mean(axis=0)))
    most = max(len(vectors) // config.users_per_segment, 2)
    counts = [count for count in config.counts if count <= most]
    scored: list[tuple[float, Indices]] = []
    for count in counts if len(vectors) >= LEAST_USERS else ():
        model = KMeans(count, n_init=config.starts, random_state=seed).fit(aside)
        labels = np.asarray(model.labels_, dtype=np.intp)
        scored.append((_score(aside, labels, seed), labels))
    labels = _finest(scored, config) if scored else np.zeros(len(vectors), dtype=np.intp)
    present, labels = np.unique(labels, return_inverse=True)
    centroids = as_floats([vectors[labels == label].mean(axis=0) for label in range(len(present))])
    gaps = _gaps(vectors, centroids, np.bincount(labels))
    return Segmentation(labels, centroids, as_floats(gaps[np.arange(len(labels)), labels]))


def _finest(scored: Sequence[tuple[float, Indices]], config: SegmentConfig) -> Indices:
    best = max(score for score, _ in scored)
    return [labels for score, labels in scored if score >= config.as_clear * best][-1]


def _score(vectors: Floats, labels: Indices, seed: int) -> float:
    """Silhouette (Rousseeuw, 1987) times evenness: entropy of the sizes over its maximum."""
    share = np.bincount(labels) / len(labels)
    share = share[share > 0]
    if len(share) < 2:
        return -1.0
    size = min(len(labels), SILHOUETTE_SAMPLE)
    clear = float(silhouette_score(vectors, labels, sample_size=size, random_state=seed))
    return clear * float(-(share * np.log(share)).sum() / np.log(len(share)))


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


def nearest(vectors: Floats, centroids: Floats, sizes: Indices) -> tuple[Indices, Floats]:
    """Return each user's nearest segment and the distance from its centre.

    Shapes: vectors (U, D); centroids (S, D); sizes (S,); returns (U,) and (U,).
    Units: distance in [0, 2], 1 - cosine as seen from the middle of all users.
    """
    gaps = _gaps(vectors, centroids, sizes)
    place = gaps.argmin(axis=1)
    return place, as_floats(gaps[np.arange(len(place)), place])


def _gaps(vectors: Floats, centroids: Floats, sizes: Indices) -> Doubles:
    """Distances as seen from the middle. With one segment there is no middle to look from."""
    middle = np.average(centroids, axis=0, weights=sizes) if len(centroids) > 1 else 0.0
    seen = unit_rows(as_floats(vectors - middle))
    centres = unit_rows(as_floats(centroids - middle))
    return np.asarray(np.clip(1.0 - seen @ centres.T, 0.0, 2.0), dtype=np.float64)


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
