"""What one user did, for staff: looked through, and one of it deleted where it has to be."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.scoped_admin import Role, is_key, works_in, workspaces_for
from core.errors import NotFoundError
from profiles.kind_words import kind_in_a_word
from profiles.models import User
from profiles.queries.history import Deed, deed_of, history_of
from profiles.services.interactions import delete_interaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One interaction of a user as staff read it."""

    deed: Deed
    kind: str


def deeds(request: HttpRequest, user_id: int) -> HttpResponse:
    """Show what a user did, the newest first; `?page=` turns the pages."""
    user = seen_user(request, user_id)
    page = history_of(user, request.GET.get("page", 1))
    context = _context(request, user) | {"lines": [_line(deed) for deed in page], "pages": page}
    return render(request, "admin/profiles/user/deeds.html", context)


def delete_deed(request: HttpRequest, user_id: int, key: UUID) -> HttpResponse:
    """Ask an owner once more, then delete one interaction; the portrait is drawn without it."""
    user = seen_user(request, user_id)
    context = _context(request, user)
    if not context["may_delete"]:
        messages.error(request, _("Only owners of the workspace delete what its users did."))
        return redirect("user-deeds", user.pk)
    try:
        line = _line(deed_of(user, key))
    except NotFoundError:
        raise Http404 from None
    if request.method != "POST":
        context |= {"line": line, "back": _back_to(request, user)}
        return render(request, "admin/profiles/user/delete_deed.html", context)
    delete_interaction(workspace=user.workspace, event_id=str(key))
    log.info("interaction.deleted_by_staff", account=request.user.pk, user_id=user.pk)
    messages.success(request, _("Deleted. The portrait is being drawn again without it."))
    return redirect(_back_to(request, user))


def seen_user(request: HttpRequest, user_id: int) -> User:
    """Return the user if the account sees their workspace. Raises Http404 else."""
    seen = User.objects.filter(workspace__in=workspaces_for(request))
    user = seen.select_related("workspace", "account").filter(pk=user_id).first()
    if user is None:
        raise Http404
    return user


def _back_to(request: HttpRequest, user: User) -> str:
    """Return the page of deeds that the account came from; its number comes along."""
    here, page = reverse("user-deeds", args=[user.pk]), request.GET.get("page", "")
    return f"{here}?page={page}" if is_key(page) else here


def _context(request: HttpRequest, user: User) -> dict[str, object]:
    return {
        **admin.site.each_context(request),
        "title": str(user),
        "person": user,
        "may_delete": works_in(request, user.workspace_id, Role.OWNER),
        "opts": User._meta,
    }


def _line(deed: Deed) -> Line:
    return Line(deed, kind_in_a_word(deed.kind))
