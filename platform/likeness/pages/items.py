"""An item's page: what it is, why it was on a list, and what goes with it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from catalog.models import Item, Tag
from catalog.queries.items import get_item
from catalog.queries.vocabulary import tags_of
from core.errors import NotFoundError
from likeness.pages.picks import picks_of_places
from likeness.pages.visitor import for_the_user, page_language
from profiles.models import User
from recommendations.models import Slate
from recommendations.queries.similar import similar_items
from recommendations.queries.slates import get_slate, place_of
from recommendations.rows import SlateItem

SIMILAR, MOST_TAGS = 6, 12
FULL = 99  # per cent from which on reasons leave nothing else to tell of, rounded as they are


@require_GET
@for_the_user
def item(request: HttpRequest, user: User, external_id: str) -> HttpResponse:
    """Show an item; `?slate=ID` tells why it was on that slate of theirs. At most eleven queries.

    An item that is still to come is not there yet.
    """
    found, now = get_item(user.workspace, external_id), timezone.now()
    if found.available_from and found.available_from > now:
        raise NotFoundError("This item is not to be had yet.", item=external_id)
    slate = _slate_of(user, request.GET.get("slate", ""))
    served = place_of(found, slate) if slate else None
    place = served or _bare(found.external_id, found.title)
    near = similar_items(found, length=SIMILAR, now=now)
    pick, *similar = picks_of_places(
        [place, *(_bare(one.id, one.title) for one in near)], user.workspace
    )
    context: dict[str, Any] = {
        "page": "for-you",
        "pick": pick,
        "text": found.text,
        "tags": _tags(found),
        "has_rest": sum(reason.percent for reason in pick.reasons) < FULL,
        "similar": similar,
        "slate_id": slate.pk if slate and served else "",
        "is_available": _is_available(found, now),
        "is_paused": user.is_paused,
    }
    return render(request, "pages/item.html", context)


def _slate_of(user: User, name: str) -> Slate | None:
    """Return the slate of this name where it was served to the user. One query, or none."""
    try:
        slate = get_slate(user.workspace, UUID(name)) if name else None
    except (NotFoundError, ValueError):
        return None
    return slate if slate and slate.user_id == user.pk else None


def _bare(external_id: str, title: str) -> SlateItem:
    """Return an item as if it stood on a slate that says nothing of it."""
    return SlateItem(external_id, title or external_id, score=0.0, position=0, reasons=())


def _tags(found: Item) -> list[str]:
    """Return what it is about, the surest first, but for what a single user brought in."""
    tags = [one.tag for one in tags_of(found) if one.tag.source != Tag.Source.USER]
    return list(dict.fromkeys(tag.name_in(page_language()) for tag in tags))[:MOST_TAGS]


def _is_available(found: Item, now: datetime) -> bool:
    until = found.available_until
    return found.is_available and (until is None or until > now)
