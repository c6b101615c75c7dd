"""Which view of the users parts them best: the company they keep, or what they have a taste for.

`part_users` is the whole of it, from arrays to segments, and what an evaluation should call.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, Indices
from profiles.modelling.company import (
    HeldOut,
    hold_out,
    item_directions,
    stand_of,
    told_by,
)
from profiles.modelling.segments import (
    Segmentation,
    SegmentConfig,
    Stand,
    Tried,
    choose,
    part,
    tries,
)

TASTE = "taste"
COMPANY = "company"
DIMENSIONS = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the users, and every number of segments that was tried with it.

    `dimensions` is 0 for the taste, which comes as it is.
    """

    name: str
    dimensions: int
    tried: tuple[Tried, ...]
    best: Tried | None


@dataclass(frozen=True, slots=True)
class Parting:
    """The segments by the best view, what else was tried, and what a new user is placed with.

    `items` are the directions of the items in the view of company, (I, D), else None.
    """

    segmentation: Segmentation
    view: View
    views: tuple[View, ...]
    items: Floats | None


def part_users(
    met: csr_array, config: SegmentConfig, *, tastes: Floats | None = None, seed: int = 0
) -> Parting:
    """Part users into stable segments that tell the most about what each takes to next.

    Each view tries every number of segments: how well bootstraps agree on them, and how many
    bits the segment tells about one held-out item of each user. Of the stable ones the most
    telling is taken. Above `config.most_judged` users a sample decides.

    Shapes: met (U, I), 1 where a user took to an item, no row empty; tastes (U, D), unit rows.
    """
    rows = _sample(met.shape[0], config.most_judged, seed)
    held = hold_out(met[rows], seed=seed)
    views = [_company(held, dimensions, config, seed) for dimensions in DIMENSIONS]
    if tastes is not None:
        seen = tastes[rows]
        views.append(_view(TASTE, 0, lambda _: seen, held, config, seed))
    view = _most_telling(views, config)
    items = item_directions(met, view.dimensions, seed=seed) if view.dimensions else None
    vectors = tastes if items is None else stand_of(met, items)
    assert vectors is not None  # the view of taste is tried where there are tastes
    count = view.best.count if view.best else 1
    found = part(vectors, count, config, seed=seed, best=view.best, tried=view.tried)
    return Parting(found, view, tuple(views), items)


def _sample(users: int, most: int, seed: int) -> Indices:
    if users <= most:
        return np.arange(users)
    return np.sort(np.random.default_rng(seed).choice(users, most, replace=False))


def _company(held: HeldOut, dimensions: int, config: SegmentConfig, seed: int) -> View:
    def stand(rows: Indices) -> Floats:
        return stand_of(held.met, item_directions(held.met[rows], dimensions, seed=seed))

    return _view(COMPANY, dimensions, stand, held, config, seed)


def _view(
    name: str, dimensions: int, stand: Stand, held: HeldOut, config: SegmentConfig, seed: int
) -> View:
    judge = partial(told_by, held=held)
    tried = tries(stand, held.met.shape[0], config, judge=judge, seed=seed)
    return View(name, dimensions, tried, choose(tried, config))


def _most_telling(views: list[View], config: SegmentConfig) -> View:
    """The view whose best parting is stable and tells the most; the first where none is."""

    def worth(view: View) -> tuple[bool, float]:
        if view.best is None:
            return False, 0.0
        return view.best.stability >= config.stable, view.best.told

    return max(views, key=worth)
