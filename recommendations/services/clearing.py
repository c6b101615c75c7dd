"""Clear away what fits that cannot serve again have left."""

from collections.abc import Collection

from django.db import connection
from django.db.models import Model

from recommendations.models import Companion, Fit, Popularity, Takers
from recommendations.queries.due import LEFT, fits_to_clear

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


def clear_away(workspace_id: int) -> int:
    """Delete the rows of fits that cannot serve again. Returns how many fits had any.

    Each table is a transaction of its own, and what an erasure holds is passed over, so that
    neither waits for the other. What stays because of that, or because the process ended, goes
    the next time. Postgres then knows how many rows there are by now. Safe to repeat.
    """
    fits = list(fits_to_clear(workspace_id).values_list("pk", flat=True))
    _delete_unheld(Takers, fits)
    if not Takers.objects.filter(fit__in=fits).exists():  # else each is looked through: `Companion`
        _delete_unheld(Companion, fits)
    for rows in LEFT[2:]:
        rows.objects.filter(fit__in=fits).delete()
    _count_rows()
    return len(fits)


def _delete_unheld(rows: type[Model], fits: Collection[int]) -> None:
    of_fits = rows._default_manager.filter(fit__in=fits)
    free = of_fits.select_for_update(skip_locked=True)
    of_fits.filter(pk__in=free.values("pk")).delete()


def _count_rows() -> None:
    """Let Postgres know how many rows a fit has; till then it may read all for a single item."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE recommendations_neighbours, recommendations_taglinks,"
            " recommendations_segmentfavourites, recommendations_popularity,"
            " recommendations_itemfactors, recommendations_takers, recommendations_companion"
        )
