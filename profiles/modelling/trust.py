"""How sure to be here, and whether one interaction is enough: what users' own histories say."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.arrays import Doubles
from profiles.modelling.calibration import (
    LEAST_OUTCOMES,
    Outcomes,
    cross_fitted,
    fit,
    log_loss,
    told_of,
)
from profiles.modelling.channels import Everybody
from profiles.modelling.choosing import OBSERVED, bounds_of, trusting
from profiles.modelling.claims import Acts, Bearings, Mentions
from profiles.modelling.curves import GROUPS, LONE, SHIPPED, Curves, group_of
from profiles.modelling.foretold import outcomes_of
from profiles.modelling.statements import StatementConfig

# In nats an outcome: own curves that are not better by as much are no more than chance.
LEAST_GAIN = 0.002


@dataclass(frozen=True, slots=True)
class Choice:
    """The curves to tell confidence by, and each outcome's confidence by such curves.

    `told` is by curves that were fitted on other users. `config` is that of statements, and asks
    for one piece of evidence where the curves tell how far to trust one. Shapes: told (N,).
    """

    curves: Curves
    told: Doubles
    config: StatementConfig
    is_own: bool


def trusted_outcomes(
    past: Acts,
    future: Acts,
    bearings: Bearings,
    mentions: Mentions,
    everybody: Everybody,
    config: StatementConfig,
) -> Outcomes:
    """Return what the future says of statements, of lone beliefs only where they can be trusted.

    Lone beliefs, likes or dislikes, can be trusted where LEAST_OUTCOMES of them at the least could
    be judged, and so many came true as a statement in use must be sure. Elsewhere two independent
    pieces of evidence are asked for.
    """
    asked = (past, future, bearings, mentions, everybody)
    every = outcomes_of(*asked, trusting(config, LONE))
    return outcomes_of(*asked, trusting(config, set(_trusted(every, config))))


def choose_curves(outcomes: Outcomes, config: StatementConfig) -> Choice:
    """Choose between the shipped curves and own ones, by users that these were not fitted on.

    It depends on nothing but the outcomes, so the same data give the same curves.
    """
    shipped = told_of(outcomes, SHIPPED)
    if len(outcomes.raw) >= LEAST_OUTCOMES:
        own = cross_fitted(outcomes, SHIPPED)
        gain = log_loss(shipped, outcomes.is_confirmed) - log_loss(own, outcomes.is_confirmed)
        if gain >= LEAST_GAIN:
            curves = fit(outcomes, SHIPPED)
            return Choice(curves, own, trusting(config, curves.by_group), is_own=True)
    return Choice(SHIPPED, shipped, config, is_own=False)


def _trusted(outcomes: Outcomes, config: StatementConfig) -> Iterator[str]:
    for sign in (1, -1):
        for is_judging in (True, False):
            group = group_of(OBSERVED, sign, is_judging=is_judging, is_lone=True)
            came_true = outcomes.is_confirmed[outcomes.group == GROUPS.index(group)]
            _, in_use = bounds_of(OBSERVED, sign, config, is_judging=is_judging)
            if len(came_true) >= LEAST_OUTCOMES and np.mean(came_true) >= in_use:
                yield group
