"""Who is served by which arm of an experiment, and which items are tried out."""

import hashlib
from collections.abc import Sequence

import numpy as np

from core.arrays import Bools, Doubles, Ids, Indices
from recommendations.engine.heard import staying

# What is not known of an item's rate is taken from all items, as if seen so many times.
PRIOR_SHOWN = 10.0
PRIOR_RATE = 0.1


def arm_of(salt: str, unit: str, weights: Sequence[float]) -> int:
    """Return the position of the arm that serves `unit`, the same one every time.

    The first 64 bits of SHA-256 of salt and unit are a number in [0, 1), which the weights share
    out: two experiments of different salts divide users independently of each other.
    """
    digest = hashlib.sha256(f"{salt}:{unit}".encode()).digest()
    point = int.from_bytes(digest[:8], "big") / 2.0**64
    shares = np.cumsum(np.asarray(weights, dtype=np.float64))
    return int(np.searchsorted(shares / shares[-1], point, side="right"))


def explored(
    picks: Indices,
    pool: Indices,
    clicked: Ids,
    shown: Ids,
    share: float,
    rng: np.random.Generator,
    *,
    is_needed: Bools,
) -> tuple[Indices, Bools]:
    """Give a share of a list's places to items by Thompson sampling (Thompson, 1933).

    Each item's rate is drawn from Beta(clicked + m k, shown - clicked + (1 - m) k), where m is the
    rate of all items together and k = 10; the highest draws get the places. The first place is
    never given away; what was picked moves down and the last of it gives way, what is needed on
    the list after all else. The number of places is share * K, rounded up or down at random so that
    it is right on average.

    Shapes: picks and is_needed (K,), and pool (P,): picks and pool are positions without common
    ones; clicked and shown (P,); returns (K,) positions and whether each is tried out.
    """
    length = len(picks)
    expected = share * length
    count = int(expected) + int(rng.random() < expected - int(expected))
    count = min(count, max(length - 1, 0), len(pool))
    is_tried = np.zeros(length, dtype=bool)
    if not count:
        return picks, is_tried
    drawn = rng.beta(*_posterior(clicked, shown))
    tried = pool[np.argsort(-drawn, kind="stable")[:count]]
    is_tried[1 + rng.choice(length - 1, size=count, replace=False)] = True
    laid = np.empty(length, dtype=np.intp)
    laid[is_tried] = tried
    laid[~is_tried] = picks[staying(is_needed, count)]
    return laid, is_tried


def _posterior(clicked: Ids, shown: Ids) -> tuple[Doubles, Doubles]:
    total = float(shown.sum())
    rate = (float(clicked.sum()) + PRIOR_RATE * PRIOR_SHOWN) / (total + PRIOR_SHOWN)
    hits, misses = clicked.astype(np.float64), (shown - clicked).astype(np.float64)
    return hits + np.float64(rate * PRIOR_SHOWN), misses + np.float64((1.0 - rate) * PRIOR_SHOWN)
