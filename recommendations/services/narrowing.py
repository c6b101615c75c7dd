"""Keep a slate to what the caller's filters fit, and weigh what the caller favours."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.arrays import Floats, Ids
from recommendations.engine.rules import NOTHING
from recommendations.queries.details import Candidates
from recommendations.queries.filtering import (
    Condition,
    condition_of,
    find_matching,
    load_factors,
    only,
)
from recommendations.queries.proposals import Asker
from recommendations.queries.remembered import broad
from recommendations.rows import SlateRequest, SlateWarning

# Where no more than this fit, the sources are told which they are, and look nowhere else: exact,
# and faster than to try what lies on the way. Where more fit, enough of them lie on the way.
MOST_KNOWN = 8_000
# A list that the sources leave short is filled from the newest that fit.
FILLED_FROM = 100


Fitting = Callable[[], Ids]


def narrow(
    asker: Asker, request: SlateRequest, warnings: list[SlateWarning]
) -> tuple[Asker, Fitting]:
    """Return who asks, with what the items must fit, and how to get some items that do.

    What fits bears nothing that the user said never to either. One query, and one more where they
    said so; none without filters, or where more than 8,000 items fitted half a minute ago; and one
    where filters name tags. Where nothing fits, the list is empty, or unfiltered for a request that
    is not strict; a warning says which.
    """
    if request.filters is None:
        return asker, nothing
    workspace_id = asker.standing.workspace_id
    wanted = condition_of(workspace_id, request.filters)
    among = wanted.along_with(asker.among)

    def find(condition: Condition) -> Ids:
        return find_matching(workspace_id, condition, asker.barred, MOST_KNOWN + 1, now=asker.now)

    named = f"{among.sql} {sorted(among.parameters.items())}"
    looking = replace(asker, among=among, is_refusing=False)
    if broad.has(named):
        return looking, lambda: find(among)[-FILLED_FROM:]
    found = find(among)
    if len(found) > MOST_KNOWN:
        broad.keep({named: True})
        return looking, lambda: found[-FILLED_FROM:]
    if len(found):
        both = find(wanted) if asker.is_refusing else found
        return _knowing(asker, found, both), lambda: found[-FILLED_FROM:]
    if not request.strict:
        message = "Nothing that may be shown fits the filters, so the list is not filtered."
        warnings.append(SlateWarning("filters_dropped", message))
        return asker, nothing
    message = (
        "Nothing that may be shown fits the filters. Ask for less of an item, or with strict set "
        "to false for a list without filters."
    )
    warnings.append(SlateWarning("nothing_fits", message))
    return _knowing(asker, found, found), nothing


def _knowing(asker: Asker, found: Ids, both: Ids) -> Asker:
    """Return who asks, told what fits; `both` is with what they refuse, all of it where it is few.

    What is refused and fits goes on setting the scale of the sources, see `refusing.set_aside`.
    """
    if len(both) > MOST_KNOWN:
        return replace(asker, among=only(found), is_refusing=False)
    return replace(asker, among=replace(only(found), ids=np.union1d(found, both)))


def nothing() -> Ids:
    """Fit nothing."""
    return NOTHING


def factors_of(asker: Asker, request: SlateRequest, candidates: Candidates) -> Floats | None:
    """Return how much the boosts raise each candidate; None without boosts. One query then."""
    if not request.boosts:
        return None
    return load_factors(asker.standing.workspace_id, request.boosts, candidates.ids)
