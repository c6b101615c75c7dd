"""The inverse of a large positive table, at half the work of a general one."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, spotrf, spotri

ROWS_AT_ONCE = 1_024


def inverse_of(gram: NDArray[np.floating]) -> NDArray[np.floating]:
    """Invert a symmetric positive table in its own precision, overwriting it.

    float32 halves time and memory, and is exact to about 1e-4 of the largest entry where the
    ridge on the diagonal is a thousandth of its largest value or more.

    Raises ValueError where the table is not positive: its ridge is too small.
    Shapes: gram (N, N); returns (N, N), symmetric.
    """
    factorise, invert = (spotrf, spotri) if gram.dtype == np.float32 else (dpotrf, dpotri)
    # Symmetric, so its transpose is the same table in the order that the library works in.
    factor, failed = factorise(gram.T, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise ValueError("The table cannot be inverted: the ridge is too small.")
    half, _ = invert(factor, lower=1, overwrite_c=1)
    full: NDArray[np.floating] = half.T
    for start in range(0, len(full), ROWS_AT_ONCE):
        stop = start + ROWS_AT_ONCE
        # Only the upper half of `full` holds the answer; mirror it, a slice at a time.
        full[stop:, start:stop] = full[start:stop, stop:].T
        square = full[start:stop, start:stop]
        square[:] = np.triu(square) + np.triu(square, 1).T
    return full
