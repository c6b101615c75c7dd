"""Which view of the users parts them best: company, behaviour, or what their items are about.

`part_users` is the whole of it, from arrays to segments, and what an evaluation should call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Floats, Indices
from profiles.modelling.company import (
    beside,
    habits,
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
BEHAVIOUR = "behaviour"
DIMENSIONS = (8, 16, 32)
LEANING_DIMENSIONS = (16, 24)
BEHAVING_DIMENSIONS = 16
HABITS = 2
# The plainer view is kept unless another tells more than chance may: by a fiftieth.
LESS_PLAIN = 0.98
# Of this share of the users something is held out; taken from all, too little would be left.
HELD_USERS = 1 / 3
ENOUGH_HELD = 300


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the users, and every number of segments that was tried with it.

    `dimensions` is 0 where the items' texts say where they point. With `leans`, items point to
    what their users took to besides, too; with `behaves`, to how those behave who take to them.
    """

    name: str
    dimensions: int
    tried: tuple[Tried, ...]
    best: Tried | None
    leans: bool = False
    behaves: bool = False


@dataclass(frozen=True, slots=True)
class Parting:
    """The segments by the best view, what else was tried, and what a new user is placed with.

    `items` are the directions of the items by company or behaviour, (I, D), else None: new users
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
    for blank in _by_deeds():
        stand = stand_of(held.met, _directions(held.met, blank, items))
        views.append(_tried(blank, stand, judge, config, seed))
    if texts is not None:
        blank = View(TASTE, 0, (), None)
        views.append(_tried(blank, stand_of(held.met, texts), judge, config, seed))
    view = most_telling(views, config)
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
    items = _learnt_directions(met, view, seed) if view.dimensions else None
    directions = texts if items is None else items
    assert directions is not None  # the view of taste is tried where there are texts
    count = view.best.count if view.best else 1
    found = part(
        stand_of(met, directions), count, config, seed=seed, best=view.best, tried=view.tried
    )
    return Parting(found, view, views, items, popular, refound)


def _by_deeds() -> list[View]:
    """The views that need nothing but who took to what, the plainest first."""
    return [
        *(View(COMPANY, dimensions, (), None) for dimensions in DIMENSIONS),
        *(View(COMPANY, dimensions, (), None, leans=True) for dimensions in LEANING_DIMENSIONS),
        View(COMPANY, BEHAVING_DIMENSIONS, (), None, behaves=True),
        View(BEHAVIOUR, HABITS, (), None, behaves=True),
    ]


def _directions(met: csr_array, view: View, company: Floats) -> Floats:
    """Where items point by a view. Shapes: company (I, D), D at least the view's dimensions."""
    if view.name == BEHAVIOUR:
        return habits(met)
    items = company[:, : view.dimensions]
    if view.leans:
        items = leaning(met, items)
    return beside(items, habits(met)) if view.behaves else items


def _learnt_directions(met: csr_array, view: View, seed: int) -> Floats:
    return _directions(met, view, item_directions(met, view.dimensions, seed=seed))


def _sample(users: int, most: int, seed: int) -> Indices:
    if users <= most:
        return np.arange(users)
    return np.sort(np.random.default_rng(seed).choice(users, most, replace=False))


def _rows_of(met: csr_array, rows: Indices) -> tuple[csr_array, Indices]:
    """These rows of a table, and where their entries lie in it."""
    lengths = np.diff(met.indptr)[rows]
    offset = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return met[rows], np.repeat(met.indptr[rows], lengths) + offset


def _tried(blank: View, stand: Floats, judge: Judge, config: SegmentConfig, seed: int) -> View:
    tried = tries(stand, config, judge=judge, seed=seed)
    return replace(blank, tried=tried, best=choose(tried, config))


def _refound(met: csr_array, view: View, config: SegmentConfig, seed: int) -> float | None:
    """How well bootstraps agree that learn everything anew, from where the items point on."""
    if not view.dimensions or view.best is None:
        return None
    found = []
    for rows in bootstraps(met.shape[0], config, seed=seed):
        items = _learnt_directions(csr_array(met[rows]), view, seed)
        seen = aside(stand_of(met, items))
        found.append(learnt(seen, rows, view.best.count, config, seed))
    return round(agreement(found), 4)


def most_telling(views: Sequence[View], config: SegmentConfig) -> View:
    """The view whose best parting is stable and tells the most; where none is, the stablest.

    A view of behaviour is taken only where it is stable and tells more than the best of the others,
    stable or not: what people like is more to the point, and a name for a segment comes of it.
    """

    def is_stable(view: View) -> bool:
        return view.best is not None and view.best.stability >= config.stable

    def worth(view: View) -> tuple[bool, float]:
        if view.best is None:
            return False, 0.0
        height = view.best.told if is_stable(view) else view.best.stability
        return is_stable(view), height * (LESS_PLAIN if view.leans or view.behaves else 1.0)

    plain = max((one for one in views if not one.behaves), key=worth)
    told = plain.best.told if plain.best else 0.0
    telling = [
        one
        for one in views
        if one.behaves and one.best and is_stable(one) and LESS_PLAIN * one.best.told > told
    ]
    return max(telling, key=worth, default=plain)
