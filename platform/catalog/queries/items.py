"""One workspace's items. Another workspace's are not there."""

from collections.abc import Collection
from typing import Any

from accounts.models import Workspace
from catalog.models import Item
from core.errors import NotFoundError


def get_item(workspace: Workspace, external_id: str) -> Item:
    """Return the item, or raise NotFoundError. One query."""
    try:
        return Item.objects.get(workspace=workspace, external_id=external_id)
    except Item.DoesNotExist:
        message = f"There is no item {external_id!r} here."
        raise NotFoundError(message, item=external_id) from None


def item_ids(workspace: Workspace, external_ids: Collection[str]) -> dict[str, int]:
    """Return the primary keys of the items that exist, by external id. One query."""
    found = Item.objects.filter(workspace=workspace, external_id__in=external_ids)
    return dict(found.values_list("external_id", "pk"))


def sent_fields(item: Item) -> dict[str, Any]:
    """Return the item as a partner would send it, for changing some fields and sending it back."""
    return {
        "id": item.external_id,
        "title": item.title,
        "text": item.text,
        "tags": list(item.given_tags),
        "attributes": item.attributes,
        "is_available": item.is_available,
        "available_from": item.available_from and item.available_from.isoformat(),
        "available_until": item.available_until and item.available_until.isoformat(),
    }
