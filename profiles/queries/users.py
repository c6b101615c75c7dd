"""One workspace's users. Another workspace's are not there."""

from collections.abc import Collection

from accounts.models import Workspace
from core.errors import NotFoundError
from profiles.models import LOT, User

LOT_BITS = 52  # exact in a float


def get_user(workspace: Workspace, external_id: str) -> User:
    """Return the user, or raise NotFoundError. One query."""
    try:
        return User.objects.get(workspace=workspace, external_id=external_id)
    except User.DoesNotExist:
        message = f"There is no user {external_id!r} here."
        raise NotFoundError(message, user=external_id) from None


def lots_of_users(user_ids: Collection[int]) -> dict[int, int]:
    """Return the numbers that these users drew: the first 52 bits of their lots. One query.

    A number follows from the outer id alone, whoever stored the user and whoever else there is.
    """
    rows = User.objects.filter(pk__in=list(user_ids)).values_list("pk", LOT)
    return {pk: lot.int >> (128 - LOT_BITS) for pk, lot in rows}


def user_ids(workspace: Workspace, external_ids: Collection[str]) -> dict[str, int]:
    """Return the primary keys of the users that exist, by external id. One query."""
    found = User.objects.filter(workspace=workspace, external_id__in=external_ids)
    return dict(found.values_list("external_id", "pk"))
