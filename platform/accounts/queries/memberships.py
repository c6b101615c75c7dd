"""Who works where."""

from accounts.models import Account, Membership, Workspace


def works_elsewhere(account: Account, workspace: Workspace) -> bool:
    """Return whether the account is staff of more, or of others, than this one workspace.

    Superusers work everywhere; who is no staff works nowhere. At most one query.
    """
    if account.is_superuser or not account.is_staff:
        return account.is_superuser
    places = Membership.objects.filter(account=account).values_list("workspace_id", flat=True)
    return set(places) != {workspace.pk}
