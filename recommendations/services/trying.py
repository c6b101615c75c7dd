"""Serve a user by the arm of an experiment, and give some places to what is to be learnt about."""

from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from core.arrays import Bools, Ids, Indices
from recommendations.engine.arrange import Arranged
from recommendations.engine.blend import BlendConfig, Bucket
from recommendations.engine.exploring import arm_of, explored
from recommendations.experiments import Arm, arms_of
from recommendations.queries.outcomes import load_rates
from recommendations.queries.proposals import Asker
from recommendations.queries.standing import RunningExperiment, Standing
from recommendations.rows import SlateRequest


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
        fit = replace(standing.fit, blend=_reweighed(standing.fit.blend, arm.blend))
        standing = replace(standing, fit=fit)
    elif arm.blend:
        blend = _reweighed(standing.default_blend, arm.blend)
        standing = replace(standing, default_blend=blend)
    return standing, request


def _reweighed(blend: BlendConfig, weights: dict[str, float]) -> BlendConfig:
    return replace(
        blend,
        weights=blend.weights | weights,
        buckets=tuple(Bucket(one.least, one.weights | weights) for one in blend.buckets),
    )


def try_out(asker: Asker, arranged: Arranged, barred: Ids, slate_id: UUID) -> tuple[Indices, Bools]:
    """Return the picks with some places given away, and which. One query where any may be.

    Only what the sources named, and what nothing speaks against, is tried out. The same slate id
    makes the same choice.
    """
    picks, blended = arranged.picks, arranged.blended
    share = asker.standing.explored_share
    if not share or len(picks) < 2:
        return picks, np.zeros(len(picks), dtype=bool)
    is_open = (blended.scores >= 0) & ~np.isin(blended.items, barred)
    is_open[picks] = False
    pool = np.flatnonzero(is_open)
    shown, clicked = load_rates(blended.items[pool])
    return explored(picks, pool, clicked, shown, share, np.random.default_rng(slate_id.int))
