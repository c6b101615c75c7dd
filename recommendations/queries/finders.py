"""Every source by the function that lets it propose items."""

from collections.abc import Callable

from recommendations.engine.sequence import SOURCE as SEQUENCE
from recommendations.queries.further_proposals import (
    propose_company,
    propose_new,
    propose_segment,
    propose_trending,
)
from recommendations.queries.proposals import (
    Asker,
    Proposal,
    Ranked,
    propose_factors,
    propose_neighbours,
    propose_popular,
    propose_portrait,
    propose_sequence,
    propose_tagged,
    propose_taste,
)

Finder = Callable[[Asker], list[Proposal] | list[Ranked]]
FINDERS: dict[Finder, tuple[str, ...]] = {
    propose_neighbours: ("neighbours",),
    propose_factors: ("factors",),
    propose_company: ("company",),
    propose_sequence: (SEQUENCE,),
    propose_taste: ("taste",),
    propose_tagged: ("tags", "said"),
    propose_portrait: ("portrait",),
    propose_popular: ("popular", "recent"),
    propose_trending: ("trending",),
    propose_segment: ("segment",),
    propose_new: ("new",),
}
