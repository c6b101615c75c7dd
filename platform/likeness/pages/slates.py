"""For you: what is recommended, why, and what the user answers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.queries.items import get_item
from core import fields
from core.errors import InvalidError, NotFoundError
from likeness.pages.picks import LISTED, lines_of, picks_of
from likeness.pages.refusals import is_part
from likeness.pages.visitor import for_the_user, form_only, page_language
from profiles.models import User
from recommendations.lists import ListsRequest, ServedList
from recommendations.queries.slates import get_slate
from recommendations.rows import VERDICTS, ServedSlate, SlateRequest
from recommendations.services import feedback, serving
from recommendations.services.lists import make_lists
from recommendations.services.outcomes import record_impressions

SLATE_LENGTH, LINE_LENGTH = 12, 8


@require_GET
@for_the_user
def for_you(request: HttpRequest, user: User) -> HttpResponse:
    """Show a slate for the user; `?after=SLATE` continues an earlier one of theirs."""
    after = _slate_id(request.GET.get("after", ""))
    served = _first(user) if after is None else _next(user, after)
    context: dict[str, Any] = {
        "page": "for-you",
        "is_paused": user.is_paused,
        "picks": picks_of(served, user.workspace),
        "slate_id": served.id,
        "has_more": len(served.items) == SLATE_LENGTH,
        "is_later": after is not None,
        "warnings": _warnings(served),
    }
    if after is None:
        context["lines"] = lines_of(_lists(user, served), user.workspace)
    is_run = after is not None and is_part(request)
    return render(request, "components/picks.html" if is_run else "pages/for_you.html", context)


@form_only
@for_the_user
def respond(request: HttpRequest, user: User) -> HttpResponse:
    """Store what the user answers to one item, say that it counts, and how to take it back.

    Who is paused is told that it will: their list is nobody's in particular, and heeds nothing.
    """
    verdict = next((one for one in VERDICTS if one == request.POST.get("verdict")), None)
    if verdict is None:
        raise InvalidError("The answer must be more, less or not_for_me.", field="verdict")
    item = get_item(user.workspace, fields.identifier(request.POST, "item"))
    answered = feedback.respond(
        user=user,
        item=item,
        verdict=verdict,
        now=timezone.now(),
        slate_id=_slate_id(request.POST.get("slate", "")),
    )
    words = {
        "more": _("Thank you: more like “%(title)s”."),
        "less": _("Thank you: less like “%(title)s”."),
        "not_for_me": _("“%(title)s” will not be shown again."),
    }[verdict] % {"title": item.title or item.external_id}
    if user.is_paused:
        words = _("Kept; it counts once you resume.")
    if is_part(request):
        context = {"words": words, "key": answered.key}
        return render(request, "components/answered.html", context)
    undo = f"{reverse('delete-deed', args=[answered.key])}?from=for-you"
    messages.success(request, format_html('{} <a href="{}">{}</a>', words, undo, _("Undo …")))
    return redirect("for-you")


@require_POST
@for_the_user
def seen(request: HttpRequest, user: User) -> HttpResponse:
    """Record which items of a slate of theirs came into view; nothing of who is paused."""
    slate = get_slate(user.workspace, fields.identifier(request.POST, "slate"))
    if slate.user_id != user.pk:
        raise NotFoundError("This is not a slate of theirs.", slate=str(slate.pk))
    if not user.is_paused:
        items = request.POST.getlist("item")
        record_impressions(slate=slate, items=items, now=timezone.now())
    return HttpResponse(status=204)


def _first(user: User) -> ServedSlate:
    asked = SlateRequest(
        user=user.external_id,
        length=SLATE_LENGTH,
        placement="for-you",
        language=page_language(),
    )
    return serving.recommend(workspace=user.workspace, request=asked, now=timezone.now())


def _next(user: User, after: UUID) -> ServedSlate:
    if get_slate(user.workspace, after).user_id != user.pk:
        raise NotFoundError("This is not a slate of theirs.", slate=str(after))
    return serving.next_slate(workspace=user.workspace, slate_id=after, now=timezone.now())


def _lists(user: User, served: ServedSlate) -> Sequence[ServedList]:
    """Make the lists that stand below the slate, with nothing that is on it."""
    asked = ListsRequest(
        user=user.external_id,
        length=LINE_LENGTH,
        of_a_kind=1,
        placement=LISTED,
        exclude_ids=tuple(item.id for item in served.items),
        language=page_language(),
    )
    return make_lists(workspace=user.workspace, request=asked, now=timezone.now()).lists


def _slate_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _warnings(served: ServedSlate) -> list[str]:
    words = {
        "cold_user": _(
            "You are new here, so this starts from what many people enjoy. Say on your portrait "
            "what you like, and it becomes yours."
        ),
        "no_fit": _("Nothing has been learnt yet: the list will get better within minutes."),
    }
    return [words[warning.code] for warning in served.warnings if warning.code in words]
