"""One user's portrait for staff: what is believed, why, and what it makes of the next list."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.queries.memberships import works_elsewhere
from accounts.scoped_admin import Role, is_key, is_superuser, works_in
from core import fields
from core.errors import ForbiddenError, LikenessError
from core.jobs import Job, enqueue
from core.refusal_words import refusal_in_words
from likeness.deeds_admin import seen_user
from likeness.health import no_worker_answers
from likeness.moves import Place, list_for, places_of
from likeness.pages.days import end_of, past_day_of
from likeness.pages.figures import bands_of, figures_of, habits_of, mood_of, rhythm_of
from likeness.pages.visitor import page_language
from profiles.admin import CORRECTIONS, UNDO, correct
from profiles.kind_words import kind_in_a_word
from profiles.models import Statement, User
from profiles.oddity_words import oddities_in_words
from profiles.queries import due
from profiles.queries.portraits import Portrait, portrait_of
from profiles.queries.quality import oddities_about
from profiles.queries.views import EvidenceView, StatementView
from profiles.services.links import link_account, unlink_account
from profiles.wording import level_in_words, status_in_words

Status = Statement.Status
LONGEST_USERNAME = 150
IN_ORDER = {Status.PINNED: 0, Status.ACTIVE: 0, Status.PROPOSED: 1, Status.REJECTED: 2}


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of evidence; `is_against` where its sign is not the statement's."""

    view: EvidenceView
    kind: str
    is_against: bool


@dataclass(frozen=True, slots=True)
class Belief:
    """One statement with the short words for how it is known, how far and where it stands."""

    view: StatementView
    level: str
    status: str
    strength: str
    confidence: str
    is_aside: bool
    evidence: list[Ground]


def portrait(request: HttpRequest, user_id: int) -> HttpResponse:
    """Show one user's portrait on one page; a POST changes one thing about it."""
    user = seen_user(request, user_id)
    may_correct = works_in(request, user.workspace_id, Role.CURATOR)
    if request.method == "POST":
        if not may_correct:
            messages.error(request, _("You may look at this portrait, but not change it."))
        else:
            request.session["list_before"] = [user.pk, [pick.id for pick in list_for(user)]]
            _change(request, user)
        return redirect(_back_to(request, user))
    day = past_day_of(request)
    drawn = portrait_of(user, language=page_language(), as_of=end_of(day), with_hidden=True)
    context = {
        **admin.site.each_context(request),
        "title": drawn.name,
        "person": user,
        "portrait": drawn,
        "beliefs": _beliefs(drawn),
        "rhythm": rhythm_of(drawn),
        "figures": figures_of(drawn),
        "habits": habits_of(drawn),
        "bands": bands_of(drawn),
        "oddities": oddities_in_words(oddities_about(user.pk)),
        "mood": mood_of(drawn),
        "places": _places(request, user),
        "may_correct": may_correct and day is None,
        "day": day,
        "today": timezone.localdate(),
        "may_link": works_in(request, user.workspace_id, Role.OWNER),
        "opts": User._meta,
        **_drawing(request, user),
    }
    return render(request, "admin/profiles/user/portrait.html", context)


def _back_to(request: HttpRequest, user: User) -> str:
    """Return the portrait's address, with the statement that was answered."""
    here = reverse("admin:profiles_user_change", args=[user.pk])
    answered = request.POST.get("statement", "")
    return f"{here}#statement-{answered}" if is_key(answered) else here


def _change(request: HttpRequest, user: User) -> None:
    """Do what the form asks for, and say what came of it."""
    asked = request.POST.get("do", "")
    try:
        if asked == "link":
            done = _link(request, user)
        elif asked == "unlink":
            _refuse_all_but_owners(request, user)
            unlink_account(user=user)
            done = _("No account signs in as this user any more.")
        elif asked == "draw":
            done = _draw(request, user)
        else:
            _correct_one(request, user)
            return
    except LikenessError as error:
        messages.error(request, refusal_in_words(error))
    else:
        messages.success(request, done)


def _draw(request: HttpRequest, user: User) -> str:
    """Ask a worker to draw the portrait, and return what to say about it.

    Whether it still has to be drawn stands in the user's row: no order of it is kept.
    """
    enqueue(Job.REFRESH_USER, user_id=user.pk)
    if not _is_due(user):
        return _("Nothing is new since this portrait was drawn.")
    request.session["draw_asked"] = user.pk
    return _("Asked for; it shows beside the portrait until a worker has drawn it.")


def _is_due(user: User) -> bool:
    """Whether something about the portrait waits to be drawn. At most five queries."""
    parts = (due.users_to_state, due.users_to_taste, due.users_to_describe)
    return any(part(user.workspace_id).filter(pk=user.pk).exists() for part in parts)


def _drawing(request: HttpRequest, user: User) -> dict[str, bool]:
    """Say whether the portrait waits to be drawn, as this account asked, and for whom."""
    if request.session.get("draw_asked") != user.pk or not _is_due(user):
        return {"is_waiting": False}
    return {"is_waiting": True, "is_worker_away": no_worker_answers()}


def _link(request: HttpRequest, user: User) -> str:
    """Let the named account sign in as the user, and return what to say about it.

    Raises LikenessError where the visitor may not do that, or to that account.
    """
    _refuse_all_but_owners(request, user)
    username = fields.word(request.POST, "username", longest=LONGEST_USERNAME)
    named = Account.objects.filter(username=username).first()
    if named and works_elsewhere(named, user.workspace) and not is_superuser(request):
        raise ForbiddenError(
            "That account works elsewhere: ask an administrator to link it.",
            reason="works_elsewhere",
        )
    account = link_account(user=user, username=username)
    return _("%(account)s now signs in as this user.") % {"account": account.username}


def _refuse_all_but_owners(request: HttpRequest, user: User) -> None:
    if not works_in(request, user.workspace_id, Role.OWNER):
        raise ForbiddenError(
            "Only owners of the workspace decide who signs in as its users.", reason="owners_link"
        )


def _correct_one(request: HttpRequest, user: User) -> None:
    verdict, statement = request.POST.get("verdict", ""), request.POST.get("statement", "")
    if verdict not in CORRECTIONS or not is_key(statement):
        messages.error(request, _("Choose confirm, reject or pin."))
        return
    done, refused = correct(request, Statement.objects.filter(user=user, pk=statement), verdict)
    if done and verdict == UNDO:
        messages.success(request, _("Undone. The list beside the statements has followed."))
    elif done:
        messages.success(request, _("Noted. The list beside the statements has followed."))
    elif not refused:
        messages.error(request, _("There is no such statement here any more."))
    for words in refused:
        messages.error(request, words)


def _places(request: HttpRequest, user: User) -> list[Place]:
    """Return the list as it would be now, compared with how it was before the last change."""
    owner, before = request.session.pop("list_before", [None, []])
    picks = list_for(user)
    return places_of(picks, before if owner == user.pk else [pick.id for pick in picks])


def _beliefs(drawn: Portrait) -> list[Belief]:
    """Return the statements: those in use first, then those that wait, then those put aside."""
    beliefs = [_belief(view) for view in drawn.statements]
    return sorted(beliefs, key=lambda one: (one.is_aside, IN_ORDER[Status(one.view.status)]))


def _belief(view: StatementView) -> Belief:
    return Belief(
        view=view,
        level=level_in_words(view.level),
        status=_standing(view),
        strength=f"{view.strength:.0%}",
        confidence=f"{view.confidence:.0%}",
        is_aside=view.is_hidden or view.status == Status.REJECTED,
        evidence=[_ground(view, one) for one in view.evidence],
    )


def _ground(view: StatementView, one: EvidenceView) -> Ground:
    return Ground(one, kind_in_a_word(one.kind), is_against=one.weight * view.polarity < 0)


def _standing(view: StatementView) -> str:
    """Return what is done with the belief; one that the user put away is not in use."""
    if view.is_hidden and view.status != Status.REJECTED:
        return _("hidden")
    return _("may like") if view.is_guess else status_in_words(view.status)
