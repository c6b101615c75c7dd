"""Which profiled users an account may look at as itself."""

from accounts.models import Account
from profiles.models import User


def users_of(account: Account) -> list[User]:
    """Return the users linked to the account, one per workspace, oldest first. One query."""
    return list(User.objects.filter(account=account).select_related("workspace").order_by("pk"))
