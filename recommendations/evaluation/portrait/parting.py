"""What segments tell: the popularity within a user's segment against everybody's."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Indices, as_floats
from profiles.modelling.parting import View, part_users
from profiles.modelling.segments import SegmentConfig
from recommendations.engine.log import Log, join, matrix, positives
from recommendations.engine.splits import Split
from recommendations.engine.validation import NDCG_AT_20, Cases, measure
from recommendations.evaluation.figures import ratio, value
from recommendations.evaluation.portrait.senses import Senses


def segments_row(
    split: Split,
    *,
    senses: Senses | None = None,
    is_dated: bool = True,
    config: SegmentConfig | None = None,
    seed: int = 0,
) -> Any:
    """Return what the popularity in segments tells, as a multiple of what global popularity does.

    Users are parted by what they took to in train and validation, by what those items are about
    where an encoder was given, and by when it was, as the product does, and ranked for by what
    their segment's members took to most. `shuffled` puts them into segments of the same sizes by
    lot. The adjusted Rand index is that of bootstraps. Users who took to nothing before are in no
    segment, and get the global popularity in both.
    """
    known = join(split.train, split.validation)
    met = matrix(known)
    members = np.flatnonzero(np.diff(met.indptr))
    taken = np.flatnonzero(np.bincount(met.indices, minlength=met.shape[1]))
    found = part_users(
        csr_array(met[members][:, taken]),
        config or SegmentConfig(),
        texts=senses.directions(taken.tolist()) if senses else None,
        when=last_taken(known, met) if is_dated else None,
        seed=seed,
    )
    segmentation = found.segmentation
    labels = np.full(met.shape[0], -1, dtype=np.intp)
    labels[members] = segmentation.labels
    cases = Cases.of(known, split.test)
    rng = np.random.default_rng(seed)
    everybody = _gains(cases, np.full(met.shape[0], -1, dtype=np.intp), met)
    own = _gains(cases, labels, met)
    lot = labels.copy()
    lot[members] = rng.permutation(segmentation.labels)
    by_lot = _gains(cases, lot, met)
    return {
        "times_global_popularity": ratio(own, everybody, rng),
        "ndcg@20": value(own, rng),
        "global_popularity": value(everybody, rng),
        "shuffled": ratio(by_lot, everybody, rng),
        "segments": len(segmentation.centroids),
        "adjusted_rand_index": segmentation.stability,
        "view": found.view.name,
        "leans": found.view.leans,
        "behaves": found.view.behaves,
        "views": [_told(view) for view in found.views],
        "popular": found.popular,
        "tried": [
            {"count": each.count, "stability": each.stability, "told": each.told}
            for each in segmentation.tried
        ],
    }


def _told(view: View) -> dict[str, Any]:
    """The best that a view came to."""
    return {
        "view": view.name,
        "dimensions": view.dimensions,
        "leans": view.leans,
        "behaves": view.behaves,
        "told": view.best.told if view.best else None,
        "stability": view.best.stability if view.best else None,
    }


def last_taken(known: Log, met: csr_array) -> Doubles:
    """Return when each entry of the table was last added to, as its entries lie.

    Shapes: met (U, I), of what users took to in the known rows; returns (entries of met,).
    """
    liked = positives(known)
    pair = liked.users * met.shape[1] + liked.items
    rows, columns = met.nonzero()
    entries = rows.astype(np.int64) * met.shape[1] + columns
    order = np.argsort(entries)
    times = np.full(len(entries), -np.inf)
    np.maximum.at(times, order[np.searchsorted(entries[order], pair)], liked.times)
    return times


def _gains(cases: Cases, labels: Indices, met: csr_array) -> Doubles:
    """Return each user's NDCG@20. Shapes: labels (U,), -1 in no segment; met (U, I)."""
    return measure(cases, segment_scores(labels, met, cases.users))[:, NDCG_AT_20]


def segment_scores(labels: Indices, met: csr_array, users: Indices) -> Floats:
    """Return how often a user's segment took to each item; of equals, what all took to more.

    Shapes: labels (U,); met (U, I); returns (B, I).
    """
    whole = np.asarray(met.sum(axis=0)).ravel()
    count = int(labels.max()) + 1 if len(labels) else 0
    inside = np.flatnonzero(labels >= 0)
    table = csr_array(
        (np.ones(len(inside)), (labels[inside], inside)), shape=(max(count, 1), len(labels))
    )
    within = np.vstack([(table @ met).toarray(), np.zeros(met.shape[1])])
    return as_floats(within[labels[users]] + whole / (whole.sum() + 1.0))
