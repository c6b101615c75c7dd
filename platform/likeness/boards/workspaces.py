"""A board of one workspace: which one it is about, who may see it, and who may change it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import Workspace
from accounts.scoped_admin import Role, is_key, works_in, workspaces_for


@dataclass(frozen=True, slots=True)
class Choice:
    """A workspace that can be looked at; `query` opens the board for it."""

    workspace: Workspace
    is_open: bool

    @property
    def query(self) -> str:
        return urlencode({"workspace": self.workspace.pk})


@dataclass(frozen=True, slots=True)
class Board:
    """One board: its page, what it shows of a workspace, and what a POST changes there.

    `change` itself refuses whoever has less than the role that it `needs`; the page knows by
    `may_change` whether to offer it.
    """

    template: str
    figures: Callable[[HttpRequest, Workspace], dict[str, Any]]
    change: Callable[[HttpRequest, Workspace], None]
    needs: Role

    def answer(self, request: HttpRequest, *, title: str) -> HttpResponse:
        """Show the board of one workspace; after a POST, come back to it."""
        choices = choices_of(request)
        workspace = next((each.workspace for each in choices if each.is_open), None)
        if workspace is not None and request.method == "POST":
            self.change(request, workspace)
            return redirect(request.get_full_path())
        context = {
            **admin.site.each_context(request),
            "title": title,
            "choices": choices,
            "workspace": workspace,
        }
        if workspace is not None:
            context |= self.figures(request, workspace)
            context["may_change"] = works_in(request, workspace.pk, self.needs)
        return render(request, self.template, context)


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
