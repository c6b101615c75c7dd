"""Which workspaces should learn again, and which items be counted again."""

from math import ceil

from django.db.models import F, QuerySet

from accounts.models import Workspace
from profiles.models import Interaction
from recommendations.models import Fit, ItemRate

LEAST_NEW = 20
LEAST_GROWTH = 0.02


def learn_due(workspace_id: int) -> QuerySet[Workspace]:
    """Return the workspace where it should learn again, else nothing. At most four queries.

    It should where it has interactions and never learnt, or where at least 20 interactions came
    since, and they are at least 2 % of those it learnt from. A fit that lost counts as learning:
    the same interactions would lose again. After an erasure it should, whatever came since.
    """
    latest = (
        Fit.objects.filter(workspace_id=workspace_id)
        .exclude(state=Fit.State.BUILDING)
        .order_by("-erasures", "-last_interaction_id", "-id")
        .first()
    )
    here = Workspace.objects.filter(pk=workspace_id)
    since = Interaction.objects.filter(workspace_id=workspace_id)
    if latest is None:
        return here if since.exists() else here.none()
    if (erased := here.filter(erasures__gt=latest.erasures)).exists():
        return erased
    least = max(LEAST_NEW, ceil(latest.interactions * LEAST_GROWTH))
    newer = since.filter(pk__gt=latest.last_interaction_id).order_by("pk")[:least].count()
    return here if newer >= least else here.none()


def rates_due(workspace_id: int) -> QuerySet[ItemRate]:
    """Return the rates that were counted before somebody was erased: they count who left."""
    return ItemRate.objects.filter(workspace_id=workspace_id, erasures__lt=F("workspace__erasures"))
