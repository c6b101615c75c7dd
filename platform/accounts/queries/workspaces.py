"""Which workspaces there are."""

from django.db.models import QuerySet

from accounts.models import Workspace
from core.errors import NotFoundError

MOST_NAMED = 20


def list_workspaces() -> QuerySet[Workspace]:
    """Return every workspace, by name."""
    return Workspace.objects.order_by("name")


def get_workspace(name: str) -> Workspace:
    """Return the workspace called `name`, or raise NotFoundError saying which there are."""
    workspace = Workspace.objects.filter(name=name).first()
    if workspace is None:
        raise NotFoundError(f"There is no workspace {name!r}; there are: {_named()}.")
    return workspace


def get_only_workspace() -> Workspace:
    """Return the workspace where there is one, or raise NotFoundError saying which there are."""
    found = list(list_workspaces()[:2])
    if len(found) != 1:
        raise NotFoundError(f"Say which workspace with --workspace NAME. There are: {_named()}.")
    return found[0]


def _named() -> str:
    return ", ".join(list_workspaces().values_list("name", flat=True)[:MOST_NAMED]) or "none yet"
