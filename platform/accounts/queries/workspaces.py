"""Which workspaces there are, and which of them an account may see."""

from django.db.models import QuerySet

from accounts.models import Account, Membership, Workspace
from core.errors import NotFoundError


def list_workspaces() -> QuerySet[Workspace]:
    """Return every workspace, by name."""
    return Workspace.objects.order_by("name")


def workspaces_of(account: Account) -> QuerySet[Workspace]:
    """Return the workspaces that `account` works in: all for a superuser, else by membership."""
    if not account.is_active:
        return Workspace.objects.none()
    if account.is_superuser:
        return list_workspaces()
    return list_workspaces().filter(memberships__account=account)


def role_in(account: Account, workspace: Workspace) -> str:
    """Return the account's role in `workspace`, or an empty string where it has none.

    A superuser is an owner everywhere. One query, none for a superuser.
    """
    if not account.is_active:
        return ""
    if account.is_superuser:
        return Membership.Role.OWNER.value
    roles = Membership.objects.filter(account=account, workspace=workspace)
    return roles.values_list("role", flat=True).first() or ""


def get_workspace(name: str) -> Workspace:
    """Return the workspace called `name`, or raise NotFoundError saying which there are."""
    workspace = Workspace.objects.filter(name=name).first()
    if workspace is None:
        names = ", ".join(list_workspaces().values_list("name", flat=True)[:20])
        raise NotFoundError(f"There is no workspace {name!r}; there is: {names or 'none yet'}.")
    return workspace
