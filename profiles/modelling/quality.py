"""Which users' deeds look machine-made, and why: clear rules, and how apart they stand from all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from core.arrays import Bools, Doubles, Ids
from profiles.modelling.numbers import completed, far_from_mean, outside_fences

FAST, CLOCKWORK, SLEEPLESS = "fast", "clockwork", "sleepless"
COPIES, ONE_VALUE, MANY = "copies", "one_value", "many"
# Heavy users do much; that alone makes nobody a suspect.
TELLING = (FAST, CLOCKWORK, SLEEPLESS, COPIES, ONE_VALUE)
# The nearest of more users take minutes to find.
NEAREST_UP_TO = 3_000


@dataclass(frozen=True, slots=True)
class QualityConfig:
    """From where on each rule speaks, and what makes a suspect.

    `a_minute` interactions in the busiest minute, and more than others; gaps that vary by
    less than `clockwork` of their mean, over `gaps` gaps; `hours` hours of one day; `copies` of
    the reviews saying what an earlier one says, over `reviews`; `one_value` of the ratings being
    the same, over `ratings`; `many` interactions, and more than others. A suspect has two
    telling signs, or one and a place `apart` from the rest.
    """

    a_minute: int = 20
    gaps: int = 20
    clockwork: float = 0.1
    hours: int = 20
    reviews: int = 5
    copies: float = 0.5
    ratings: int = 25
    one_value: float = 0.98
    many: int = 200
    far_fence: float = 3.0
    apart: float = 0.6
    least_users: int = 20


@dataclass(frozen=True, slots=True)
class Habits:
    """How each user acts, in columns; NaN where it cannot be told.

    `a_minute` is the most interactions in one minute, `evenness` the deviation of the gaps over
    their mean, `hours` the most different hours of one day, `copies` the share of reviews that
    say what an earlier one says, `one_value` the share of the commonest rating.

    Shapes: all (U,).
    """

    user: Ids
    interactions: Doubles
    a_minute: Doubles
    gaps: Doubles
    evenness: Doubles
    hours: Doubles
    reviews: Doubles
    copies: Doubles
    ratings: Doubles
    one_value: Doubles


@dataclass(frozen=True, slots=True)
class Oddities:
    """What is odd about each user. `signs` are the rules that speak, each with its figure.

    Shapes: user, apart and is_suspect (U,); signs U lists. Units: apart in [0, 1], .5 is usual.
    """

    user: Ids
    signs: tuple[tuple[tuple[str, float], ...], ...]
    apart: Doubles
    is_suspect: Bools


def oddities_of(habits: Habits, config: QualityConfig, *, seed: int = 0) -> Oddities:
    """Say what is odd about each user, and who may not be a person."""
    rules = _rules(habits, config)
    figures = {
        FAST: habits.a_minute,
        CLOCKWORK: habits.evenness,
        SLEEPLESS: habits.hours,
        COPIES: habits.copies,
        ONE_VALUE: habits.one_value,
        MANY: habits.interactions,
    }
    signs = tuple(
        tuple((name, round(float(figures[name][row]), 3)) for name in rules if rules[name][row])
        for row in range(len(habits.user))
    )
    apart = standing_apart(habits, config, seed=seed)
    telling = np.sum([rules[name] for name in TELLING], axis=0)
    is_suspect = (telling >= 2) | ((telling == 1) & (apart >= config.apart))
    return Oddities(habits.user, signs, apart, np.asarray(is_suspect, dtype=bool))


def standing_apart(habits: Habits, config: QualityConfig, *, seed: int = 0) -> Doubles:
    """Return how easily each user is told from all others, by an isolation forest.

    Liu, Ting & Zhou (2008). What is not known of a user is completed from the five users who are
    most like them, and so makes nobody stand apart; counts are seen as logarithms.

    Shapes: returns (U,), in (0, 1]; .5 for everybody where there are too few to compare.
    """
    count = len(habits.user)
    if count < config.least_users:
        return np.full(count, 0.5)
    logs = [np.log1p(each) for each in (habits.interactions, habits.a_minute, habits.evenness)]
    counts = np.stack([*logs, habits.hours], axis=1)
    shares = np.stack([habits.copies, habits.one_value], axis=1)
    whole = _completed(counts, shares)
    forest = IsolationForest(random_state=seed).fit(whole)
    return np.asarray(-forest.score_samples(whole), dtype=np.float64)


def _completed(counts: Doubles, shares: Doubles) -> Doubles:
    """Return both tables as one without gaps: from who is nearest, where that can be found.

    In a crowd a count that is not known is the median, which few large ones do not move, and a
    share the mean, which is the share of all. Shapes: (U, A) and (U, B); returns (U, A + B).
    """
    if len(counts) > NEAREST_UP_TO:
        return np.hstack([completed(counts, "median")[0], completed(shares, "mean")[0]])
    table = np.hstack([counts, shares])
    return completed(table[:, ~np.isnan(table).all(axis=0)], "nearest")[0]


def _rules(habits: Habits, config: QualityConfig) -> dict[str, Bools]:
    """Which rules speak of which users. What is not known speaks of nobody."""
    with np.errstate(invalid="ignore"):
        return {
            FAST: (habits.a_minute >= config.a_minute)
            & outside_fences(np.log1p(habits.a_minute), config.far_fence),
            CLOCKWORK: (habits.gaps >= config.gaps) & (habits.evenness < config.clockwork),
            SLEEPLESS: habits.hours >= config.hours,
            COPIES: (habits.reviews >= config.reviews) & (habits.copies >= config.copies),
            ONE_VALUE: (habits.ratings >= config.ratings) & (habits.one_value >= config.one_value),
            MANY: (habits.interactions >= config.many)
            & outside_fences(np.log1p(habits.interactions), config.far_fence),
        }


def outliers_by_name(columns: Mapping[str, Sequence[float]]) -> dict[str, dict[str, Any]]:
    """Return for each numeric attribute of items its quartiles, gaps and outliers by two rules.

    `outside` counts numbers beyond the fences, `far` those three deviations from the mean.
    """
    found = {}
    for name, values in sorted(columns.items()):
        column = np.array(values, dtype=np.float64)
        known = column[~np.isnan(column)]
        if not len(known):
            continue
        low, middle, high = np.quantile(known, [0.25, 0.5, 0.75]).tolist()
        found[name] = {
            "known": len(known),
            "missing": int(np.isnan(column).sum()),
            "least": float(known.min()),
            "low": low,
            "middle": middle,
            "high": high,
            "most": float(known.max()),
            "outside": int(outside_fences(column).sum()),
            "far": int(far_from_mean(column).sum()),
        }
    return found
