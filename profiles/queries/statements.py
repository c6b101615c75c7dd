"""One workspace's statements. Another workspace's are not there."""

from django.db.models import Q, QuerySet

from accounts.models import Workspace
from core.errors import NotFoundError
from profiles.models import Statement

IN_USE = (Statement.Status.ACTIVE, Statement.Status.PINNED)


def statements_in_use() -> QuerySet[Statement]:
    """Return what is believed of users now, and neither hidden nor about a blocked tag."""
    return Statement.objects.filter(
        valid_until__isnull=True, status__in=IN_USE, is_hidden=False, tag__is_blocked=False
    )


def get_statement(workspace: Workspace, statement_id: int) -> Statement:
    """Return the statement with its user, or raise NotFoundError. One query."""
    statements = Statement.objects.select_related("user")
    found = statements.filter(workspace=workspace, pk=statement_id).first()
    if found is None:
        raise NotFoundError(f"There is no statement {statement_id} here.", statement=statement_id)
    return found


def tags_spoken_for(workspace_id: int) -> set[int]:
    """Return the tags about which a user or staff have said something themselves. One query."""
    said = Q(level=Statement.Level.DECLARED) | Q(
        status__in=[Statement.Status.PINNED, Statement.Status.REJECTED]
    )
    current = Statement.objects.filter(said, workspace_id=workspace_id, valid_until=None)
    return set(current.values_list("tag_id", flat=True))
