"""Clear away what fits that cannot serve again have left."""

import structlog
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from recommendations.models import (
    Companion,
    FactorSpace,
    Fit,
    Neighbours,
    Popularity,
    SegmentFavourites,
    TagLinks,
    Takers,
)

log = structlog.get_logger(__name__)

# The one that serves and the two that served before it. One fit of 100,000 items and 100 links an
# item takes some 240 MB with its indexes.
KEPT_FITS = 3


def let_go(serving: Fit) -> None:
    """Let all fits but this and those that served last never serve again. Three queries.

    Those that were learnt before an erasure go, too. By their popularity a fit is known as one
    that may serve (see `hindrance_of`), so only that is deleted here, while others wait for the
    switch; `clear_away` deletes the rest.
    """
    here = Fit.objects.filter(workspace_id=serving.workspace_id)
    served = here.filter(served_at__isnull=False, erasures=serving.erasures)
    newest = served.order_by("-served_at", "-pk").values_list("pk", flat=True)
    others = here.exclude(pk__in=list(newest[:KEPT_FITS]))
    others.exclude(ranker="").update(ranker="")
    Popularity.objects.filter(fit__in=others).delete()


def spent(workspace_id: int) -> QuerySet[Fit]:
    """Return the fits that have served and cannot serve again."""
    served = Fit.objects.filter(workspace_id=workspace_id, served_at__isnull=False)
    known = Popularity.objects.filter(fit=OuterRef("pk"))
    return served.exclude(state=Fit.State.SERVING).filter(~Exists(known))


def clear_away(workspace_id: int) -> None:
    """Delete the rows of spent fits, and let Postgres know how many rows there are by now.

    Each table is a transaction of its own, and what an erasure holds is passed over, so that
    neither waits for the other. What stays because of that, or because the process ended, goes
    the next time. Safe to repeat.
    """
    fits = list(spent(workspace_id).values_list("pk", flat=True))
    of_fits = {"fit__in": fits}
    takers = Takers.objects.filter(**of_fits)
    unheld = takers.select_for_update(skip_locked=True)
    Takers.objects.filter(pk__in=unheld.values("pk")).delete()
    if takers.exists():
        log.info("fits.held", workspace_id=workspace_id)
    else:  # who leaves `Companion` is looked for in all `Takers`
        passed = Companion.objects.filter(**of_fits).select_for_update(skip_locked=True)
        Companion.objects.filter(pk__in=passed.values("pk")).delete()
    for rows in (Neighbours, TagLinks, SegmentFavourites, FactorSpace):
        rows.objects.filter(**of_fits).delete()
    _count_rows()


def _count_rows() -> None:
    """Let Postgres know how many rows a fit has; till then it may read all for a single item."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE recommendations_neighbours, recommendations_taglinks,"
            " recommendations_segmentfavourites, recommendations_popularity,"
            " recommendations_itemfactors, recommendations_takers, recommendations_companion"
        )
