"""How much each interaction says about its user, for or against the item, and for how long."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Doubles, Ids, Indices

# A review's words are a weaker sign than a verdict, since sentiment is itself a guess.
SENTIMENT_WEIGHT = 0.7
SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of a workspace as columns; an interaction names its kind by position.

    Shapes: all (N,). Units: half_life in days; middle and best are NaN where a kind has no scale.
    """

    polarity: Doubles
    weight: Doubles
    half_life: Doubles
    middle: Doubles
    best: Doubles


def signed(values: Doubles, kind: Indices, kinds: Kinds, *, sentiment: Doubles) -> Doubles:
    """Return what each interaction says of its item, in [-1, 1]; 0 where it says nothing.

    A value on a kind's scale speaks first: weight * clip((value - middle) / (best - middle)).
    Else the kind's own polarity does: weight * polarity. Where a kind has neither, the review's
    sentiment stands in: weight * SENTIMENT_WEIGHT * sentiment.

    Shapes: values, kind and sentiment (T,), NaN where an interaction has none; returns (T,).
    """
    weight, middle = kinds.weight[kind], kinds.middle[kind]
    on_scale = np.clip((values - middle) / (kinds.best[kind] - middle), -1.0, 1.0)
    felt = SENTIMENT_WEIGHT * np.nan_to_num(sentiment)
    polarity = kinds.polarity[kind]
    said = np.where(polarity != 0, polarity, felt)
    return np.asarray(weight * np.where(np.isnan(on_scale), said, on_scale))


def ages_of(user: Ids | Indices, moment: Doubles) -> Doubles:
    """Return how long before its user's own newest interaction each happened.

    Shapes: both (T,), NaN where there is no date; returns (T,), NaN there. Units: moments in
    seconds, ages in days.
    """
    _, place = np.unique(user, return_inverse=True)
    newest = np.full(place.max(initial=-1) + 1, -np.inf)
    np.maximum.at(newest, place, np.nan_to_num(moment, nan=-np.inf))
    return np.asarray((newest[place] - moment) / SECONDS_PER_DAY)


def fade(ages: Doubles, kind: Indices, kinds: Kinds) -> Doubles:
    """Return how much of each interaction's weight is left: 2 ** (-age / half_life), in (0, 1].

    Ages are counted back from the user's own newest interaction and not from the clock, so that
    the same interactions give the same portrait on any day, whatever others did since.

    Shapes: ages (T,), NaN where there is no date, which counts as new; returns (T,).
    Units: ages in days.
    """
    since = np.maximum(np.nan_to_num(ages), 0.0)
    return np.asarray(np.exp2(-since / kinds.half_life[kind]))
