"""The array types that cross the borders between floors, and the one way to make them.

Sizes are written in capitals in docstrings: B texts in a batch, D dimensions, I items, U users,
S statements, T interactions, C candidates, K places on a slate or neighbours in a row.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Indices = NDArray[np.intp]
Ids = NDArray[np.int64]
Bools = NDArray[np.bool_]


def as_floats(values: ArrayLike | Sequence[Any]) -> Floats:
    """Return `values` as C-ordered float32, the only float type that crosses a border."""
    return np.ascontiguousarray(values, dtype=np.float32)


def unit_rows(vectors: Floats) -> Floats:
    """Scale each row to length one; a row of zeros stays zero, since it has no direction.

    Shapes: vectors (B, D); returns (B, D).
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return as_floats(vectors / np.where(lengths > 0, lengths, 1.0))


def places_in(wanted: Ids, ascending: Ids) -> tuple[Indices, Bools]:
    """Return where each wanted one stands in a list that is in order, and whether it is there.

    Where it is not, its place says nothing. Shapes: wanted (...); ascending (N,); returns the shape
    of the wanted ones, twice.
    """
    if not len(ascending):
        return np.zeros(wanted.shape, dtype=np.intp), np.zeros(wanted.shape, dtype=np.bool_)
    place = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return place, ascending[place] == wanted


def looked_up(wanted: Ids, ascending: Ids, values: Floats) -> Floats:
    """Return the value that stands beside each wanted one, 0 for what is not in the list.

    Shapes: wanted (C,); ascending (N,); values (N, ...), rows of any kind; returns (C, ...).
    """
    found = np.zeros((len(wanted), *values.shape[1:]), dtype=np.float32)
    place, is_known = places_in(wanted, ascending)
    found[is_known] = values[place[is_known]]
    return found


def is_among(values: Ids, ascending: Ids) -> Bools:
    """Say which values are in a list that is in order: `numpy.isin`, without sorting both.

    Shapes: values (...), ascending (M,); returns the shape of the values.
    """
    return places_in(values, ascending)[1]
