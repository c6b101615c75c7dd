"""Ask the sources, and go on without those that fail."""

from collections.abc import Sequence

import numpy as np
import structlog

from core.arrays import Ids
from recommendations.engine.rules import NOTHING
from recommendations.engine.sources import Scored
from recommendations.queries import proposals
from recommendations.queries.details import Candidates
from recommendations.queries.fetching import contained
from recommendations.queries.proposals import Asker, Proposal
from recommendations.rows import SlateWarning

log = structlog.get_logger(__name__)


def gather(
    asker: Asker, sources: Sequence[str], warnings: list[SlateWarning]
) -> tuple[list[Proposal], Ids]:
    """Let each wanted source propose items. Returns the proposals and all items in them.

    One query a source. A source that fails is left out, and a warning says so.
    """
    found: list[Proposal] = []
    for find, names in proposals.FINDERS.items():
        wanted = [name for name in names if proposals.ASKED_AS.get(name, name) in sources]
        if not wanted:
            continue
        try:
            with contained():
                found += [one for one in find(asker) if one.source in wanted]
        except Exception:  # whatever ails one source, the others still serve
            log.exception("source.failed", sources=wanted)
            warnings.append(_left_out(wanted))
    named = [one.items for one in found]
    return found, np.unique(np.concatenate(named)) if named else NOTHING


def score_all(
    found: Sequence[Proposal], candidates: Candidates, warnings: list[SlateWarning]
) -> list[Scored]:
    """Let each source score all candidates; one that fails is left out with a warning."""
    scored = []
    for proposal in found:
        try:
            scored.append(proposal.score(candidates))
        except Exception:
            log.exception("source.failed", sources=[proposal.source])
            warnings.append(_left_out([proposal.source]))
    return scored


def _left_out(sources: Sequence[str]) -> SlateWarning:
    named = ", ".join(sources)
    return SlateWarning("source_failed", f"Served without {named}, which failed just now.")
