"""Choose how factors are found and users compared, by how well that foretells what comes next."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats
from recommendations.engine.company import Company, CompanyConfig, has_room
from recommendations.engine.factors import FactorsConfig, Placed
from recommendations.engine.history import HistoryConfig, histories_of
from recommendations.engine.learned import Learned
from recommendations.engine.log import Log
from recommendations.engine.validation import Fold, merit

SETTINGS = tuple(
    FactorsConfig(trust=trust, ridge=ridge, sweeps=8)
    for trust, ridge in ((20.0, 50.0), (5.0, 5.0), (10.0, 30.0), (40.0, 100.0))
)
# Of more likings, the first of these is taken as it is, with fewer sweeps: each one that is tried
# would take minutes, and every rehearsal is fitted once.
MOST_TRIED, FEW_SWEEPS = 1_000_000, 5
COMPANIES = tuple(
    CompanyConfig(most=most, lengthen=one) for most in (50, 200) for one in (0.0, 10.0)
)


def settings_for(folds: Sequence[Fold]) -> Sequence[FactorsConfig]:
    """Return the settings that there is time to try on these rehearsals."""
    return SETTINGS if _are_few(folds) else (replace(SETTINGS[0], sweeps=FEW_SWEEPS),)


def _are_few(folds: Sequence[Fold]) -> bool:
    return max(int((fold.past.weights > 0).sum()) for fold in folds) <= MOST_TRIED


def height_of_factors(
    folds: Sequence[Fold], history: HistoryConfig, config: FactorsConfig
) -> float:
    """Return the mean merit of ranking by factors alone, to users who met anything."""
    return _height(folds, history, lambda past: Placed.of(past, config).score)


def companies_for(folds: Sequence[Fold]) -> Sequence[CompanyConfig]:
    """Return the ways to compare users that there is time to try; none without seats for all."""
    if not all(has_room(fold.past) for fold in folds):
        return ()
    return COMPANIES if _are_few(folds) else COMPANIES[:1]


def height_of_company(
    folds: Sequence[Fold], history: HistoryConfig, config: CompanyConfig
) -> float:
    """Return the mean merit of ranking by like users alone, to users who met anything."""
    return _height(folds, history, lambda past: Company.of(past, config).score)


def _height(
    folds: Sequence[Fold],
    history: HistoryConfig,
    fit: Callable[[Log], Callable[[csr_array], Floats]],
) -> float:
    heights = []
    for fold in folds:
        cases = fold.cases.some(np.flatnonzero(np.diff(fold.cases.met.indptr)))
        past = histories_of(fold.past, cases.users, history)
        heights.append(merit(cases, fit(fold.past)(past)))
    return float(np.mean(heights))


def without_unused(learned: Learned) -> Learned:
    """Leave out sources that have no weight: nothing is fitted, stored or asked of them."""
    used = tuple(name for name in learned.more if learned.blend.uses(name))
    factors = learned.factors if learned.blend.uses("factors") else None
    compared = learned.compared if "company" in used else None
    return replace(learned, factors=factors, compared=compared, more=used)
