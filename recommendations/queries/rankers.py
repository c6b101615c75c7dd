"""The ranker of a fit, read from Postgres once and remembered."""

from collections.abc import Mapping
from typing import Any

import structlog

from recommendations.engine.reranking import ServedRanker
from recommendations.queries.fetching import fetch
from recommendations.queries.kept import Shelf

log = structlog.get_logger(__name__)

# A few workspaces' rankers: some 2 MB each.
MOST_RANKERS = 32

RANKER = "SELECT ranker FROM recommendations_fit WHERE id = %(fit)s"

_rankers: Shelf[int, ServedRanker | None] = Shelf(MOST_RANKERS)


def load_ranker(fit_id: int) -> ServedRanker | None:
    """Return the ranker of a fit, None where it has none that can be read. At most one query."""
    [ranker] = _rankers.rows([fit_id], _read, None)
    return ranker


def ranker_from(
    fit_id: int, text: str, settings: Mapping[str, Any] | None = None
) -> ServedRanker | None:
    """Read the stored text; a text that cannot be read is logged, and the blend decides alone."""
    if not text:
        return None
    try:
        return ServedRanker.parse(text, settings)
    except ValueError as error:
        log.warning("fit.ranker_unreadable", fit=fit_id, reason=str(error))
        return None


def _read(fits: list[int]) -> dict[int, ServedRanker | None]:
    [fit_id] = fits
    rows = fetch(RANKER, {"fit": fit_id})
    return {fit_id: ranker_from(fit_id, rows[0][0]) if rows else None}
