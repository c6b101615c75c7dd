"""How good probabilities are: how often right, in which order, and how honest."""

from dataclasses import asdict, dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from core.arrays import Bools, Doubles

BINS = 15
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one set. `auc` is 0.5 where all rows have one label.

    Units: accuracy, auc and ece in [0, 1]; brier is the mean squared error.
    """

    rows: int
    accuracy: float
    auc: float
    ece: float
    brier: float

    def as_json(self) -> dict[str, float]:
        """Return the figures, rounded, as they are kept."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def figures_of(probabilities: Doubles, labels: Bools) -> Figures:
    """Measure probabilities of yes. Shapes: both (B,), B above 0."""
    both = bool(labels.any() and not labels.all())
    return Figures(
        rows=len(labels),
        accuracy=float(((probabilities >= 0.5) == labels).mean()),
        auc=float(roc_auc_score(labels, probabilities)) if both else 0.5,
        ece=calibration_error(probabilities, labels),
        brier=float(((probabilities - labels) ** 2).mean()),
    )


def calibration_error(probabilities: Doubles, labels: Bools) -> float:
    """Return the expected calibration error over bins of equal width (Naeini et al., 2015).

    ece = sum over bins of share of rows * |mean probability - share of yes|
    """
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gaps = np.bincount(places, probabilities - labels, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


def gain_of(new: Doubles, old: Doubles, labels: Bools, *, seed: int = 0) -> dict[str, float]:
    """Return by how much `new` lowers the squared error of `old` on the same rows.

    `low` and `high` bound it with 95 % by bootstrap over rows.
    """
    gains = (old - labels) ** 2 - (new - labels) ** 2
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(gains), size=(RESAMPLES, len(gains)), dtype=np.int32)
    means = np.array([gains[places].mean() for places in drawn])
    low, high = np.quantile(means, [0.025, 0.975])
    return {
        "value": round(float(gains.mean()), 5),
        "low": round(float(low), 5),
        "high": round(float(high), 5),
    }
