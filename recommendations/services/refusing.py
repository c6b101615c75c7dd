"""Keep a slate free of what its user never wants, whatever else speaks for it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.arrays import Ids
from recommendations.engine.rules import NOTHING
from recommendations.queries.details import Candidates
from recommendations.queries.fetching import array_text
from recommendations.queries.filtering import Condition
from recommendations.queries.proposals import Asker, Proposal, Ranked

BEARS_NONE = """NOT EXISTS (SELECT FROM catalog_itemtag AS refused
   WHERE refused.item_id = item.id AND refused.tag_id = ANY(%(refused)s::bigint[]))"""


def heeding(asker: Asker) -> Asker:
    """Let no source name what bears a tag that the user said never to.

    It is a condition like a filter, so that the sources look past such items, and the list is not
    left short for them. Filters come after it, see `narrowing.narrow`.
    """
    tags = sorted(tag for tag, one in asker.statements.items() if one.is_refusal)
    if not tags:
        return asker
    refusing = Condition(BEARS_NONE, {"refused": array_text(tags)})
    return replace(asker, among=asker.among.along_with(refusing), is_refusing=True)


def set_aside(asker: Asker, found: Sequence[Proposal | Ranked], named: Ids) -> Ids:
    """Return what the sources would have named beside, had the user refused nothing.

    It is not shown, and goes on setting the scale of each source: without it, to refuse one thing
    would change what all others count against each other. Where too much fits the filters to know
    which of it does, nothing is returned.
    """
    if not asker.is_refusing:
        return NOTHING
    ranked = [one for one in found if isinstance(one, Ranked)]
    heads = [ids[: one.most] for one in ranked for ids in one.lists]
    return np.setdiff1d(np.concatenate([NOTHING, *heads]), named)


def playing(candidates: Candidates, refused: Ids) -> Candidates:
    """Leave out what is refused and not to be had either: it never set a scale."""
    return candidates.some(candidates.is_available | ~np.isin(candidates.ids, refused))
