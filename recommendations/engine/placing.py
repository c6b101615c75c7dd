"""Choose how factors are found, by how well they foretell what comes next."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recommendations.engine.factors import FactorsConfig, Placed
from recommendations.engine.history import HistoryConfig, histories_of
from recommendations.engine.learned import Learned
from recommendations.engine.validation import Fold, merit

SETTINGS = tuple(
    FactorsConfig(trust=trust, ridge=ridge, sweeps=8)
    for trust, ridge in ((20.0, 50.0), (5.0, 5.0), (10.0, 30.0), (40.0, 100.0))
)
# Of more likings, the first of these is taken as it is, with fewer sweeps: each one that is tried
# would take minutes, and every rehearsal is fitted once.
MOST_TRIED, FEW_SWEEPS = 1_000_000, 5


def settings_for(folds: Sequence[Fold]) -> Sequence[FactorsConfig]:
    """Return the settings that there is time to try on these rehearsals."""
    likings = max(int((fold.past.weights > 0).sum()) for fold in folds)
    return SETTINGS if likings <= MOST_TRIED else (replace(SETTINGS[0], sweeps=FEW_SWEEPS),)


def height_of_factors(
    folds: Sequence[Fold], history: HistoryConfig, config: FactorsConfig
) -> float:
    """Return the mean merit of ranking by factors alone, to users who met anything."""
    heights = []
    for fold in folds:
        cases = fold.cases.some(np.flatnonzero(np.diff(fold.cases.met.indptr)))
        past = histories_of(fold.past, cases.users, history)
        heights.append(merit(cases, Placed.of(fold.past, config).score(past)))
    return float(np.mean(heights))


def without_unused(learned: Learned) -> Learned:
    """Leave out sources that have no weight: nothing is fitted, stored or asked of them."""
    used = tuple(name for name in learned.more if learned.blend.uses(name))
    factors = learned.factors if learned.blend.uses("factors") else None
    return replace(learned, factors=factors, more=used)
