"""The counters that say whose portrait must be drawn again."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import Workspace
from core.jobs import Job, enqueue
from profiles.models import User

MOST_REFRESHES = 3


@transaction.atomic(savepoint=False)
def raise_evidence(user_ids: Iterable[int]) -> int:
    """Say that what these users' portraits rest on has changed. Returns how many were raised.

    Two queries. Call it in the transaction of the change: a stage that read before the change
    then stores a revision lower than this one, and the user stays due.
    """
    return _locked(user_ids).update(evidence_revision=F("evidence_revision") + 1)


def redraw(user_ids: Collection[int]) -> bool:
    """Have these users' portraits drawn anew now, where they are few. Returns whether they are.

    One look at everything that is due is cheaper than a message for each of many.
    """
    if len(user_ids) > MOST_REFRESHES:
        return False
    for user in sorted(user_ids):
        enqueue(Job.REFRESH_USER, user_id=user)
    return True


@transaction.atomic(savepoint=False)
def raise_portraits(user_ids: Iterable[int]) -> int:
    """Say that these users' statements have changed, and their workspaces' portraits with them.

    Three queries. Returns how many users were raised.
    """
    users = _locked(user_ids)
    raised = users.update(portrait_revision=F("portrait_revision") + 1)
    if raised:
        Workspace.objects.filter(pk__in=users.values("workspace_id")).update(
            portraits_revision=F("portraits_revision") + 1
        )
    return raised


def _locked(user_ids: Iterable[int]) -> QuerySet[User]:
    """The users, locked in the order of their keys, so that two writers never wait crosswise."""
    users = User.objects.filter(pk__in=set(user_ids))
    in_order = users.select_for_update(no_key=True).order_by("pk")
    return User.objects.filter(pk__in=list(in_order.values_list("pk", flat=True)))
