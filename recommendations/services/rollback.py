"""Go back to a fit that served before."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from accounts.models import Workspace
from core.errors import ConflictError
from recommendations.models import Fit
from recommendations.queries.fits import fit_before, get_fit, get_fit_row

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WentBack:
    """The fit that serves now, and the one it took over from; None where it served already."""

    fit: Fit
    instead_of: Fit | None


@transaction.atomic
def roll_back(*, workspace: Workspace, now: datetime, to: int | None = None) -> WentBack:
    """Let an earlier fit serve again, from the next request on. Safe to repeat.

    Without `to`, that is the one that served before the newest came to serve. The fit that served
    until now keeps its rows, so that one can go forward again in the same way. What is learnt
    later is compared with the fit that serves then, and learning waits for as much that is new as
    it would have without.

    Raises NotFoundError for a fit that the workspace has not; ConflictError where there is none to
    go back to, or where it cannot serve: it lost, its rows are not kept any more, most of its
    items are gone, or it knows what somebody did who has been erased since.
    """
    # Nobody is erased and no new fit comes to serve while we look: both lock this row.
    here = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    fit = fit_before(here) if to is None else get_fit(here, to)
    if fit is None:
        raise ConflictError(
            f"No fit of {here.name!r} has served before the one that serves now.",
            reason="no_fit_before",
        )
    if fit.state == Fit.State.SERVING:
        return WentBack(fit, None)
    hindrance = get_fit_row(fit).hindrance
    if hindrance:
        raise ConflictError(
            f"Fit {fit.pk} cannot serve again. {hindrance}",
            reason="fit_hindered",
            fit=fit.pk,
            hindrance=hindrance,
        )
    before = Fit.objects.filter(workspace=here, state=Fit.State.SERVING).first()
    Fit.objects.filter(workspace=here, state=Fit.State.SERVING).update(state=Fit.State.RETIRED)
    fit.report = fit.report | {
        "served_again": {"at": now.isoformat(), "instead_of": before.pk if before else None}
    }
    fit.state, fit.served_at = Fit.State.SERVING, now
    fit.save(update_fields=["state", "served_at", "report"])
    log.info("fit.rolled_back", workspace_id=here.pk, fit=fit.pk)
    return WentBack(fit, before)
