"""Keep a slate to what the caller's filters fit, and weigh what the caller favours."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.arrays import Floats, Ids
from recommendations.engine.rules import NOTHING
from recommendations.queries.details import Candidates
from recommendations.queries.filtering import condition_of, find_matching, load_factors, only
from recommendations.queries.proposals import Asker
from recommendations.queries.remembered import broad
from recommendations.rows import SlateRequest, SlateWarning

# Where no more than this fit, the sources are told which they are, and look nowhere else: exact,
# and faster than to try what lies on the way. Where more fit, enough of them lie on the way.
MOST_KNOWN = 3_000
# A list that the sources leave short is filled from the newest that fit.
FILLED_FROM = 100


Fitting = Callable[[], Ids]


def narrow(
    asker: Asker, request: SlateRequest, warnings: list[SlateWarning]
) -> tuple[Asker, Fitting]:
    """Return who asks, with what the items must fit, and how to get some items that do.

    One query; none without filters, or where more than 3,000 items fitted them half a minute ago.
    Where nothing fits, the list is empty, or unfiltered for a request that is not strict; a
    warning says which.
    """
    if request.filters is None:
        return asker, nothing
    workspace_id = asker.standing.workspace_id
    condition = condition_of(workspace_id, request.filters)

    def find() -> Ids:
        return find_matching(workspace_id, condition, asker.barred, MOST_KNOWN + 1, now=asker.now)

    named = f"{condition.sql} {sorted(condition.parameters.items())}"
    if broad.has(named):
        return replace(asker, among=condition), lambda: find()[-FILLED_FROM:]
    found = find()
    if len(found) > MOST_KNOWN:
        broad.keep({named: True})
        return replace(asker, among=condition), lambda: found[-FILLED_FROM:]
    if len(found):
        return replace(asker, among=only(found)), lambda: found[-FILLED_FROM:]
    if not request.strict:
        message = "Nothing that may be shown fits the filters, so the list is not filtered."
        warnings.append(SlateWarning("filters_dropped", message))
        return asker, nothing
    message = "Nothing that may be shown fits the filters."
    warnings.append(SlateWarning("nothing_fits", message))
    return replace(asker, among=only(found)), nothing


def nothing() -> Ids:
    """Fit nothing."""
    return NOTHING


def filled(items: Ids, fitting: Fitting, length: int) -> Ids:
    """Return what the sources named, and what fits where that is too little to fill a list."""
    return np.union1d(items, fitting()) if len(items) < length else items


def factors_of(asker: Asker, request: SlateRequest, candidates: Candidates) -> Floats | None:
    """Return how much the boosts raise each candidate; None without boosts. One query then."""
    if not request.boosts:
        return None
    return load_factors(asker.standing.workspace_id, request.boosts, candidates.ids)
