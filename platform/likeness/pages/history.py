"""My history: what the visitor did, one by one, and how one of it is deleted."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from catalog.queries.items import get_item
from core.errors import NotFoundError
from likeness.pages.beliefs import deed_in_words
from likeness.pages.picks import LISTED, picks_of_places
from likeness.pages.refusals import is_part
from likeness.pages.visitor import for_the_user
from profiles.models import User
from profiles.queries.history import Deed, deed_of, history_of
from profiles.services.interactions import delete_interaction
from recommendations.queries.slates import get_slate, place_of


@dataclass(frozen=True, slots=True)
class Past:
    """One interaction as the page shows it: in words, with the review, unless staff hid that."""

    key: UUID
    words: str
    text: str
    is_hidden: bool


@require_GET
@for_the_user
def history(request: HttpRequest, user: User) -> HttpResponse:
    """Show what the visitor did, the newest first; `?page=` turns the pages."""
    page = history_of(user, request.GET.get("page", 1))
    context = {"page": "my-portrait", "deeds": [_past(deed) for deed in page], "pages": page}
    return render(request, "pages/history.html", context)


@require_http_methods(["GET", "POST"])
@for_the_user
def delete(request: HttpRequest, user: User, key: UUID) -> HttpResponse:
    """Ask once more, then delete one interaction; the portrait is drawn without it.

    It leads back to where it was asked for: a page of the history, or the list with
    `?from=for-you`. Where a script takes back the answer to an item of a slate, the item's card is
    returned as it was.
    """
    deed = deed_of(user, key)
    back = _back(request)
    if request.method != "POST":
        context = {"page": "my-portrait", "deed": _past(deed), "back": back}
        return render(request, "pages/delete_deed.html", context)
    delete_interaction(workspace=user.workspace, event_id=str(key))
    if is_part(request) and (card := _card(user, deed)) is not None:
        return render(request, "components/pick.html", card)
    messages.success(
        request,
        _("Deleted. Your portrait will be drawn without it once you resume.")
        if user.is_paused
        else _("Deleted. Your portrait is being drawn again without it."),
    )
    if is_part(request):
        return HttpResponse(headers={"HX-Redirect": back})
    return redirect(back)


def _back(request: HttpRequest) -> str:
    """Return the address of the page that the deletion was asked for on."""
    if request.GET.get("from") == "for-you":
        return resolve_url("for-you")
    page = request.GET.get("page", "")
    return resolve_url("history") + (f"?page={page}" if page.isdecimal() else "")


def _card(user: User, deed: Deed) -> dict[str, Any] | None:
    """Return what the card of an item needs that the deed answered to; None where it has none."""
    try:
        item = get_item(user.workspace, deed.item)
        slate = get_slate(user.workspace, str(deed.slate))
    except NotFoundError:
        return None
    place = place_of(item, slate)
    if place is None or slate.user_id != user.pk:
        return None
    [pick] = picks_of_places([place], user.workspace)
    return {
        "pick": pick,
        "slate_id": slate.pk,
        "is_paused": user.is_paused,
        "is_listed": slate.placement == LISTED,
        "is_new": True,
    }


def _past(deed: Deed) -> Past:
    words = deed_in_words(deed.kind, deed.title, deed.value, deed.happened_at)
    return Past(deed.key, words, deed.text, deed.is_hidden)
