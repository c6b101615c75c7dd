"""Which login sees which user's portrait as its own."""

from django.db import IntegrityError, transaction

from accounts.models import Account
from core.errors import ConflictError, NotFoundError
from profiles.models import User


def link_account(*, user: User, username: str) -> Account:
    """Let the account of this name sign in as the user, in place of any other.

    Raises NotFoundError where no active account has the name, ConflictError where it already is
    another user of the workspace.
    """
    account = Account.objects.filter(username=username.strip(), is_active=True).first()
    if account is None:
        raise NotFoundError(
            f"No active account is called {username!r}.", reason="no_account", account=username
        )
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(account=account)
    except IntegrityError:
        raise ConflictError(
            f"{account.username} is linked to another user here; unlink that one first.",
            reason="linked_elsewhere",
            account=account.username,
        ) from None
    user.account = account
    return account


def unlink_account(*, user: User) -> None:
    """Let no account sign in as the user. Safe to repeat."""
    User.objects.filter(pk=user.pk).update(account=None)
    user.account = None
