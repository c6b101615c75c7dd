"""What a page shows of an item."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Workspace
from catalog.models import Item

# The attribute that says who made an item, by the names that catalogues use.
MAKERS = ("author", "authors", "artist", "director", "creator", "brand")
LONGEST_BLURB = 280


@dataclass(frozen=True, slots=True)
class Card:
    """An item in brief: its title, who made it and when, and the start of its text."""

    title: str
    byline: str
    blurb: str


def cards_of(workspace: Workspace, external_ids: Sequence[str]) -> dict[str, Card]:
    """Return the cards of the items that exist, by external id. One query."""
    rows = Item.objects.filter(workspace=workspace, external_id__in=external_ids).values_list(
        "external_id", "title", "text", "attributes"
    )
    return {
        external_id: Card(title or external_id, _byline(attributes), text[:LONGEST_BLURB])
        for external_id, title, text, attributes in rows
    }


def _byline(attributes: dict[str, object]) -> str:
    maker = next((attributes[name] for name in MAKERS if attributes.get(name)), "")
    makers = [str(one) for one in maker] if isinstance(maker, list) else [str(maker)]
    year = attributes.get("year")
    parts = [", ".join(one for one in makers if one), str(year) if year is not None else ""]
    return " · ".join(part for part in parts if part)
