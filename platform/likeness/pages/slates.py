"""For you: what is recommended, why, and what the user answers."""

import zlib
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.queries.cards import Card, cards_of
from catalog.queries.items import get_item
from core.errors import InvalidError
from likeness.pages.visitor import for_the_user, page_language
from profiles.models import User
from recommendations.rows import VERDICTS, ServedSlate, SlateItem, SlateRequest
from recommendations.services import feedback, serving
from recommendations.wording import sentence_of

SLATE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Because:
    """One reason in words; `is_against` where a dislike held the item back."""

    words: str
    is_against: bool


@dataclass(frozen=True, slots=True)
class Pick:
    """One recommended item as the page shows it. `hue` is in degrees, fixed by the item's id."""

    id: str
    position: int
    title: str
    byline: str
    blurb: str
    hue: int
    initial: str
    reasons: list[Because]


class SignIn(LoginView):
    """Ask for a name and a password, and go where the visitor was going."""

    template_name = "pages/sign_in.html"
    redirect_authenticated_user = True


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send visitors to their list, or to the door."""
    return redirect("for-you" if request.user.is_authenticated else "sign-in")


@require_GET
@for_the_user
def for_you(request: HttpRequest, user: User) -> HttpResponse:
    """Show a slate for the user; `?after=SLATE` continues an earlier one."""
    after = _slate_id(request.GET.get("after", ""))
    now = timezone.now()
    if after is None:
        asked = SlateRequest(
            user=user.external_id,
            length=SLATE_LENGTH,
            placement="for-you",
            language=page_language(),
        )
        served = serving.recommend(workspace=user.workspace, request=asked, now=now)
    else:
        served = serving.next_slate(workspace=user.workspace, slate_id=after, now=now)
    context = {
        "page": "for-you",
        "person": user,
        "is_paused": user.is_paused,
        "picks": _picks(served, user),
        "slate_id": served.id,
        "has_more": len(served.items) == SLATE_LENGTH,
        "warnings": _warnings(served),
    }
    is_part = bool(after) and bool(request.headers.get("HX-Request"))
    return render(request, "components/picks.html" if is_part else "pages/for_you.html", context)


@require_POST
@for_the_user
def respond(request: HttpRequest, user: User) -> HttpResponse:
    """Store what the user answers to one item, and say that it counts."""
    verdict = next((one for one in VERDICTS if one == request.POST.get("verdict")), None)
    if verdict is None:
        raise InvalidError("The answer must be more, less or not_for_me.", field="verdict")
    item = get_item(user.workspace, request.POST.get("item", ""))
    feedback.respond(
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
    if request.headers.get("HX-Request"):
        return render(request, "components/answered.html", {"words": words})
    messages.success(request, words)
    return redirect("for-you")


def _slate_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _picks(served: ServedSlate, user: User) -> list[Pick]:
    cards = cards_of(user.workspace, [item.id for item in served.items])
    return [_pick(item, cards.get(item.id) or Card(item.title, "", "")) for item in served.items]


def _pick(item: SlateItem, card: Card) -> Pick:
    language = page_language()
    return Pick(
        id=item.id,
        position=item.position,
        title=card.title,
        byline=card.byline,
        blurb=card.blurb,
        hue=zlib.crc32(item.id.encode()) % 360,
        initial=card.title[:1].upper(),
        reasons=[
            Because(sentence_of(reason, language), reason.get("polarity", 1) < 0)
            for reason in item.reasons
        ],
    )


def _warnings(served: ServedSlate) -> list[str]:
    words = {
        "cold_user": _(
            "You are new here, so this starts from what many people enjoy. Say on your portrait "
            "what you like, and it becomes yours."
        ),
        "no_fit": _("Nothing has been learnt yet: the list will get better within minutes."),
    }
    return [words[warning.code] for warning in served.warnings if warning.code in words]
