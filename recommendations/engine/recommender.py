"""What every recommender promises."""

from typing import Protocol, Self

from scipy.sparse import csr_array

from core.arrays import Floats
from recommendations.engine.log import Log


class Recommender(Protocol):
    """Learns from who met what, then scores every item for some users."""

    def fit(self, log: Log) -> Self:
        """Learn from `log`. Fitting again forgets what was learnt before."""
        ...

    def score(self, history: csr_array) -> Floats:
        """Score every item for users who need not have been in the fit.

        Shapes: history (B, I), signed weights of what each user met; returns (B, I), finite,
        higher is better. Scores compare within a row, never across rows.
        """
        ...
