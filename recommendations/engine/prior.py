"""What item texts alone would say of links from item to item, kept small enough to multiply."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from core.arrays import Floats, as_floats


@dataclass(frozen=True, slots=True)
class TextPrior:
    """EASE on text vectors, with the dimensions for users:

        C = -P / diag(P),   diag(C) = 0,   P = inverse(VV' + ridge * 1)
                                             = (1 - V inverse(V'V + ridge * 1) V') / ridge

    The second form (Woodbury) needs the inverse of a (D, D) table only. C is kept as the product
    of two thin tables, less its diagonal: 8 bytes * I * D in place of 4 * I^2.

    Shapes: left (I, D); right (D, I); own (I,), the diagonal of the product.
    """

    left: Floats
    right: Floats
    own: Floats

    @classmethod
    def of(cls, vectors: Floats, ridge: float) -> Self:
        """Solve for unit rows. Shapes: vectors (I, D), zero for an item without a text."""
        wide = vectors.astype(np.float64)
        middle = np.linalg.inv(wide.T @ wide + ridge * np.eye(wide.shape[1]))
        right = middle @ wide.T
        # The diagonal of P, times the ridge; it lies in (0, 1].
        left_over = 1.0 - np.einsum("id,di->i", wide, right)
        right /= np.maximum(left_over, 1e-9)
        own = np.einsum("id,di->i", wide, right)
        return cls(left=vectors, right=as_floats(right), own=as_floats(own))

    def after(self, rows: Floats) -> Floats:
        """Return rows C. Shapes: rows (B, I); returns (B, I)."""
        return as_floats((rows @ self.left) @ self.right - rows * self.own)

    def diagonal_after(self, table: Floats) -> Floats:
        """Return the diagonal of table C, without the rest. Shapes: table (I, I); returns (I,)."""
        through = table @ self.left
        return as_floats(np.einsum("id,di->i", through, self.right) - table.diagonal() * self.own)
