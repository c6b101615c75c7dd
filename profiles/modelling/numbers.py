"""Numbers that are missing or stand out: completed and marked, never silently used as known."""

from typing import Literal

import numpy as np
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import RobustScaler, StandardScaler

from core.arrays import Bools, Doubles

Fill = Literal["mean", "median", "nearest", "between"]

# Tukey's fences (1977): this many interquartile ranges outside the quartiles.
FENCE = 1.5
# This many standard deviations from the mean.
FAR = 3.0
NEIGHBOURS = 5
# Of fewer numbers nobody can say which stands out.
LEAST = 5


def completed(table: Doubles, fill: Fill = "median") -> tuple[Doubles, Bools]:
    """Return the table without gaps, and where the gaps were.

    "mean" and "median" are the column's; "nearest" is the mean of the rows that are nearest in
    what both know (Troyanskaya et al., 2001); "between" draws a line from the known number
    before to the one behind, and keeps the first and last level outward. A column of which
    nothing is known is completed with 0.

    Shapes: table (N, C), NaN where a number is missing; returns (N, C) and (N, C).
    """
    missing = np.isnan(table)
    if not table.size or not missing.any():
        return table.copy(), missing
    if fill == "between":
        columns = [_between(column) for column in table.T]
        return np.stack(columns, axis=1), missing
    imputer = (
        KNNImputer(n_neighbors=NEIGHBOURS, keep_empty_features=True)
        if fill == "nearest"
        else SimpleImputer(strategy=fill, keep_empty_features=True)
    )
    return np.asarray(imputer.fit_transform(table), dtype=np.float64), missing


def _between(column: Doubles) -> Doubles:
    known = np.flatnonzero(~np.isnan(column))
    if not len(known):
        return np.zeros(len(column))
    return np.interp(np.arange(len(column)), known, column[known])


def outside_fences(values: Doubles, fence: float = FENCE) -> Bools:
    """Return which numbers lie more than `fence` interquartile ranges outside the quartiles.

    None of fewer than LEAST; what is missing never does. Where half of the numbers are the same
    there are no fences, and the distance from the mean decides. Shapes: values (N,); returns (N,).
    """
    known = values[~np.isnan(values)]
    if len(known) < LEAST:
        return np.zeros(len(values), dtype=bool)
    if np.subtract(*np.quantile(known, [0.75, 0.25])) == 0:
        return far_from_mean(values)
    scaled = RobustScaler().fit_transform(values[:, None]).ravel()  # in interquartile ranges
    low, high = np.nanquantile(scaled, [0.25, 0.75])
    with np.errstate(invalid="ignore"):
        return np.asarray((scaled < low - fence) | (scaled > high + fence))


def far_from_mean(values: Doubles, far: float = FAR) -> Bools:
    """Return which numbers lie more than `far` standard deviations from the mean.

    None of fewer than LEAST; what is missing never does. Shapes: values (N,); returns (N,).
    """
    known = values[~np.isnan(values)]
    if len(known) < LEAST or not known.std():
        return np.zeros(len(values), dtype=bool)
    scores = StandardScaler().fit_transform(values[:, None]).ravel()
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(scores) > far)
