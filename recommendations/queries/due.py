"""Which workspaces should learn again, where items be counted again, and what may be deleted."""

from functools import reduce
from math import ceil
from operator import or_

from django.db.models import Exists, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Workspace
from profiles.models import Interaction
from recommendations.models import (
    Companion,
    Counting,
    FactorSpace,
    Fit,
    ItemRate,
    Neighbours,
    Popularity,
    SegmentFavourites,
    TagLinks,
    Takers,
)
from recommendations.queries.sequences import running_sequence

LEAST_NEW = 20
LEAST_GROWTH = 0.02
# What fits that cannot serve again may have left: what erasures touch too comes first.
LEFT = (Takers, Companion, Neighbours, TagLinks, SegmentFavourites, FactorSpace)


def learn_due(workspace_id: int) -> QuerySet[Workspace]:
    """Return the workspace where it should learn again, else nothing. At most five queries.

    It should where it has interactions and never learnt, or where at least 20 interactions came
    since, and they are at least 2 % of those it learnt from. A fit that lost counts as learning:
    the same interactions would lose again. After an erasure it should, whatever came since, and
    where another sequence model runs than the one that was looked at last, or none any more.
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
    if _is_about_another_sequence(latest, running_sequence(workspace_id)):
        return here
    least = max(LEAST_NEW, ceil(latest.interactions * LEAST_GROWTH))
    newer = since.filter(pk__gt=latest.last_interaction_id).order_by("pk")[:least].count()
    return here if newer >= least else here.none()


def _is_about_another_sequence(latest: Fit, running: str) -> bool:
    counted = latest.config.get("sequence", "")
    is_new = bool(running) and running != latest.config.get("sequence_known", "")
    return is_new or bool(counted and counted != running)


def rates_due(workspace_id: int) -> QuerySet[ItemRate]:
    """Return the rates that were counted before somebody was erased: they count who left."""
    return ItemRate.objects.filter(workspace_id=workspace_id, erasures__lt=F("workspace__erasures"))


def responses_due(workspace_id: int) -> QuerySet[Workspace]:
    """Return the workspace where interactions that name slates came since rates were counted."""
    newest = responses_of(workspace_id).order_by("-pk").values("pk")[:1]
    counted = Counting.objects.filter(workspace_id=workspace_id).values("last_interaction_id")
    here = Workspace.objects.filter(pk=workspace_id).alias(newest=Subquery(newest))
    return here.filter(newest__gt=Coalesce(Subquery(counted), 0))


def responses_of(workspace_id: int) -> QuerySet[Interaction]:
    """Return the workspace's interactions that name a slate."""
    return Interaction.objects.filter(workspace_id=workspace_id, slate_id__isnull=False)


def fits_to_clear(workspace_id: int) -> QuerySet[Fit]:
    """Return the fits that have served, cannot serve again (see `hindrance_of`), and have rows."""
    served = Fit.objects.filter(workspace_id=workspace_id, served_at__isnull=False)
    spent = served.exclude(state=Fit.State.SERVING).exclude(_has(Popularity))
    return spent.filter(reduce(or_, map(_has, LEFT)))


def _has(rows: type[Model]) -> Exists:
    return Exists(rows._default_manager.filter(fit=OuterRef("pk")))
