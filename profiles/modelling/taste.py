"""A user's taste as a few directions in the space of items, and one that they turn from."""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from core.arrays import Doubles, Floats, Indices, as_floats

DISLIKE_SLOT = -1


@dataclass(frozen=True, slots=True)
class TasteConfig:
    """How finely a taste is parted.

    A part needs `least_items` items and `least_share` of the weight; parting must bring a
    silhouette (Rousseeuw, 1987) of `least_silhouette`. Only the `most_items` heaviest items
    are looked at, which bounds the cost: M^2 distances.
    """

    most_directions: int = 4
    least_items: int = 3
    least_share: float = 0.15
    least_silhouette: float = 0.06
    most_items: int = 200


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of taste, of unit length.

    Slots count from 0, the heaviest first; their weights add up to 1. DISLIKE_SLOT is what the
    user turns from; its weight is minus the disliked part of all they judged.
    """

    slot: int
    vector: Floats
    weight: float


def directions_of(vectors: Floats, weights: Doubles, config: TasteConfig) -> list[Direction]:
    """Return where a taste points: at most `most_directions` likes and one dislike.

    Liked items are clustered by Ward's method on their unit vectors, which needs no luck and so
    no seed; each cluster gives the direction

        unit( sum_i  weight_i * vector_i ).

    Shapes: vectors (T, D) of unit rows; weights (T,), signed and faded. Evidence that cancels
    out gives no direction: a zero vector would look like an opinion.
    """
    liked, disliked = np.flatnonzero(weights > 0), np.flatnonzero(weights < 0)
    order = np.argsort(-weights[liked], kind="stable")
    liked = np.sort(liked[order[: config.most_items]])
    whole = float(np.abs(weights).sum())
    found = _likes(vectors[liked], weights[liked], config)
    away = _unit(vectors[disliked], -weights[disliked])
    if away is not None:
        share = float(-weights[disliked].sum()) / whole
        found.append(Direction(DISLIKE_SLOT, away, -round(share, 6)))
    return found


def _likes(vectors: Floats, weights: Doubles, config: TasteConfig) -> list[Direction]:
    if not len(weights):
        return []
    labels = _parts(vectors, weights, config)
    whole = float(weights.sum())
    parts = [(float(weights[labels == label].sum()) / whole, label) for label in np.unique(labels)]
    found: list[Direction] = []
    for share, label in sorted(parts, key=lambda part: (-part[0], part[1])):
        toward = _unit(vectors[labels == label], weights[labels == label])
        if toward is not None:
            found.append(Direction(len(found), toward, round(share, 6)))
    return found


def _parts(vectors: Floats, weights: Doubles, config: TasteConfig) -> Indices:
    """Label each item with its part; the number of parts with the best silhouette wins."""
    whole = np.zeros(len(weights), dtype=np.intp)
    most = min(config.most_directions, len(weights) // config.least_items)
    if most < 2:
        return whole
    distances = pdist(vectors.astype(np.float64))
    tree, square = linkage(distances, method="ward"), squareform(distances)
    best, best_score = whole, config.least_silhouette
    for count in range(2, most + 1):
        labels = fcluster(tree, count, criterion="maxclust").astype(np.intp)
        score = silhouette(square, labels) if _are_worth_it(labels, weights, config) else -1.0
        if score > best_score:
            best, best_score = labels, score
    return best


def _are_worth_it(labels: Indices, weights: Doubles, config: TasteConfig) -> bool:
    counts = np.bincount(labels)
    shares = np.bincount(labels, weights) / weights.sum()
    used = counts > 0
    return bool(
        used.sum() > 1
        and counts[used].min() >= config.least_items
        and shares[used].min() >= config.least_share
    )


def silhouette(distances: Doubles, labels: Indices) -> float:
    """Return the mean silhouette: how much nearer the own part is than the next, in [-1, 1].

    Shapes: distances (T, T); labels (T,), every part with at least two members.
    """
    present, place = np.unique(labels, return_inverse=True)
    member = np.eye(len(present))[place]
    sums, sizes = distances @ member, member.sum(axis=0)
    rows = np.arange(len(labels))
    own = sums[rows, place] / np.maximum(sizes[place] - 1, 1)
    others = np.where(member > 0, np.inf, sums / sizes)
    nearest = others.min(axis=1)
    return float(np.mean((nearest - own) / np.maximum(np.maximum(own, nearest), 1e-12)))


def _unit(vectors: Floats, weights: Doubles) -> Floats | None:
    total = weights @ vectors.astype(np.float64)
    length = float(np.linalg.norm(total)) if len(weights) else 0.0
    return None if length < 1e-6 else as_floats(total / length)
