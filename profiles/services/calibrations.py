"""Hold a workspace's statements against what its users did later, and learn how sure to be."""

from dataclasses import asdict, replace
from datetime import datetime

import numpy as np
import structlog
from django.db import transaction

from profiles import versions
from profiles.modelling.calibration import (
    LEAST_OUTCOMES,
    Outcomes,
    calibration_error,
    cross_fitted,
    fit,
    log_loss,
    reliability,
    told_of,
)
from profiles.modelling.channels import everybody_of
from profiles.modelling.curves import SHIPPED
from profiles.modelling.foretold import outcomes_of
from profiles.modelling.replay import past_and_future
from profiles.modelling.statements import StatementConfig
from profiles.models import Calibration
from profiles.queries.calibrations import calibration_used
from profiles.queries.evidence import (
    load_bearings,
    load_happenings,
    load_mentions,
    sample_of,
)
from profiles.queries.users import places_of_users

log = structlog.get_logger(__name__)
CONFIG = StatementConfig()
# In nats an outcome: new curves that are not better by as much are not worth restating everybody.
LEAST_GAIN = 0.002


def calibrate(workspace_id: int, *, now: datetime) -> int:
    """Draw the workspace's own curves from its users' histories. Returns how many outcomes.

    The first part of each history states, the rest judges. Own curves are taken into use where
    there are enough outcomes and they foretell those of users they were not fitted on better
    than the curves in use. What is stored either way is how reliable the better ones are.
    """
    outcomes = _outcomes(workspace_id)
    in_use = calibration_used(workspace_id)
    told = told_of(outcomes, in_use.curves)
    is_better = False
    if len(outcomes.raw) >= LEAST_OUTCOMES:
        own = cross_fitted(outcomes, SHIPPED)
        gain = log_loss(told, outcomes.is_confirmed) - log_loss(own, outcomes.is_confirmed)
        is_better = gain >= LEAST_GAIN
        told = own if is_better else told
    table = reliability(told, outcomes.is_confirmed)
    curves = fit(outcomes, SHIPPED) if is_better else in_use.curves
    with transaction.atomic():
        made = Calibration.objects.filter(workspace_id=workspace_id)
        if is_better:
            made.filter(is_used=True).update(is_used=False)
        Calibration.objects.create(
            workspace_id=workspace_id,
            knots=curves.as_rows(),
            table=[asdict(each) for each in table],
            error=calibration_error(table),
            statements=len(outcomes.raw),
            is_used=is_better,
            version=versions.CALIBRATION,
            made_at=now,
        )
    log.info(
        "calibration.made", workspace_id=workspace_id, outcomes=len(outcomes.raw), used=is_better
    )
    return len(outcomes.raw)


def _outcomes(workspace_id: int) -> Outcomes:
    """What became of the statements of the sampled users, everybody's habits known from before."""
    users = list(sample_of(workspace_id))
    happenings = load_happenings(workspace_id, users)
    past, future = past_and_future(happenings.acts, happenings.clock)
    bearings = load_bearings(np.unique(happenings.acts.item).tolist())
    mentions, _ = load_mentions(workspace_id, users)
    everybody = everybody_of(past, bearings, mentions)
    found = outcomes_of(past, future, bearings, mentions, everybody, CONFIG)
    places = places_of_users(users)
    return replace(found, user=np.array([places[user] for user in found.user.tolist()])).in_order()
