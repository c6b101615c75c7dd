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


def places_of_users(user_ids: Collection[int]) -> dict[int, int]:
    """Return where each of these users stands in the order of their external ids. One query."""
    rows = User.objects.filter(pk__in=list(user_ids)).values_list("pk", "external_id")
    in_order = sorted(rows, key=lambda row: row[1])
    return {pk: place for place, (pk, _) in enumerate(in_order)}


def user_ids(workspace: Workspace, external_ids: Collection[str]) -> dict[str, int]:
    """Return the primary keys of the users that exist, by external id. One query."""
    found = User.objects.filter(workspace=workspace, external_id__in=external_ids)
    return dict(found.values_list("external_id", "pk"))
