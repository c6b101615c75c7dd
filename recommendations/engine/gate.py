"""Whether something earns its keep: on only where held-out users surely gain by it."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.arrays import Doubles
from recommendations.engine.metrics import paired_bootstrap


@dataclass(frozen=True, slots=True)
class Gate:
    """One decision, with what it rests on.

    Units: value, low and high are the lift over doing without, with its 95 % interval, as a share
    of what users get without; `users` were compared.
    """

    is_open: bool
    value: float
    low: float
    high: float
    users: int

    def as_json(self) -> dict[str, Any]:
        """Return the decision as plain values."""
        return asdict(self)


def is_sure(gained: Doubles, without: Doubles, errors: float) -> bool:
    """Say whether the mean gain is above so many of its standard errors over users.

    Shapes: both (B,), what the same users get.
    """
    difference = gained - without
    error = float(difference.std()) / np.sqrt(max(len(difference), 1))
    return bool(difference.mean() > errors * error)


def judge(gained: Doubles, without: Doubles, *, seed: int = 0) -> Gate:
    """Open where the paired interval of the difference, user by user, lies wholly above 0.

    What is no better than chance stays off: it would cost time and explain nothing.

    Shapes: both (B,), what the same users get with and without, found on likings that neither was
    chosen on.
    """
    level = float(without.mean()) if len(without) else 0.0
    if level <= 0:
        return Gate(is_open=False, value=0.0, low=0.0, high=0.0, users=len(without))
    found = paired_bootstrap(gained, without, np.random.default_rng(seed))
    return Gate(
        is_open=found.low > 0,
        value=round(found.value / level, 5),
        low=round(found.low / level, 5),
        high=round(found.high / level, 5),
        users=len(without),
    )
