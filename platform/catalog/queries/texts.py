"""Which items wait for a text stage, and what the stages read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from catalog.models import Item, ItemVector, Space
from catalog.queries.spaces import find_space_beside, find_target_space
from catalog.texts import encoding_text


@dataclass(frozen=True, slots=True)
class ItemText:
    """An item's texts as they are now; the hashes tell later whether they have changed since."""

    id: int
    title: str
    text: str
    clean_text: str
    language: str
    tags: tuple[str, ...]
    attributes: dict[str, Any]
    source_hash: str
    content_hash: str

    @property
    def encoding_text(self) -> str:
        return encoding_text(self.title, self.clean_text, self.tags)


def items_to_clean(workspace_id: int, version: str) -> QuerySet[Item]:
    """Items that changed since they were cleaned, or were cleaned by another version."""
    stale = ~Q(cleaned_source=F("source_hash")) | ~Q(clean_version=version)
    return Item.objects.filter(stale, workspace_id=workspace_id)


def items_to_encode(workspace_id: int) -> QuerySet[Item]:
    """Items whose text has no vector in the space that is to hold them all."""
    return _without_vector(workspace_id, find_target_space(workspace_id))


def items_to_serve(workspace_id: int) -> QuerySet[Item]:
    """Items whose text has no vector in the space that serves while another is being filled.

    Those that came or changed since the switch began: they are found meanwhile as ever. None
    where no switch is under way.
    """
    space = find_space_beside(workspace_id)
    return Item.objects.none() if space is None else _without_vector(workspace_id, space)


def items_to_tag(workspace_id: int, version: str) -> QuerySet[Item]:
    """Cleaned items that changed since they were tagged, or were tagged by another version."""
    stale = ~Q(tagged_source=F("source_hash")) | ~Q(tag_version=version)
    return Item.objects.filter(stale, workspace_id=workspace_id, cleaned_source=F("source_hash"))


def load_item_texts(ids: Sequence[int]) -> list[ItemText]:
    """Return the texts of those items that still exist. One query."""
    rows = Item.objects.filter(pk__in=ids).values_list(
        "pk",
        "title",
        "text",
        "clean_text",
        "language",
        "given_tags",
        "attributes",
        "source_hash",
        "content_hash",
    )
    return [
        ItemText(
            *row[:5], tags=tuple(row[5]), attributes=row[6], source_hash=row[7], content_hash=row[8]
        )
        for row in rows.order_by("pk")
    ]


def _without_vector(workspace_id: int, space: Space | None) -> QuerySet[Item]:
    """Clean items whose text has no vector in this space; all of them where there is no space."""
    cleaned = Item.objects.filter(
        workspace_id=workspace_id, cleaned_source=F("source_hash")
    ).exclude(content_hash="")
    if space is None:
        return cleaned
    done = ItemVector.objects.filter(
        space=space, item=OuterRef("pk"), content_hash=OuterRef("content_hash")
    )
    return cleaned.filter(~Exists(done))
