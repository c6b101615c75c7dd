"""One workspace's users. Another workspace's are not there."""

from collections.abc import Collection

from accounts.models import Workspace
from core.errors import NotFoundError
from profiles.models import User


def get_user(workspace: Workspace, external_id: str) -> User:
    """Return the user, or raise NotFoundError. One query."""
    try:
        return User.objects.get(workspace=workspace, external_id=external_id)
    except User.DoesNotExist:
        message = f"There is no user {external_id!r} here."
        raise NotFoundError(message, user=external_id) from None


def user_ids(workspace: Workspace, external_ids: Collection[str]) -> dict[str, int]:
    """Return the primary keys of the users that exist, by external id. One query."""
    found = User.objects.filter(workspace=workspace, external_id__in=external_ids)
    return dict(found.values_list("external_id", "pk"))
