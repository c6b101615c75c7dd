"""Hold a workspace's statements against what its users did later, and learn how sure to be."""

from dataclasses import asdict, replace
from datetime import datetime

import numpy as np
import structlog
from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import Coalesce

from profiles import versions
from profiles.modelling.calibration import Outcomes, calibration_error, reliability
from profiles.modelling.channels import everybody_of
from profiles.modelling.replay import past_and_future
from profiles.modelling.statements import StatementConfig
from profiles.modelling.trust import choose_curves, trusted_outcomes
from profiles.models import Calibration, Interaction
from profiles.queries.evidence import (
    load_bearings,
    load_happenings,
    load_mentions,
    sample_of,
)
from profiles.queries.users import lots_of_users

log = structlog.get_logger(__name__)
CONFIG = StatementConfig()


def calibrate(workspace_id: int, *, now: datetime) -> int:
    """Draw the workspace's own curves from its users' histories. Returns how many outcomes.

    The first part of each history states, the rest judges. Own curves are in use where there are
    enough outcomes and such curves foretell those of users they were not fitted on better than
    the shipped ones; they are then those of all the outcomes there are now. So the same data
    give the same curves, whatever was in use before. What is stored either way is how reliable
    the curves in use are, each user judged by curves that were fitted on others. Where the future
    bears out what single interactions speak for, own curves tell how far to trust one.
    """
    seen = _seen(workspace_id)
    outcomes = _outcomes(workspace_id)
    chosen = choose_curves(outcomes, CONFIG)
    table = reliability(chosen.told, outcomes.is_confirmed)
    with transaction.atomic():
        made = Calibration.objects.filter(workspace_id=workspace_id)
        made.filter(is_used=True).update(is_used=False)
        Calibration.objects.create(
            workspace_id=workspace_id,
            knots=chosen.curves.as_rows(),
            table=[asdict(each) for each in table],
            error=calibration_error(table),
            statements=len(outcomes.raw),
            is_used=chosen.is_own,
            version=versions.CALIBRATION,
            made_at=now,
            **seen,
        )
    log.info(
        "calibration.made",
        workspace_id=workspace_id,
        outcomes=len(outcomes.raw),
        used=chosen.is_own,
    )
    return len(outcomes.raw)


def _seen(workspace_id: int) -> dict[str, int]:
    """How much had happened when the histories were read. One query."""
    here = Interaction.objects.filter(workspace_id=workspace_id)
    return here.aggregate(interactions=Count("pk"), last_interaction_id=Coalesce(Max("pk"), 0))


def _outcomes(workspace_id: int) -> Outcomes:
    """What became of the statements of the sampled users, everybody's habits known from before."""
    users = list(sample_of(workspace_id))
    happenings = load_happenings(workspace_id, users)
    past, future = past_and_future(happenings.acts, happenings.clock)
    bearings = load_bearings(np.unique(happenings.acts.item).tolist())
    mentions, _ = load_mentions(workspace_id, users)
    everybody = everybody_of(past, bearings, mentions)
    found = trusted_outcomes(past, future, bearings, mentions, everybody, CONFIG)
    lots = lots_of_users(users)
    number = np.array([lots[user] for user in found.user.tolist()], dtype=np.int64)
    return replace(found, user=number).in_order()
