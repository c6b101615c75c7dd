"""Ask the sources, and go on without those that fail."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

import numpy as np
import structlog
from django.conf import settings

from core.arrays import Ids
from recommendations.engine.rules import NOTHING
from recommendations.engine.sources import Scored
from recommendations.queries import finders, proposals
from recommendations.queries.details import Candidates
from recommendations.queries.fetching import contained, is_late, within
from recommendations.queries.finders import Finder
from recommendations.queries.proposals import Asker, Proposal, Ranked
from recommendations.rows import SlateWarning
from recommendations.services.narrowing import Fitting, nothing
from recommendations.services.refusing import set_aside

log = structlog.get_logger(__name__)


def gather(
    asker: Asker,
    sources: Sequence[str],
    warnings: list[SlateWarning],
    fitting: Fitting = nothing,
) -> tuple[list[Proposal], Ids, Ids]:
    """Let each wanted source propose items, and where they are too few for a list, add what fits.

    Returns the proposals, all items that come into question, and what only refusals kept out, see
    `set_aside`.

    At most one query a source, two each for what is new and for company, four each for factors and
    sequences, one or two for what is to be had of what they name, and one for what fits. A source
    that fails or is late is left out, and a warning says so; how long each may take says `hurried`,
    which belongs around this. Where it cannot be told at once what is to be had of what is named
    from memory, each source asks for its own, which takes more queries.
    """
    found: list[Proposal | Ranked] = []
    for find, names in finders.FINDERS.items():
        wanted = [name for name in names if name in sources]
        if wanted:
            found += _ask(find, asker, wanted, warnings)
    named = _opened(asker, found, warnings)
    items, beside = _together(named), NOTHING
    if len(items) < asker.length:
        with excused(["filling"], warnings, part="what would fill the list up"):
            beside = fitting()
    items = np.union1d(items, beside)
    refused = set_aside(asker, found, items)
    everything = np.union1d(items, refused) if len(refused) else items
    ready = [one for one in named if _is_ready(one, everything, warnings)]
    if len(ready) < len(named):
        items = np.union1d(_together(ready), beside)
    return ready, items, refused


def _together(named: Sequence[Proposal]) -> Ids:
    return np.unique(np.concatenate([NOTHING, *(one.items for one in named)]))


def _is_ready(one: Proposal, items: Ids, warnings: list[SlateWarning]) -> bool:
    """Let a source read what it must of all items. Returns whether it can go on."""
    is_ready = one.read is None
    if one.read is not None:
        with excused([one.source], warnings):
            one.read(items)
            is_ready = True
    return is_ready


def _ask(
    find: Finder, asker: Asker, wanted: Sequence[str], warnings: list[SlateWarning]
) -> list[Proposal | Ranked]:
    """Ask one source; whatever ails it, the others still serve."""
    found: list[Proposal | Ranked] = []
    with excused(wanted, warnings):
        kept = [_of_sources(one, wanted) for one in find(asker)]
        found += [one for one in kept if one is not None]
    return found


@contextmanager
def excused(
    sources: Sequence[str],
    warnings: list[SlateWarning],
    *,
    what: str = "source",
    part: str = "",
    milliseconds: float | None = None,
) -> Iterator[None]:
    """Go on where these sources fail or are late, and warn of it. Logs call them `what`.

    What is asked for the same sources, here and before, shares one budget of time; with
    `milliseconds` what is asked here has its own. A `part` is what is left out where that is no
    source, in words.
    """
    what = "part" if part else what
    try:
        with within(sources, milliseconds), contained():
            yield
    except Exception as error:
        if is_late(error):
            event = f"{what}.late"
            log.warning(event, sources=sources)
            warnings.append(_late(sources, part))
        else:
            event = f"{what}.failed"
            log.exception(event, sources=sources)
            warnings.append(_left_out(sources, part))


def _of_sources(one: Proposal | Ranked, wanted: Sequence[str]) -> Proposal | Ranked | None:
    """Keep those of the sources that were asked for; None where no one of them was."""
    if isinstance(one, Proposal):
        return one if one.source in wanted else None
    scores = {name: one.scores[name] for name in one.scores if name in wanted}
    return replace(one, scores=scores) if scores else None


def _opened(
    asker: Asker, found: Sequence[Proposal | Ranked], warnings: list[SlateWarning]
) -> list[Proposal]:
    """Turn what was ranked into proposals of what is to be had, each where it stood."""
    ranked = [one for one in found if isinstance(one, Ranked)]
    opened = _opened_together(asker, ranked)
    if opened is None:
        opened = _opened_one_by_one(asker, ranked, warnings)
    of = {one.source: one for one in opened}
    laid: list[Proposal] = []
    for one in found:
        if isinstance(one, Ranked):
            laid += [of[name] for name in one.scores if name in of]
        else:
            laid.append(one)
    return laid


def _opened_together(asker: Asker, ranked: Sequence[Ranked]) -> list[Proposal] | None:
    """Ask once for all; None where that fails or is late."""
    if not ranked:
        return []
    opened: list[Proposal] | None = None
    with excused([name for one in ranked for name in one.scores], [], what="sources"):
        opened = proposals.first_open(asker, ranked)
    return opened  # noqa: RET504 - None where that was excused


def _opened_one_by_one(
    asker: Asker, ranked: Sequence[Ranked], warnings: list[SlateWarning]
) -> list[Proposal]:
    """Ask for each by itself, so that those still serve which can.

    All together may take as long once more as one source may: each an even share of what is left.
    """
    found: list[Proposal] = []
    until = perf_counter() + settings.SOURCE_MILLISECONDS / 1_000
    for place, one in enumerate(ranked):
        share = max(1.0, (until - perf_counter()) * 1_000 / (len(ranked) - place))
        with excused(list(one.scores), warnings, milliseconds=share):
            found += proposals.first_open(asker, [one])
    return found


def score_all(
    found: Sequence[Proposal], candidates: Candidates, warnings: list[SlateWarning]
) -> list[Scored]:
    """Let each source score all candidates; one that fails is left out with a warning."""
    scored = []
    for proposal in found:
        with excused([proposal.source], warnings):
            scored.append(proposal.score(candidates))
    return scored


def _late(sources: Sequence[str], part: str) -> SlateWarning:
    """Say that what was asked took too long."""
    named, most = part or ", ".join(sources), settings.SOURCE_MILLISECONDS
    message = f"Served without {named}: late, with {most} ms at most. Ask again in a moment."
    return SlateWarning("part_late" if part else "source_late", message)


def _left_out(sources: Sequence[str], part: str) -> SlateWarning:
    """Say that what was asked failed."""
    named = part or ", ".join(sources)
    message = f"Served without {named}, which failed just now; the log says why."
    return SlateWarning("part_failed" if part else "source_failed", message)
