"""Clusters of users, as many as are found again when the users are drawn anew."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from core.arrays import Doubles, Floats, Indices, as_floats, unit_rows

# How much a parting tells, higher is better; labels (U,) from 0.
Judge = Callable[[Indices], float]


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """How users are parted: `counts` are tried, each segment with `users_per_segment` on average.

    A parting is stable where bootstraps agree by `stable` or more. `draws` bootstraps are made,
    and of more than `most_judged` users a sample that size is judged; `most_fitted` are what
    the final parting is fitted on.
    """

    counts: tuple[int, ...] = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 30, 40, 50)
    users_per_segment: int = 10
    least_users: int = 20
    starts: int = 10
    draws: int = 5
    stable: float = 0.7
    most_judged: int = 4_000
    most_fitted: int = 20_000
    most_tags: int = 4
    least_members: int = 2


@dataclass(frozen=True, slots=True)
class Tried:
    """One number of segments: how well bootstraps agree on them, and how much they tell."""

    count: int
    stability: float
    told: float


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Who stands in which segment.

    `stability` is None where nothing was tried: too few users to compare. Shapes: labels (U,),
    rows of centroids; centroids (S, D); distances and margins (U,), as `nearest` gives them.
    """

    labels: Indices
    centroids: Floats
    distances: Floats
    margins: Floats
    stability: float | None = None
    tried: tuple[Tried, ...] = ()


def segment(vectors: Floats, config: SegmentConfig, *, seed: int = 0) -> Segmentation:
    """Part users by where they stand; of the stable numbers of segments the finest is taken.

    Fewer than `least_users` users are one segment: there is nothing to compare them with.

    Shapes: vectors (U, D) of unit rows, U at least 1.
    """
    tried = tries(vectors, config, seed=seed)
    best = choose(tried, config)
    return part(vectors, best.count if best else 1, config, seed=seed, best=best, tried=tried)


def tries(
    vectors: Floats, config: SegmentConfig, *, judge: Judge | None = None, seed: int = 0
) -> tuple[Tried, ...]:
    """Try every number of segments on these users. Empty where there are too few of them.

    Stability is the mean adjusted Rand index (Hubert & Arabie, 1985) between pairs of partings,
    each learnt from a bootstrap of the users and told of all (Fang & Wang, 2012). Without a
    judge a parting tells the more the finer it is.

    Shapes: vectors (U, D) of unit rows.
    """
    users = len(vectors)
    if users < config.least_users:
        return ()
    seen, every = aside(vectors), np.arange(users)
    draws = bootstraps(users, config, seed=seed)
    most = max(users // config.users_per_segment, 2)
    found = []
    for count in (count for count in config.counts if count <= most):
        agreed = agreement([learnt(seen, rows, count, config, seed) for rows in draws])
        told = judge(learnt(seen, every, count, config, seed)) if judge else float(count)
        found.append(Tried(count, round(agreed, 4), round(told, 4)))
    return tuple(found)


def bootstraps(users: int, config: SegmentConfig, *, seed: int = 0) -> list[Indices]:
    """Draw as many users as there are, with replacement, again and again."""
    rng = np.random.default_rng(seed)
    return [np.sort(rng.integers(0, users, users)) for _ in range(config.draws)]


def agreement(partings: Sequence[Indices]) -> float:
    """Return the mean adjusted Rand index over all pairs of partings. Shapes: each (U,)."""
    pairs = itertools.combinations(partings, 2)
    return float(np.mean([adjusted_rand_score(*pair) for pair in pairs]))


def choose(tried: tuple[Tried, ...], config: SegmentConfig) -> Tried | None:
    """Return the most telling of the stable numbers, or the most stable where none is."""
    stable = [each for each in tried if each.stability >= config.stable]
    if stable:
        return max(stable, key=lambda each: each.told)
    return max(tried, key=lambda each: each.stability, default=None)


def part(
    vectors: Floats,
    count: int,
    config: SegmentConfig,
    *,
    seed: int = 0,
    best: Tried | None = None,
    tried: tuple[Tried, ...] = (),
) -> Segmentation:
    """Part users into `count` segments by k-means on unit(vector - mean).

    Users lie close together, since all items do; the common part tells nobody from another.

    Shapes: vectors (U, D). A segment that comes out empty is left away.
    """
    seen = aside(vectors)
    rng = np.random.default_rng(seed)
    rows = np.arange(len(vectors))
    if len(rows) > config.most_fitted:
        rows = np.sort(rng.choice(len(rows), config.most_fitted, replace=False))
    labels = learnt(seen, rows, count, config, seed)
    present, labels = np.unique(labels, return_inverse=True)
    centroids = as_floats([vectors[labels == label].mean(axis=0) for label in range(len(present))])
    _, distances, margins = nearest(vectors, centroids, np.bincount(labels), own=labels)
    stability = best.stability if best else None
    return Segmentation(labels, centroids, distances, margins, stability, tried)


def aside(vectors: Floats) -> Floats:
    """Return where each user leaves the common middle. Shapes: (U, D), rows of length one."""
    return unit_rows(as_floats(vectors - vectors.mean(axis=0)))


def learnt(seen: Floats, rows: Indices, count: int, config: SegmentConfig, seed: int) -> Indices:
    """Learn `count` centres from some rows and name the nearest of every row."""
    if count < 2:
        return np.zeros(len(seen), dtype=np.intp)
    count = min(count, len(np.unique(seen[rows], axis=0)))
    with threadpool_limits(1):  # threads would add up in another order each time
        model = KMeans(count, n_init=config.starts, random_state=seed).fit(seen[rows])
    return np.asarray(model.predict(seen), dtype=np.intp)


def nearest(
    vectors: Floats, centroids: Floats, sizes: Indices, *, own: Indices | None = None
) -> tuple[Indices, Floats, Floats]:
    """Return each user's nearest segment, how far its centre is, and how much farther the next.

    With `own` given, distance and margin are those of that segment; its margin is below 0
    where another centre is nearer.

    Shapes: vectors (U, D); centroids (S, D); sizes (S,); own (U,); returns three of (U,).
    Units: distance in [0, 2], 1 - cosine as seen from the middle of all users; a margin of 2
    where there is no next.
    """
    gaps = _gaps(vectors, centroids, sizes)
    place = gaps.argmin(axis=1) if own is None else own
    rows = np.arange(len(place))
    distances = gaps[rows, place]
    gaps[rows, place] = np.inf
    margins = np.minimum(gaps.min(axis=1) - distances, 2.0)
    return place, as_floats(distances), as_floats(margins)


def _gaps(vectors: Floats, centroids: Floats, sizes: Indices) -> Doubles:
    """Distances as seen from the middle. With one segment there is no middle to look from."""
    middle = np.average(centroids, axis=0, weights=sizes) if len(centroids) > 1 else 0.0
    seen = unit_rows(as_floats(vectors - middle))
    centres = unit_rows(as_floats(centroids - middle))
    return np.asarray(np.clip(1.0 - seen @ centres.T, 0.0, 2.0), dtype=np.float64)
