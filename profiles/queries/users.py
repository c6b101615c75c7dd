"""One workspace's users. Another workspace's are not there."""

from collections.abc import Collection

from django.db.models import QuerySet

from accounts.models import Account, Workspace
from core.errors import NotFoundError
from profiles.models import User


def get_user(workspace: Workspace, external_id: str) -> User:
    """Return the user, or raise NotFoundError. One query."""
    try:
        return User.objects.get(workspace=workspace, external_id=external_id)
    except User.DoesNotExist:
        message = f"There is no user {external_id!r} here."
        raise NotFoundError(message, user=external_id) from None


def find_user_of(account: Account, workspace: Workspace) -> User | None:
    """Return the user that `account` signs in as in `workspace`, or None. One query."""
    return User.objects.filter(workspace=workspace, account=account).first()


def list_users(workspace: Workspace) -> QuerySet[User]:
    """Return the workspace's users, the oldest first; lazy, for the caller to page."""
    return User.objects.filter(workspace=workspace).order_by("pk")


def user_ids(workspace: Workspace, external_ids: Collection[str]) -> dict[str, int]:
    """Return the primary keys of the users that exist, by external id. One query."""
    found = User.objects.filter(workspace=workspace, external_id__in=external_ids)
    return dict(found.values_list("external_id", "pk"))
