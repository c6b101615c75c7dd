"""Say what a request would match, without serving it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from accounts.models import Workspace
from core.errors import InvalidError
from recommendations.filters import (
    AttributeExists,
    AttributeIs,
    AttributeRange,
    Filter,
    Joined,
    Node,
    Words,
)
from recommendations.queries.filtering import count_matching
from recommendations.rows import Checked, SlateRequest, SlateWarning

# So many names of a request are looked up: a misspelt one is among the first that somebody wrote.
MOST_NAMES = 20


def check_request(*, workspace: Workspace, body: Mapping[str, Any], now: datetime) -> Checked:
    """Check a request's body, and count what its filters and boosts fit. One query.

    Names that no item has are warned of: a misspelt attribute is no mistake of form.
    """
    try:
        request = SlateRequest.parse(body)
    except InvalidError as error:
        told = {name: error.details.get(name) for name in ("field", "value")}
        return Checked(problem=told | {"message": error.message})
    wanted = [one.filter for one in request.boosts]
    if request.filters is not None:
        wanted.insert(0, request.filters)
    named = dict(name for one in wanted for name in _names(one.root))
    names = dict(list(named.items())[:MOST_NAMES])
    probes = [Filter({}, node) for node in names.values()]
    available, counts = count_matching(workspace.pk, [*wanted, *probes], now=now)
    missing = [name for name, count in zip(names, counts[len(wanted) :], strict=True) if not count]
    filtered = request.filters is not None
    return Checked(
        available=available,
        matching=counts[0] if filtered else available,
        boosted=tuple(counts[int(filtered) : len(wanted)]),
        warnings=tuple(
            SlateWarning("unknown_name", f"Nothing that is to be had has the {name}.")
            for name in missing
        ),
    )


def _names(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield each name that a filter speaks of, and the filter of the items that have it."""
    match node:
        case Joined(parts=parts):
            for part in parts:
                yield from _names(part)
        case AttributeIs(name=name) | AttributeRange(name=name) | AttributeExists(name=name):
            yield f"attribute {name!r}", AttributeExists(name, is_there=True)
        case Words(kind=kind):
            for word in (*node.any, *node.all, *node.none):
                yield f"{kind.removesuffix('s')} {word!r}", Words(kind, any=(word,))
        case _:
            return
