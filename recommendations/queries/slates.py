"""Slates as they were served."""

from uuid import UUID

from accounts.models import Workspace
from catalog.models import Item
from core.arrays import Ids
from core.errors import NotFoundError
from recommendations.models import Slate
from recommendations.queries.fetching import fetch_ids
from recommendations.rows import SlateItem

CHAIN = """
WITH RECURSIVE chain AS (
    SELECT id, previous_id, item_ids FROM recommendations_slate
    WHERE id = %(slate)s AND workspace_id = %(workspace)s
    UNION
    SELECT earlier.id, earlier.previous_id, earlier.item_ids
    FROM recommendations_slate AS earlier JOIN chain ON earlier.id = chain.previous_id
)
SELECT DISTINCT unnest(item_ids) FROM chain
"""


def get_slate(workspace: Workspace, slate_id: UUID | str) -> Slate:
    """Return the slate, or raise NotFoundError. One query."""
    try:
        return Slate.objects.get(workspace=workspace, pk=UUID(str(slate_id)))
    except (Slate.DoesNotExist, ValueError):
        raise NotFoundError(
            f"No slate {slate_id} is known here; ask for a new one.", slate=str(slate_id)
        ) from None


def place_of(item: Item, slate: Slate) -> SlateItem | None:
    """Return the item's place on a slate with its reasons, as it was served; None off it."""
    if item.pk not in slate.item_ids:
        return None
    place = slate.item_ids.index(item.pk)
    return SlateItem(
        id=item.external_id,
        title=item.title or item.external_id,
        score=slate.scores[place],
        position=place + 1,
        reasons=tuple(slate.reasons[place]) if place < len(slate.reasons) else (),
        explored=item.pk in slate.explored,
    )


def load_shown(slate: Slate) -> Ids:
    """Return all items on this slate and on the pages before it. One query."""
    return fetch_ids(CHAIN, {"slate": slate.pk, "workspace": slate.workspace_id})
