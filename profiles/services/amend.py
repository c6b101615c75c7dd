"""Changing some of what is said about a user, and keeping the rest."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import Workspace
from core.errors import NotFoundError
from core.rows import RowResult
from profiles.models import User
from profiles.rows import UserIn
from profiles.services.people import upsert_users


@transaction.atomic
def amend_user(*, workspace: Workspace, external_id: str, changes: Mapping[str, Any]) -> RowResult:
    """Set the fields in `changes`; a null empties its field.

    Two amendments at once follow each other and both hold. Raises NotFoundError, or InvalidError
    naming field, value and remedy.
    """
    users = User.objects.select_for_update(no_key=True).filter(workspace=workspace)
    user = users.filter(external_id=external_id).first()
    if user is None:
        raise NotFoundError(f"There is no user {external_id!r} here.", user=external_id)
    stored = {"name": user.name, "language": user.language, "traits": user.traits}
    row = UserIn.parse({**stored, **changes, "id": external_id})
    return upsert_users(workspace=workspace, rows=[row])[0]
