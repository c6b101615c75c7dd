"""Users and interactions as they are sent: the one reader of the API, the command and the demo.

Fields that nothing reads are ignored; `core.fields.unknown_fields` names them for whoever wants
to warn.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from core import fields
from core.rows import hash_of

LONGEST_NAME = 200
LONGEST_LANGUAGE = 16
LONGEST_TRAITS = 50_000
LONGEST_KIND = 32
LONGEST_REVIEW = 50_000

# Stored keys rest on this value: changing it would make every interaction new.
EVENTS = uuid.UUID("6a1f3f0e-8d0c-5d5e-9a53-2f8f6a5b7c11")


@dataclass(frozen=True, slots=True)
class UserIn:
    """What a partner says about a user. It replaces what was said before."""

    id: str
    name: str = ""
    language: str = ""
    traits: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, row: Mapping[str, Any]) -> Self:
        """Return the user in `row`, or raise InvalidError that names field, value and remedy."""
        return cls(
            id=fields.identifier(row, "id"),
            name=fields.word(row, "name", longest=LONGEST_NAME),
            language=fields.word(row, "language", longest=LONGEST_LANGUAGE),
            traits=fields.mapping(row, "traits", longest=LONGEST_TRAITS),
        )


@dataclass(frozen=True, slots=True)
class InteractionIn:
    """What a partner says that a user did. Sent again, it adds to what it left out before."""

    user: str
    item: str
    kind: str
    value: float | None = None
    text: str = ""
    happened_at: datetime | None = None
    event_id: str = ""
    slate_id: uuid.UUID | None = None

    @classmethod
    def parse(cls, row: Mapping[str, Any]) -> Self:
        """Return the interaction in `row`, or raise InvalidError: field, value and remedy."""
        kind = fields.word(row, "kind", longest=LONGEST_KIND)
        if not kind:
            fields.refuse("kind", row.get("kind"), "it is required; send a kind of the workspace.")
        text = fields.prose(row, "text", longest=LONGEST_REVIEW)
        return cls(
            user=fields.identifier(row, "user"),
            item=fields.identifier(row, "item"),
            kind=kind,
            value=fields.number(row, "value"),
            text=text if text.strip() else "",
            happened_at=fields.moment(row, "happened_at"),
            event_id=fields.optional_identifier(row, "event_id"),
            slate_id=fields.uuid_of(row, "slate_id"),
        )

    @property
    def event_key(self) -> uuid.UUID:
        """Return what makes this interaction one and the same when it is sent again.

        It rests on the event id where there is one, else on user, item, kind, moment and text.
        The value is left out on purpose: a rating or a count that is sent again with another
        value is a correction.
        """
        if self.event_id:
            return key_of_event(self.event_id)
        moment = self.happened_at and self.happened_at.astimezone(UTC).isoformat()
        told = [self.user, self.item, self.kind, moment, self.text and hash_of(self.text)]
        return uuid.uuid5(EVENTS, f"row {json.dumps(told)}")

    @property
    def source_hash(self) -> str:
        """Return the hash of the text as it was sent."""
        return hash_of(self.text)


def key_of_event(event_id: str) -> uuid.UUID:
    """Return the key that an interaction sent with this event id is stored under."""
    return uuid.uuid5(EVENTS, f"id {event_id}")
