"""How sure to be: raw confidence, held against what later behaviour confirmed.

A statement at .8 should be confirmed by the user's later behaviour eight times in ten. Whether
that is so is asked of users' own histories: the past states, the future judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from core.arrays import Bools, Doubles, Ids, Indices
from profiles.modelling.curves import GROUPS, KNOTS, Curve, Curves, platt

BINS = 10
FOLDS = 5
# How many outcomes the curve that a fit starts from counts for.
PRIOR_OUTCOMES = 20.0
# Fewer outcomes judge no curve.
LEAST_OUTCOMES = 100


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Statements that the past asked for and that the future could judge.

    Users are numbered by what is theirs alone, and not by how many others there are.

    Shapes: all (N,). Units: raw in [0, 1]; group is an index into GROUPS.
    """

    user: Ids
    group: Ids
    raw: Doubles
    is_confirmed: Bools

    def in_order(self) -> "Outcomes":
        """Return the outcomes in an order that follows from what they say and of whom alone.

        Curves that are fitted on them then have the same last bit, in whatever order they came.
        """
        return self.of(np.lexsort((self.is_confirmed, self.raw, self.group, self.user)))

    def of(self, rows: Bools | Indices) -> "Outcomes":
        """Return the chosen outcomes."""
        return Outcomes(
            user=self.user[rows],
            group=self.group[rows],
            raw=self.raw[rows],
            is_confirmed=self.is_confirmed[rows],
        )


@dataclass(frozen=True, slots=True)
class Bin:
    """Statements told with about the same confidence, and the share of them confirmed."""

    told: float
    confirmed: float
    count: int


def fit(outcomes: Outcomes, start: Curves) -> Curves:
    """Fit a curve to each group's outcomes, drawn towards the curve that it starts from.

    Platt's curve, told = expit(a + b logit(raw)) with b not below 0, by logistic regression on
    the outcomes and PRIOR_OUTCOMES imagined ones that lie on the starting curve.
    """
    found = dict(start.by_group)
    for number, group in enumerate(GROUPS):
        rows = outcomes.group == number
        if rows.any():
            found[group] = _fit_one(outcomes.of(rows), start.by_group.get(group))
    return Curves(found)


def cross_fitted(outcomes: Outcomes, start: Curves) -> Doubles:
    """Return each outcome's confidence by curves fitted without its user. Shapes: (N,).

    Users are parted by their number, so that nobody changes folds when others come or go.
    """
    told = np.zeros(len(outcomes.raw))
    fold = outcomes.user % FOLDS
    for number in range(FOLDS):
        judged = outcomes.of(fold == number)
        told[fold == number] = told_of(judged, fit(outcomes.of(fold != number), start))
    return told


def told_of(outcomes: Outcomes, curves: Curves) -> Doubles:
    """Return the outcomes' confidence by these curves. Shapes: (N,)."""
    told = outcomes.raw.copy()
    for number, group in enumerate(GROUPS):
        rows = outcomes.group == number
        if rows.any() and group in curves.by_group:
            told[rows] = curves.by_group[group].at(outcomes.raw[rows])
    return told


def reliability(told: Doubles, is_confirmed: Bools, *, bins: int = BINS) -> list[Bin]:
    """Return bins of about equal numbers, the least sure first. Shapes: both (N,)."""
    order = np.argsort(told, kind="stable")
    return [
        Bin(float(told[rows].mean()), float(is_confirmed[rows].mean()), len(rows))
        for rows in np.array_split(order, bins)
        if len(rows)
    ]


def calibration_error(table: Sequence[Bin]) -> float:
    """Return the expected calibration error: the mean gap of the bins, by their numbers."""
    whole = sum(each.count for each in table)
    gaps = sum(each.count * abs(each.told - each.confirmed) for each in table)
    return gaps / whole if whole else 0.0


def log_loss(told: Doubles, is_confirmed: Bools) -> float:
    """Return the mean surprise at the outcomes, in nats; lower is better. Shapes: both (N,)."""
    sure = np.clip(told, 0.01, 0.99)
    return float(-np.log(np.where(is_confirmed, sure, 1 - sure)).mean())


def _fit_one(outcomes: Outcomes, start: Curve | None) -> Curve:
    raw, confirmed, weight = outcomes.raw, outcomes.is_confirmed, np.ones(len(outcomes.raw))
    if start is not None:
        imagined = start.at(KNOTS)
        share = PRIOR_OUTCOMES / len(KNOTS)
        raw = np.concatenate([raw, KNOTS, KNOTS])
        confirmed = np.concatenate([confirmed, np.ones(len(KNOTS)), np.zeros(len(KNOTS))])
        weight = np.concatenate([weight, imagined * share, (1 - imagined) * share])
    if len(np.unique(confirmed)) < 2:
        return _flat(float(np.average(confirmed, weights=weight)))
    model = LogisticRegression(C=1e6).fit(_column(raw), confirmed.astype(int), weight)
    slope, level = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope < 0:
        return _flat(float(np.average(confirmed, weights=weight)))
    return platt(level, slope)


def _flat(share: float) -> Curve:
    return Curve(tuple(KNOTS.tolist()), (round(share, 4),) * len(KNOTS))


def _column(raw: Doubles) -> Doubles:
    return np.asarray(logit(np.clip(raw, KNOTS[0], KNOTS[-1]))[:, None])
