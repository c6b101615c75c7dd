"""Which view of the users parts them best: the company they keep, or what their items are about.

`part_users` is the whole of it, from arrays to segments, and what an evaluation should call.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Indices
from profiles.modelling.company import (
    hold_out,
    item_directions,
    leaning,
    stand_of,
    told_by,
)
from profiles.modelling.segments import (
    Judge,
    Segmentation,
    SegmentConfig,
    Tried,
    agreement,
    aside,
    bootstraps,
    choose,
    learnt,
    part,
    tries,
)

TASTE = "taste"
COMPANY = "company"
DIMENSIONS = (8, 16, 32)
LEANING_DIMENSIONS = (16, 24)
# The plainer view is kept unless one that leans tells more than chance may: by a fiftieth.
LEANING_WORTH = 0.98
# Of this share of the users something is held out; taken from all, too little would be left.
HELD_USERS = 1 / 3
ENOUGH_HELD = 300


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the users, and every number of segments that was tried with it.

    `dimensions` is 0 where the items' texts say where they point. With `leans`, items point to
    what their users took to besides, too.
    """

    name: str
    dimensions: int
    tried: tuple[Tried, ...]
    best: Tried | None
    leans: bool = False


@dataclass(frozen=True, slots=True)
class Parting:
    """The segments by the best view, what else was tried, and what a new user is placed with.

    `items` are the directions of the items in the view of company, (I, D), else None: new users
    then stand where the vectors of their items' texts point.
    `popular` is what the popularity over all users tells, as the views' `told` is measured.
    `refound` is the stability of the taken number where each bootstrap also learns anew where
    the users stand, None where that does not change or nothing was tried.
    """

    segmentation: Segmentation
    view: View
    views: tuple[View, ...]
    items: Floats | None
    popular: float
    refound: float | None


def part_users(
    met: csr_array,
    config: SegmentConfig,
    *,
    texts: Floats | None = None,
    when: Doubles | None = None,
    seed: int = 0,
) -> Parting:
    """Part users into stable segments that tell the most about what each takes to next.

    Each view tries every number of segments: how well bootstraps agree on them, and how well
    what the segment's members took to tells what was held out of each user's items, the newest
    where `when` is given. Of the stable ones the most telling is taken. Above
    `config.most_judged` users a sample decides.

    Users stand where the sum of their items points, so that what is held out of them is gone
    from every view. Shapes: met (U, I), 1 where a user took to an item, no row empty; texts
    (I, D), unit rows, zero where an item has none; when as met's entries lie.
    """
    rows = _sample(met.shape[0], config.most_judged, seed)
    chosen, entries = _rows_of(met, rows)
    asked = max(HELD_USERS, min(1.0, ENOUGH_HELD / len(rows)))
    dates = None if when is None else when[entries]
    held = hold_out(chosen, users=asked, when=dates, seed=seed)
    judge = partial(told_by, held=held)
    items = item_directions(held.met, max(DIMENSIONS), seed=seed)
    views = []
    for dimensions in DIMENSIONS:
        stand = stand_of(held.met, items[:, :dimensions])
        views.append(_view(COMPANY, dimensions, stand, judge, config, seed))
    for dimensions in LEANING_DIMENSIONS:
        stand = stand_of(held.met, leaning(held.met, items[:, :dimensions]))
        found = _view(COMPANY, dimensions, stand, judge, config, seed)
        views.append(replace(found, leans=True))
    if texts is not None:
        views.append(_view(TASTE, 0, stand_of(held.met, texts), judge, config, seed))
    view = _most_telling(views, config)
    popular = told_by(np.zeros(len(rows), dtype=np.intp), held)
    refound = _refound(held.met, view, config, seed)
    return _parting(met, texts, tuple(views), view, config, seed, round(popular, 4), refound)


def _parting(
    met: csr_array,
    texts: Floats | None,
    views: tuple[View, ...],
    view: View,
    config: SegmentConfig,
    seed: int,
    popular: float,
    refound: float | None,
) -> Parting:
    """Part all users by the view and the number that were chosen."""
    items = _directions(met, view, seed) if view.dimensions else None
    directions = texts if items is None else items
    assert directions is not None  # the view of taste is tried where there are texts
    count = view.best.count if view.best else 1
    found = part(
        stand_of(met, directions), count, config, seed=seed, best=view.best, tried=view.tried
    )
    return Parting(found, view, views, items, popular, refound)


def _directions(met: csr_array, view: View, seed: int) -> Floats:
    items = item_directions(met, view.dimensions, seed=seed)
    return leaning(met, items) if view.leans else items


def _sample(users: int, most: int, seed: int) -> Indices:
    if users <= most:
        return np.arange(users)
    return np.sort(np.random.default_rng(seed).choice(users, most, replace=False))


def _rows_of(met: csr_array, rows: Indices) -> tuple[csr_array, Indices]:
    """These rows of a table, and where their entries lie in it."""
    lengths = np.diff(met.indptr)[rows]
    offset = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return met[rows], np.repeat(met.indptr[rows], lengths) + offset


def _view(
    name: str, dimensions: int, stand: Floats, judge: Judge, config: SegmentConfig, seed: int
) -> View:
    tried = tries(stand, config, judge=judge, seed=seed)
    return View(name, dimensions, tried, choose(tried, config))


def _refound(met: csr_array, view: View, config: SegmentConfig, seed: int) -> float | None:
    """How well bootstraps agree that learn everything anew, from where the items point on."""
    if not view.dimensions or view.best is None:
        return None
    found = []
    for rows in bootstraps(met.shape[0], config, seed=seed):
        items = _directions(csr_array(met[rows]), view, seed)
        seen = aside(stand_of(met, items))
        found.append(learnt(seen, rows, view.best.count, config, seed))
    return round(agreement(found), 4)


def _most_telling(views: list[View], config: SegmentConfig) -> View:
    """The view whose best parting is stable and tells the most; where none is, the stablest."""

    def worth(view: View) -> tuple[bool, float]:
        if view.best is None:
            return False, 0.0
        is_stable = view.best.stability >= config.stable
        height = view.best.told if is_stable else view.best.stability
        return is_stable, height * (LEANING_WORTH if view.leans else 1.0)

    return max(views, key=worth)
