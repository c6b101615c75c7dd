"""What a page says when it cannot do what was asked."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import csrf

from core import api
from core.errors import LikenessError

P = ParamSpec("P")
Answer = Callable[Concatenate[HttpRequest, P], HttpResponse]

log = structlog.get_logger(__name__)


def refused(request: HttpRequest, error: LikenessError) -> HttpResponse:
    """Return the refusal as a page of its status, or as a note where a part was asked for.

    The error's own words are for programs and stay in the log; people get what they can do.
    """
    log.info("page.refused", code=error.code, reason=error.message)
    title, remedy = _title(error.status), _remedy(error.status)
    if is_part(request):
        return _note(title, remedy, error.status)
    context = {"refusal_title": title, "remedy": remedy}
    return render(request, "pages/refused.html", context, status=error.status)


def is_part(request: HttpRequest) -> bool:
    """Return whether a script asked for a part of a page, to be put into the page that is open."""
    return bool(request.headers.get("HX-Request"))


def noted(whole: Answer[P], status: int) -> Answer[P]:
    """Return a view that answers as `whole` does, but with a note where a part was asked for."""

    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if is_part(request) and not request.path.startswith(api.DOORS):
            return _note(_title(status), _remedy(status), status)
        return whole(request, *args, **kwargs)

    return update_wrapper(answer, whole)


# What Django answers itself, outside any view. `likeness.urls` names these.
bad_request = noted(api.bad_request, 400)
forbidden = noted(api.forbidden, 403)
not_found = noted(api.not_found, 404)
server_error = noted(api.server_error, 500)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or of another visit. `likeness.settings` names it."""
    if not is_part(request):
        return csrf.csrf_failure(request, reason)
    remedy = _(
        "Nothing was changed. Go back, reload the page and do it once more; cookies must be "
        "allowed."
    )
    return _note(_("This page had been open for too long"), remedy, 403)


def _note(title: str, remedy: str, status: int) -> HttpResponse:
    """Return a note for the page that is open, which keeps its address."""
    words = render_to_string("components/refusal.html", {"refusal_title": title, "remedy": remedy})
    return HttpResponse(words, status=status, headers={"HX-Push-Url": "false"})


def _title(status: int) -> str:
    titles = {
        403: _("You may not do that"),
        404: _("There is nothing here"),
        409: _("Something else changed first"),
        500: _("Something broke here"),
        503: _("Not ready yet"),
    }
    return titles.get(status, _("That did not work"))


def _remedy(status: int) -> str:
    remedies = {
        403: _("This belongs to somebody else."),
        404: _("It may have been removed, or the address is not complete."),
        409: _("Reload the page and look at how it stands now."),
        500: _("The mistake is ours and has been noted. Please try again in a minute."),
        503: _("Part of this is still being worked out. Please try again in a minute."),
    }
    return remedies.get(status, _("What was sent cannot be used. Go back and try it once more."))
