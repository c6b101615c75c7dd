"""Ask the sources, and go on without those that fail."""

from collections.abc import Sequence

import numpy as np
import structlog
from django.conf import settings

from core.arrays import Ids
from recommendations.engine.rules import NOTHING
from recommendations.engine.sources import Scored
from recommendations.queries import proposals
from recommendations.queries.details import Candidates
from recommendations.queries.fetching import contained, hurried, is_late
from recommendations.queries.proposals import Asker, Finder, Proposal
from recommendations.rows import SlateWarning

log = structlog.get_logger(__name__)


def gather(
    asker: Asker, sources: Sequence[str], warnings: list[SlateWarning]
) -> tuple[list[Proposal], Ids]:
    """Let each wanted source propose items. Returns the proposals and all items in them.

    One query a source, and two to set how long each may take. A source that fails or is late is
    left out, and a warning says so.
    """
    found: list[Proposal] = []
    with hurried(settings.SOURCE_MILLISECONDS):
        for find, names in proposals.FINDERS.items():
            wanted = [name for name in names if proposals.ASKED_AS.get(name, name) in sources]
            if wanted:
                found += _ask(find, asker, wanted, warnings)
    named = [one.items for one in found]
    return found, np.unique(np.concatenate(named)) if named else NOTHING


def _ask(
    find: Finder, asker: Asker, wanted: Sequence[str], warnings: list[SlateWarning]
) -> list[Proposal]:
    """Ask one source; whatever ails it, the others still serve."""
    try:
        with contained():
            return [one for one in find(asker) if one.source in wanted]
    except Exception as error:
        if is_late(error):
            log.warning("source.late", sources=wanted)
            warnings.append(late(wanted))
        else:
            log.exception("source.failed", sources=wanted)
            warnings.append(left_out(wanted))
    return []


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
            warnings.append(left_out([proposal.source]))
    return scored


def late(sources: Sequence[str]) -> SlateWarning:
    """Say that what was asked took too long."""
    named, most = ", ".join(sources), settings.SOURCE_MILLISECONDS
    return SlateWarning("source_late", f"Served without {named}, which took more than {most} ms.")


def left_out(sources: Sequence[str]) -> SlateWarning:
    """Say that what was asked failed."""
    named = ", ".join(sources)
    return SlateWarning("source_failed", f"Served without {named}, which failed just now.")
