"""What one user did, the newest first, as the user and staff look through it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from core.errors import NotFoundError
from profiles.models import Interaction, User
from profiles.queries.rulings import is_put_away

PAGE = 50


@dataclass(frozen=True, slots=True)
class Deed:
    """One interaction: `key` names it to whoever deletes it, `text` is the cleaned review.

    Where staff have hidden the review there is no text, and `is_hidden` says so. `item` is the
    external id, `slate` the slate that it answers to, if any.
    """

    key: UUID
    item: str
    slate: UUID | None
    kind: str
    title: str
    value: float | None
    happened_at: datetime | None
    text: str
    is_hidden: bool = False


def history_of(user: User, page: str | int = 1) -> Page[Deed]:
    """Return one page of what the user did; a page that is not there becomes the nearest one.

    An undated interaction stands where it arrived. Two queries.
    """
    newest = Coalesce("happened_at", "received_at").desc()
    shown: Page[Any] = Paginator(_deeds(user).order_by(newest, "-pk"), PAGE).get_page(page)
    shown.object_list = [_deed(row) for row in shown.object_list]
    return shown


def deed_of(user: User, key: UUID) -> Deed:
    """Return one interaction of the user's. Raises NotFoundError where there is none. One query."""
    row = _deeds(user).filter(event_key=key).first()
    if row is None:
        raise NotFoundError("There is no such interaction.", event_id=str(key))
    return _deed(row)


def _deeds(user: User) -> QuerySet[Interaction]:
    rows = Interaction.objects.filter(user=user).select_related("item", "kind")
    return rows.annotate(words=F("review__clean_text"), standing=F("review__standing"))


def _deed(row: Interaction) -> Deed:
    is_hidden = is_put_away(getattr(row, "standing", None))
    return Deed(
        key=row.event_key,
        item=row.item.external_id,
        slate=row.slate_id,
        kind=row.kind.name,
        title=str(row.item),
        value=row.value,
        happened_at=row.happened_at,
        text="" if is_hidden else getattr(row, "words", None) or "",
        is_hidden=is_hidden,
    )
