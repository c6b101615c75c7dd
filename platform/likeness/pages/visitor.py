"""Who is looking: the account that signed in, and the user whose portrait is theirs."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import get_language

from accounts.models import Account
from core.errors import LikenessError
from likeness.pages.refusals import Answer, is_part, refused
from profiles.models import User
from profiles.queries.links import users_of

P = ParamSpec("P")
ForUser = Callable[Concatenate[HttpRequest, User, P], HttpResponse]


def page_language() -> str:
    """Return the two-letter language of the page that is being made."""
    return (get_language() or "en")[:2]


def form_only(view: Answer[P]) -> Answer[P]:
    """Let forms alone use the view: whoever opens its address comes to the page of the form."""

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return redirect(_page_of(request.path))
        return view(request, *args, **kwargs)

    return update_wrapper(page, view)


def for_the_user(view: ForUser[P]) -> Answer[P]:
    """Give the view the user linked to the account, or explain that there is none.

    Visitors who have not signed in are sent to do so, and what the view refuses becomes a page
    that says so. An account with users in several workspaces sees the first; `?workspace=NAME`
    picks another, and the choice stays for the visit. The head of the page then offers them all.
    """

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not isinstance(request.user, Account):
            return _to_the_door(request)
        user = _user_of(request, request.user)
        if user is None:
            return render(request, "pages/no_user.html", status=404)
        try:
            return view(request, user, *args, **kwargs)
        except LikenessError as error:
            return refused(request, error)

    return update_wrapper(page, view)


def _user_of(request: HttpRequest, account: Account) -> User | None:
    users = {user.workspace.name: user for user in users_of(account)}
    asked = request.GET.get("workspace", "")
    if asked in users:
        request.session["workspace"] = asked
    user = users.get(request.session.get("workspace", "")) or next(iter(users.values()), None)
    if user is not None and len(users) > 1:
        request.workspace = user.workspace  # type: ignore[attr-defined]
        request.workspaces = [one.workspace for one in users.values()]  # type: ignore[attr-defined]
    return user


def _to_the_door(request: HttpRequest) -> HttpResponse:
    """Ask to sign in and come back; a part of a page takes the whole page along.

    What a form was posted to cannot be opened, so its sender comes back to the form's page.
    """
    if not is_part(request):
        is_page = request.method in {"GET", "HEAD"}
        return redirect_to_login(request.get_full_path() if is_page else _page_of(request.path))
    page = urlsplit(request.headers.get("HX-Current-URL", "")).path or resolve_url("for-you")
    door = redirect_to_login(page)
    return HttpResponse(headers={"HX-Redirect": door["Location"]})


def _page_of(address: str) -> str:
    """Return the page whose forms are posted to `address`."""
    portrait = resolve_url("my-portrait")
    return portrait if address.startswith(portrait) else resolve_url("for-you")
