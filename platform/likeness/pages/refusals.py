"""What a page says when it cannot do what was asked."""

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.errors import LikenessError

log = structlog.get_logger(__name__)


def refused(request: HttpRequest, error: LikenessError) -> HttpResponse:
    """Return the refusal as a page of its status, or as a note where a part was asked for.

    The error's own words are for programs and stay in the log; people get what they can do.
    """
    log.info("page.refused", code=error.code, reason=error.message)
    context = {"refusal_title": _title(error.status), "remedy": _remedy(error.status)}
    is_part = bool(request.headers.get("HX-Request"))
    template = "components/refusal.html" if is_part else "pages/refused.html"
    return render(request, template, context, status=error.status)


def _title(status: int) -> str:
    titles = {
        403: _("You may not do that"),
        404: _("There is nothing here"),
        409: _("Something else changed first"),
        503: _("Not ready yet"),
    }
    return titles.get(status, _("That did not work"))


def _remedy(status: int) -> str:
    remedies = {
        403: _("This belongs to somebody else."),
        404: _("It may have been removed, or the address is not complete."),
        409: _("Reload the page and look at how it stands now."),
        503: _("Part of this is still being worked out. Please try again in a minute."),
    }
    return remedies.get(status, _("What was sent cannot be used. Go back and try it once more."))
