"""Keep a slate to what the caller's filters fit, and weigh what the caller favours."""

from dataclasses import replace

import numpy as np

from core.arrays import Floats, Ids
from recommendations.engine.rules import NOTHING
from recommendations.queries.details import Candidates
from recommendations.queries.filtering import condition_of, find_matching, load_factors, only
from recommendations.queries.proposals import Asker
from recommendations.rows import SlateRequest, SlateWarning

# Where no more than this fit, the sources are told which they are, and look nowhere else: exact,
# and faster than to try what lies on the way. Where more fit, enough of them lie on the way.
MOST_KNOWN = 3_000
# A list that the sources leave short is filled from the newest that fit.
FILLED_FROM = 100


def narrow(asker: Asker, request: SlateRequest, warnings: list[SlateWarning]) -> tuple[Asker, Ids]:
    """Return who asks, with what the items must fit, and some items that do.

    One query, and none without filters. Where nothing fits, the list is empty, or unfiltered for
    a request that is not strict; a warning says which.
    """
    if request.filters is None:
        return asker, NOTHING
    workspace_id = asker.standing.workspace_id
    condition = condition_of(workspace_id, request.filters)
    found = find_matching(workspace_id, condition, asker.barred, MOST_KNOWN + 1, now=asker.now)
    if not len(found) and not request.strict:
        message = "Nothing that may be shown fits the filters, so the list is not filtered."
        warnings.append(SlateWarning("filters_dropped", message))
        return asker, NOTHING
    if not len(found):
        message = "Nothing that may be shown fits the filters."
        warnings.append(SlateWarning("nothing_fits", message))
    if len(found) <= MOST_KNOWN:
        condition = only(found)
    return replace(asker, among=condition), found[-FILLED_FROM:]


def filled(items: Ids, fitting: Ids, length: int) -> Ids:
    """Return what the sources named, and what fits where that is too little to fill a list."""
    return np.union1d(items, fitting) if len(items) < length else items


def factors_of(asker: Asker, request: SlateRequest, candidates: Candidates) -> Floats | None:
    """Return how much the boosts raise each candidate; None without boosts. One query then."""
    if not request.boosts:
        return None
    return load_factors(asker.standing.workspace_id, request.boosts, candidates.ids)
