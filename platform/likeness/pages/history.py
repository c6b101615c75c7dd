"""My history: what the visitor did, one by one, and how one of it is deleted."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from likeness.pages.beliefs import deed_in_words
from likeness.pages.visitor import for_the_user
from profiles.models import User
from profiles.queries.history import Deed, deed_of, history_of
from profiles.services.interactions import delete_interaction


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
    """Ask once more, then delete one interaction; the portrait is drawn without it."""
    deed = deed_of(user, key)
    if request.method != "POST":
        context = {"page": "my-portrait", "deed": _past(deed)}
        return render(request, "pages/delete_deed.html", context)
    delete_interaction(workspace=user.workspace, event_id=str(key))
    messages.success(request, _("Deleted. Your portrait is being drawn again without it."))
    return redirect("history")


def _past(deed: Deed) -> Past:
    words = deed_in_words(deed.kind, deed.title, deed.value, deed.happened_at)
    return Past(deed.key, words, deed.text, deed.is_hidden)
