"""Keep a slate free of what its user never wants, whatever else speaks for it."""

from dataclasses import replace

from recommendations.queries.fetching import array_text
from recommendations.queries.filtering import Condition
from recommendations.queries.proposals import Asker
from recommendations.services.narrowing import Fitting, nothing

BEARS_NONE = """NOT EXISTS (SELECT FROM catalog_itemtag AS refused
   WHERE refused.item_id = item.id AND refused.tag_id = ANY(%(refused)s::bigint[]))"""


def heeding(asker: Asker, fitting: Fitting) -> tuple[Asker, Fitting]:
    """Let no source name what bears a tag that the user said never to.

    It is a condition like a filter, so that the sources look past such items, and the list is not
    left short for them. `fitting`, what a short list would be filled with, has not been held
    against it and is given up where there is one.
    """
    tags = sorted(tag for tag, one in asker.statements.items() if one.is_refusal)
    if not tags:
        return asker, fitting
    among = asker.among
    sql = f"({among.sql} AND {BEARS_NONE})" if among.sql else f"({BEARS_NONE})"
    parameters = among.parameters | {"refused": array_text(tags)}
    return replace(asker, among=Condition(sql, parameters, among.ids)), nothing
