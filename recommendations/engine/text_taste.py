"""Items whose texts are near what a user took to."""

from dataclasses import dataclass
from typing import Self

from scipy.sparse import csr_array

from core.arrays import Floats, as_floats, unit_rows
from recommendations.engine.log import Log


@dataclass(slots=True)
class TextTaste:
    """Scores items by the cosine of their text to the mean of the user's; nothing is learnt.

    Shapes: vectors (I, D) of unit rows, zero for an item without a text.
    """

    vectors: Floats

    def fit(self, log: Log) -> Self:
        """Learn nothing: the texts are all there is."""
        return self

    def score(self, history: csr_array) -> Floats:
        """Score every item. Shapes: history (B, I); returns (B, I)."""
        return as_floats(unit_rows(as_floats(history @ self.vectors)) @ self.vectors.T)
