"""When the interests of a workspace are due to be drawn."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from accounts.models import Workspace
from profiles import versions
from profiles.models import Interaction

# Clusters move slowly, and whoever met an item that moved is stated again.
REST = timedelta(hours=6)


def interests_due(workspace_id: int) -> QuerySet[Workspace]:
    """The workspace, where users met items since its interests were drawn, REST ago or more.

    Or where they were never drawn, or by another version.
    """
    newer = Interaction.objects.filter(workspace=OuterRef("pk"), pk__gt=OuterRef("interests_seen"))
    rested = Q(interests_drawn_at__isnull=True) | Q(interests_drawn_at__lt=Now() - REST)
    other = ~Q(interests_version=versions.INTERESTS) & Q(interests_drawn_at__isnull=False)
    rows = Workspace.objects.filter(pk=workspace_id)
    return rows.filter((Q(Exists(newer)) & rested) | other)
