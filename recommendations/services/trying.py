"""Serve a user by the arm of an experiment, and give some places to what is to be learnt about."""

from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from core.arrays import Bools, Ids, Indices, is_among
from recommendations.engine.arrange import Arranged
from recommendations.engine.exploring import arm_of, explored
from recommendations.experiments import Arm, arms_of
from recommendations.queries.outcomes import load_rates
from recommendations.queries.proposals import Asker
from recommendations.queries.standing import RunningExperiment, Standing
from recommendations.rows import SlateRequest, SlateWarning
from recommendations.services.gathering import excused


@dataclass(frozen=True, slots=True)
class Assigned:
    """The experiment that a request takes part in, and its arm."""

    experiment: RunningExperiment
    arm: Arm


def assigned(standing: Standing, request: SlateRequest) -> Assigned | None:
    """Return the arm that serves the user; None where none runs. Of one for the placement and one
    for all, that of the placement counts.

    A user who is paused takes part in nothing, nor does whoever is not known: what came of their
    lists could not be told user by user, and who becomes known must not follow from an arm.
    """
    fitting = [one for one in standing.experiments if one.placement in {"", request.placement}]
    if not fitting or request.user is None or standing.user_id is None or standing.is_paused:
        return None
    experiment = max(fitting, key=lambda one: bool(one.placement))
    arms = arms_of(experiment.arms)
    place = arm_of(experiment.salt, request.user, [one.weight for one in arms])
    return Assigned(experiment, arms[place])


def with_arm(
    standing: Standing, request: SlateRequest, told: Assigned | None
) -> tuple[Standing, SlateRequest]:
    """Return what serves and what is asked as the arm has it."""
    if told is None:
        return standing, request
    arm = told.arm
    kept = tuple(one for one in request.sources if one not in arm.without)
    request = replace(request, sources=kept or request.sources)
    if arm.explored_share is not None:
        standing = replace(standing, explored_share=arm.explored_share)
    if arm.blend and standing.fit is not None:
        blend = standing.fit.blend.reweighed(lambda weights: weights | arm.blend)
        standing = replace(standing, fit=replace(standing.fit, blend=blend))
    elif arm.blend:
        blend = standing.default_blend.reweighed(lambda weights: weights | arm.blend)
        standing = replace(standing, default_blend=blend)
    return standing, request


@dataclass(frozen=True, slots=True)
class Rates:
    """How often some items were seen of late, and clicked. Shapes: all (C,), items ascending.

    `share` is how much of a list goes to what is to be learnt about.
    """

    items: Ids
    shown: Ids
    clicked: Ids
    share: float


def rates_of(asker: Asker, items: Ids, warnings: list[SlateWarning]) -> Rates | None:
    """Return how the items did of late; None where nothing is tried out. One query, or none.

    Nothing is where that is late or fails, and a warning says so. Shapes: items (C,) ascending.
    """
    rates: Rates | None = None
    share = asker.standing.explored_share
    if share and len(items):
        with excused(["exploring"], warnings, part="places for what is to be learnt about"):
            rates = Rates(items, *load_rates(items), share)
    return rates


def try_out(
    arranged: Arranged, barred: Ids, rates: Rates | None, slate_id: UUID
) -> tuple[Indices, Bools]:
    """Return the picks with some places given away, and which.

    Only what the rates tell of, and what nothing speaks against, is tried out. The same slate id
    makes the same choice.
    """
    picks, blended = arranged.picks, arranged.blended
    if rates is None or len(picks) < 2:
        return picks, np.zeros(len(picks), dtype=np.bool_)
    is_open = (blended.scores >= 0) & is_among(blended.items, rates.items)
    is_open &= ~is_among(blended.items, barred)
    is_open[picks] = False
    pool = np.flatnonzero(is_open)
    places = np.searchsorted(rates.items, blended.items[pool])
    return explored(
        picks,
        pool,
        rates.clicked[places],
        rates.shown[places],
        rates.share,
        np.random.default_rng(slate_id.int),
        is_needed=arranged.is_needed,
    )
