"""An item as it is sent: the one reader of the API, the ingest command and the demo.

A row replaces the item whole: a field that is absent is empty afterwards. Fields that nothing
reads are ignored; `core.fields.unknown_fields` names them for whoever wants to warn.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from core import fields
from core.rows import hash_of

LONGEST_TITLE = 1_000
LONGEST_TEXT = 100_000
LONGEST_TAG = 200
MOST_TAGS = 200
LONGEST_ATTRIBUTES = 50_000


@dataclass(frozen=True, slots=True)
class ItemIn:
    """What a partner says about an item."""

    id: str
    title: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    is_available: bool = True
    available_from: datetime | None = None
    available_until: datetime | None = None

    @classmethod
    def parse(cls, row: Mapping[str, Any]) -> Self:
        """Return the item in `row`, or raise InvalidError that names field, value and remedy."""
        item = cls(
            id=fields.identifier(row, "id"),
            title=fields.prose(row, "title", longest=LONGEST_TITLE),
            text=fields.prose(row, "text", longest=LONGEST_TEXT),
            tags=fields.words(row, "tags", longest=LONGEST_TAG, most=MOST_TAGS),
            attributes=fields.mapping(row, "attributes", longest=LONGEST_ATTRIBUTES),
            is_available=fields.flag(row, "is_available", default=True),
            available_from=fields.moment(row, "available_from"),
            available_until=fields.moment(row, "available_until"),
        )
        if (
            item.available_from is not None
            and item.available_until is not None
            and item.available_from >= item.available_until
        ):
            fields.refuse(
                "available_until",
                row["available_until"],
                "send a later moment.",
                reason="ends_too_soon",
            )
        return item

    @property
    def source_hash(self) -> str:
        """Return the hash of the words that were sent, the same however the keys were ordered.

        Availability is not in it: an item that is sold out is not read anew.
        """
        sent = [self.title, self.text, self.tags, self.attributes]
        return hash_of(json.dumps(sent, sort_keys=True))
