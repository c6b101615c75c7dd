"""Changing some of what is said about an item, and keeping the rest."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import Workspace
from catalog.models import Item
from catalog.queries.items import sent_fields
from catalog.rows import ItemIn
from catalog.services.items import upsert_items
from core.errors import NotFoundError
from core.rows import RowResult


@transaction.atomic
def amend_item(*, workspace: Workspace, external_id: str, changes: Mapping[str, Any]) -> RowResult:
    """Set the fields in `changes`; a null empties its field.

    Two amendments at once follow each other and both hold. Raises NotFoundError, or InvalidError
    naming field, value and remedy.
    """
    items = Item.objects.select_for_update(no_key=True).filter(workspace=workspace)
    item = items.filter(external_id=external_id).first()
    if item is None:
        raise NotFoundError(f"There is no item {external_id!r} here.", item=external_id)
    row = ItemIn.parse({**sent_fields(item), **changes, "id": external_id})
    return upsert_items(workspace=workspace, rows=[row])[0]
