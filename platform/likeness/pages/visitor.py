"""Who is looking: the account that signed in, and the user whose portrait is theirs."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from accounts.models import Account
from profiles.models import User
from profiles.queries.links import users_of

P = ParamSpec("P")
ForUser = Callable[Concatenate[HttpRequest, User, P], HttpResponse]


def page_language() -> str:
    """Return the two-letter language of the page that is being made."""
    return (get_language() or "en")[:2]


def for_the_user(view: ForUser[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Give the view the user linked to the account, or explain that there is none.

    An account with users in several workspaces sees the first; `?workspace=NAME` picks another,
    and the choice stays for the visit.
    """

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        assert isinstance(request.user, Account)  # login_required saw to it
        users = {user.workspace.name: user for user in users_of(request.user)}
        asked = request.GET.get("workspace", "")
        if asked in users:
            request.session["workspace"] = asked
        chosen = users.get(request.session.get("workspace", "")) or next(iter(users.values()), None)
        if chosen is None:
            return render(request, "pages/no_user.html", status=404)
        return view(request, chosen, *args, **kwargs)

    return page
