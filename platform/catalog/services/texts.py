"""What the clean stage found out about items is kept, unless they have changed meanwhile."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from catalog.models import Item
from catalog.services.duplicates import settle, wait_for_turn

STORE = """
    UPDATE catalog_item AS item
    SET clean_text = new.clean_text, language = new.language, content_hash = new.content_hash,
        cleaned_source = new.source_hash, clean_version = %s,
        bands = ARRAY(SELECT jsonb_array_elements_text(new.bands::jsonb)::bigint)
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        AS new (id, source_hash, clean_text, language, content_hash, bands)
    WHERE item.id = new.id AND item.source_hash = new.source_hash
"""


@dataclass(frozen=True, slots=True)
class CleanItem:
    """An item's clean text and its bands, and the hash of the source that it was made from."""

    id: int
    source_hash: str
    clean_text: str
    language: str
    content_hash: str
    bands: Sequence[int] = ()


@transaction.atomic
def store_clean_items(workspace_id: int, rows: Sequence[CleanItem], *, version: str) -> int:
    """Keep clean texts of items that still say what was cleaned, and find what they repeat.

    Returns how many were stored.
    """
    wait_for_turn(Item, workspace_id)
    with connection.cursor() as cursor:
        cursor.execute(
            STORE,
            [
                version,
                [row.id for row in rows],
                [row.source_hash for row in rows],
                [row.clean_text for row in rows],
                [row.language for row in rows],
                [row.content_hash for row in rows],
                [json.dumps(list(row.bands)) for row in rows],
            ],
        )
        stored = int(cursor.rowcount)
    settle(Item, workspace_id, [row.id for row in rows])
    return stored
