"""Interests: clusters of items that the same people take to, from a handful of items to many.

Genres are too coarse to tell two readers of crime apart, and one book is too fine to be an
interest. Between them lie clusters at every grain, found by parting all items in two, and each
part in two again, for as long as there is something to part.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, count

import numpy as np
from scipy.sparse import csr_array, csr_matrix, diags_array
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_limits

from core.arrays import Bools, Doubles, Floats, Indices, as_floats, unit_rows

ROUNDS = 8
EXACT = 500


@dataclass(frozen=True, slots=True)
class InterestConfig:
    """How finely items are parted.

    Parts of `small` items or fewer are not parted again. A cluster has `least_items` items and
    `least_users` who took to one of them, and no more than `largest` of all items. It also takes
    in, up to `grow` times its own number, items that lie as near to its middle as all but
    `outer` of its own: what stands on a border belongs to both sides. A name has up to
    `most_words` words that `least_bearers` of its items bear.
    """

    dimensions: int = 64
    small: int = 6
    least_items: int = 3
    least_users: int = 3
    largest: float = 0.15
    grow: float = 1.0
    outer: float = 0.5
    most_words: int = 3
    least_bearers: int = 2


@dataclass(frozen=True, slots=True)
class Interests:
    """Clusters, coarse ones before the finer ones within them.

    Shapes: memberships (I, C), how surely an item belongs, in (0, 1]; names C tuples of words,
    the most telling first, no two the same.
    """

    memberships: csr_array
    names: tuple[tuple[str, ...], ...]


def interest_clusters(
    likes: csr_array,
    words: csr_array,
    spellings: Sequence[str],
    config: InterestConfig | None = None,
    *,
    trust: Floats | None = None,
    seed: int = 0,
) -> Interests:
    """Cluster items by who took to them, and name the clusters by what their items share.

    A cluster that no word sets apart from the rest is left out: it could not be told to anybody.
    The same likes give the same clusters.

    Shapes: likes (U, I), 1 where a user took to an item; words (I, W), above 0 where an item
    bears a word; spellings W strings; trust (W,), above 0, how much a word is worth in a name
    beside the others, alike where it is left out.
    """
    config = config or InterestConfig()
    worth = as_floats(np.ones(words.shape[1])) if trust is None else trust
    vectors = item_vectors(likes, config.dimensions, seed=seed)
    known = np.flatnonzero(np.abs(vectors).sum(axis=1) > 0)
    most = max(config.largest * len(known), config.least_items)
    parts = [
        part
        for part in _parted(vectors, known, config)
        if len(part) <= most and _has_users(likes, part, config.least_users)
    ]
    grown = [_grown(vectors, part, config) for part in parts]
    named = _named([members for members, _ in grown], words, spellings, worth, config)
    kept = [place for place, name in enumerate(named) if name]
    return Interests(
        memberships=_table([grown[place] for place in kept], likes.shape[1]),
        names=tuple(named[place] for place in kept),
    )


def item_vectors(likes: csr_array, dimensions: int, *, seed: int = 0) -> Floats:
    """Return where items lie by who took to them: near means by the same people.

    The leading right singular vectors of D_u^-1/2 X D_i^-1/2, scaled by their values, so that
    neither busy users nor popular items decide (correspondence analysis; Benzécri, 1973).

    Shapes: likes (U, I); returns (I, D) of unit rows, zero for an item that nobody took to.
    """
    table = csr_matrix(
        diags_array(_root_of_sum(likes, 1)) @ likes @ diags_array(_root_of_sum(likes, 0))
    )
    most = min(dimensions, *(size - 1 for size in table.shape))
    if most < 1:
        return as_floats(np.zeros((likes.shape[1], 1)))
    with threadpool_limits(1):  # threads would add up in another order each time
        model = TruncatedSVD(most, algorithm="arpack", random_state=seed).fit(table)
    vectors = unit_rows(as_floats(model.components_.T * model.singular_values_))
    vectors[np.bincount(likes.indices, minlength=likes.shape[1]) == 0] = 0.0
    return vectors


def _root_of_sum(likes: csr_array, axis: int) -> Doubles:
    return np.asarray(np.maximum(np.asarray(likes.sum(axis=axis)).ravel(), 1.0) ** -0.5)


def _parted(vectors: Floats, items: Indices, config: InterestConfig) -> Iterator[Indices]:
    """Yield every part of the hierarchy below the whole, each before its own parts."""
    waiting = [items]
    while waiting:
        part = waiting.pop()
        if len(part) < len(items):
            yield part
        if len(part) > config.small:
            side = _side(vectors[part])
            halves = (part[~side], part[side])
            waiting += [half for half in halves if config.least_items <= len(half) < len(part)]


def _side(vectors: Floats) -> Bools:
    """Part rows in two: by their main direction (Boley, 1998), then by two means until it rests."""
    centred = vectors - vectors.mean(axis=0)
    with threadpool_limits(1, "blas"):
        square = centred if len(centred) <= EXACT else np.linalg.qr(centred, mode="r")
        main = np.linalg.svd(square, full_matrices=False)[2][0]
    side: Bools = centred @ main > 0
    for _ in range(ROUNDS):
        if side.all() or not side.any():
            break
        first, second = vectors[side].mean(axis=0), vectors[~side].mean(axis=0)
        moved = vectors @ (first - second) > (first @ first - second @ second) / 2
        if (moved == side).all():
            break
        side = moved
    return side


def _has_users(likes: csr_array, items: Indices, least: int) -> bool:
    return int((likes[:, items].sum(axis=1) > 0).sum()) >= least


def _grown(vectors: Floats, part: Indices, config: InterestConfig) -> tuple[Indices, Doubles]:
    """Return the cluster's items with those at its border, and how surely each belongs.

    The nearer half belongs wholly, the others as their cosine to the middle is smaller.
    """
    middle = vectors[part].mean(axis=0)
    near = np.asarray(vectors @ middle, dtype=np.float64)
    own = near[part]
    outside = np.setdiff1d(np.flatnonzero(near >= np.quantile(own, config.outer)), part)
    nearest = outside[np.argsort(-near[outside], kind="stable")]
    members = np.sort(np.concatenate([part, nearest[: int(config.grow * len(part))]]))
    whole = max(float(np.quantile(own, 0.75)), 1e-6)
    return members, np.clip(near[members] / whole, 0.05, 1.0)


def _table(clusters: Sequence[tuple[Indices, Doubles]], n_items: int) -> csr_array:
    shape = (n_items, len(clusters))
    if not clusters:
        return csr_array(shape, dtype=np.float32)
    items = np.concatenate([members for members, _ in clusters])
    values = np.concatenate([sure for _, sure in clusters]).astype(np.float32)
    columns = np.repeat(np.arange(len(clusters)), [len(members) for members, _ in clusters])
    return csr_array((values, (items, columns)), shape=shape)


def _named(
    clusters: Sequence[Indices],
    words: csr_array,
    spellings: Sequence[str],
    worth: Floats,
    config: InterestConfig,
) -> list[tuple[str, ...]]:
    """Name each cluster by its most telling words, or by nothing where there are none.

    A word tells by its rate among the cluster's items, against that among all:

        telling(w) = worth * inside * log((inside + e) / (all + e)),   e = 1 / items
    """
    bears = csr_array((np.ones(words.nnz), words.indices, words.indptr), shape=words.shape)
    least = 1.0 / max(words.shape[0], 1)
    rate = np.asarray(bears.sum(axis=0)).ravel() * least
    names: list[tuple[str, ...]] = []
    taken: set[tuple[str, ...]] = set()
    for members in clusters:
        bearers = np.asarray(bears[members].sum(axis=0)).ravel()
        inside = bearers / len(members)
        telling = worth * inside * np.log((inside + least) / (rate + least))
        telling = np.where(bearers >= config.least_bearers, telling, 0.0)
        best = np.argsort(-telling, kind="stable")[: 2 * config.most_words]
        name = _free([spellings[word] for word in best if telling[word] > 0], taken, config)
        taken.add(name)
        names.append(name)
    return names


def _free(
    words: Sequence[str], taken: set[tuple[str, ...]], config: InterestConfig
) -> tuple[str, ...]:
    """Return the best words that no cluster is called by yet, or the best ones with a number."""
    for size in range(min(config.most_words, len(words)), 0, -1):
        for name in combinations(words, size):
            if name not in taken:
                return name
    best = tuple(words[: config.most_words])
    numbered = ((*best, str(number)) for number in count(2))
    return next(name for name in numbered if name not in taken) if best else ()
