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
    """An item in brief: its title, who made it, the year it is from, the start of its text.

    A year before the common era is negative; `year` is None where none is known.
    """

    title: str
    makers: str = ""
    year: int | None = None
    blurb: str = ""


def cards_of(workspace: Workspace, external_ids: Sequence[str]) -> dict[str, Card]:
    """Return the cards of the items that exist, by external id. One query."""
    rows = Item.objects.filter(workspace=workspace, external_id__in=external_ids).values_list(
        "external_id", "title", "text", "attributes"
    )
    return {
        external_id: Card(
            title=title or external_id,
            makers=_makers(attributes),
            year=_year(attributes.get("year")),
            blurb=text[:LONGEST_BLURB],
        )
        for external_id, title, text, attributes in rows
    }


def _makers(attributes: dict[str, object]) -> str:
    maker = next((attributes[name] for name in MAKERS if attributes.get(name)), "")
    makers = [str(one) for one in maker] if isinstance(maker, list) else [str(maker)]
    return ", ".join(one for one in makers if one)


def _year(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
