"""What a correction would move, shown to staff before it is saved; nothing of it stays."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.scoped_admin import Role, works_in
from core.errors import LikenessError
from core.refusal_words import refusal_in_words
from likeness.deeds_admin import seen_user
from likeness.moves import ROW, WIDTH, left_of, list_for, places_of, slopes_of
from likeness.pages.picks import Pick
from likeness.pages.visitor import page_language
from profiles.admin import CORRECTIONS, UNDO
from profiles.models import Statement, User
from profiles.queries.statements import IN_USE
from profiles.wording import status_in_words

VERDICTS = {
    "confirm": gettext_lazy("Confirm"),
    "reject": gettext_lazy("Reject"),
    "pin": gettext_lazy("Pin"),
    UNDO: gettext_lazy("Undo"),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """The list as it is, and as it would be."""

    before: list[Pick]
    after: list[Pick]


@dataclass(frozen=True, slots=True)
class Choice:
    """A verdict that can be looked at."""

    verdict: str
    words: Any
    is_open: bool


def preview(request: HttpRequest, user_id: int, statement_id: int) -> HttpResponse:
    """Show what `?verdict=` on a statement would make of the list; saving is the portrait's."""
    user = seen_user(request, user_id)
    found = Statement.objects.select_related("tag", "user__workspace").filter(user=user)
    statement = found.filter(pk=statement_id).first()
    if statement is None:
        raise Http404
    portrait = reverse("admin:profiles_user_change", args=[user.pk])
    if not works_in(request, user.workspace_id, Role.CURATOR):
        messages.error(request, _("You may look at this portrait, but not change it."))
        return redirect(portrait)
    choices = _choices(statement, request.GET.get("verdict", ""))
    verdict = next(one.verdict for one in choices if one.is_open)
    try:
        seen = previewed(user, statement, verdict)
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))
        return redirect(f"{portrait}#statement-{statement.pk}")
    context = {
        **admin.site.each_context(request),
        "title": _("What would move"),
        "person": user,
        "statement": statement,
        "name": statement.tag.name_in(page_language()),
        "status": status_in_words(statement.status),
        "choices": choices,
        "verdict": verdict,
        "verdict_words": VERDICTS[verdict],
        "before": left_of(seen.before, [pick.id for pick in seen.after]),
        "after": places_of(seen.after, [pick.id for pick in seen.before]),
        "slopes": slopes_of(seen.before, seen.after),
        "picture": (WIDTH, ROW * max(len(seen.before), len(seen.after))),
        "moves": [pick.id for pick in seen.before] != [pick.id for pick in seen.after],
        "opts": User._meta,
    }
    return render(request, "admin/profiles/user/preview.html", context)


def previewed(user: User, statement: Statement, verdict: str) -> Preview:
    """Return the list before and after a verdict that is then taken back.

    The verdict is the one that saving gives, in a transaction that is rolled back: no row, no
    revision and no job of it stays, and lists that are only looked at remember nothing of a user.
    The rows that it locks are held for as long as one list takes. Places that are given away by
    lot, where the workspace tries items out, fall anew in each list. Raises LikenessError where
    the verdict cannot be given.
    """
    before = list_for(user)
    with transaction.atomic():
        CORRECTIONS[verdict](statement=statement, account=None)
        after = list_for(user)
        transaction.set_rollback(True)
    return Preview(before, after)


def _choices(statement: Statement, asked: str) -> list[Choice]:
    """Return the verdicts that can be given, one of them open: the asked one, or the likeliest."""
    offered = [one for one in VERDICTS if one != UNDO or statement.before is not None]
    likeliest = "reject" if statement.status in IN_USE else "confirm"
    chosen = asked if asked in offered else likeliest
    return [Choice(one, VERDICTS[one], one == chosen) for one in offered]
