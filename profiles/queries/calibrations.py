"""Which curves a workspace tells confidence by, and how far they can be trusted."""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from math import ceil

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Workspace
from profiles import versions
from profiles.modelling.curves import SHIPPED, Curves
from profiles.models import Calibration, Interaction

# A calibration is made again when so many interactions came since, and they are such a part of
# those there were; but not more often than this, for new curves restate everybody.
LEAST_NEW = 100
LEAST_GROWTH = 0.1
REST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """The curves in use, and the version of statements that are told by them."""

    curves: Curves
    version: str


def calibration_used(workspace_id: int) -> Told:
    """Return the workspace's own curves, or those it starts from. One query.

    The same curves have the same version, whenever they were drawn.
    """
    own = Calibration.objects.filter(
        workspace_id=workspace_id, is_used=True, version=versions.CALIBRATION
    ).first()
    curves = SHIPPED if own is None else Curves.of_rows(own.knots)
    digest = sha256(json.dumps(curves.as_rows()).encode()).hexdigest()[:12]
    return Told(curves, f"{versions.STATEMENTS}.{digest}")


def calibrations_due(workspace_id: int) -> QuerySet[Workspace]:
    """The workspace, where its curves were never drawn, or much has happened since.

    Not before anything has happened at all: what is learnt from nothing would stand for as long
    as it rests. At most two queries before the one that is returned.
    """
    last = (
        Calibration.objects.filter(workspace_id=workspace_id, version=versions.CALIBRATION)
        .order_by("-made_at")
        .first()
    )
    rows = Workspace.objects.filter(pk=workspace_id)
    if last is None:
        return rows.filter(Exists(Interaction.objects.filter(workspace=OuterRef("pk"))))
    return rows if _has_grown(last) else rows.none()


def _has_grown(last: Calibration) -> bool:
    if last.made_at > timezone.now() - REST:
        return False
    least = max(LEAST_NEW, ceil(last.interactions * LEAST_GROWTH))
    since = Interaction.objects.filter(
        workspace_id=last.workspace_id, pk__gt=last.last_interaction_id
    )
    return since.order_by("pk")[:least].count() >= least
