"""Which workspace a board is about, of those that the account may see."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from accounts.models import Workspace
from accounts.scoped_admin import Role, is_key, workspaces_for


@dataclass(frozen=True, slots=True)
class Choice:
    """A workspace that can be looked at; `query` opens the board for it."""

    workspace: Workspace
    is_open: bool

    @property
    def query(self) -> str:
        return urlencode({"workspace": self.workspace.pk})


def choices_of(request: HttpRequest) -> list[Choice]:
    """Return the workspaces that the account sees, by name, the one that was asked for open.

    The first is open where none was asked for. Raises Http404 for one that is not theirs.
    """
    seen = list(workspaces_for(request).order_by("name"))
    asked = request.GET.get("workspace", "")
    if asked:
        wanted = [one for one in seen if is_key(asked) and one.pk == int(asked)]
        if not wanted:
            raise Http404
        chosen = wanted[0].pk
    else:
        chosen = seen[0].pk if seen else 0
    return [Choice(one, one.pk == chosen) for one in seen]


def works_in(request: HttpRequest, workspace: Workspace, needs: Role) -> bool:
    """Return whether the account has at least that role in the workspace."""
    return workspaces_for(request, needs).filter(pk=workspace.pk).exists()
