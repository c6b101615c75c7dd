"""One workspace's statements. Another workspace's are not there."""

from accounts.models import Workspace
from core.errors import NotFoundError
from profiles.models import Statement


def get_statement(workspace: Workspace, statement_id: int) -> Statement:
    """Return the statement with its user, or raise NotFoundError. One query."""
    statements = Statement.objects.select_related("user")
    found = statements.filter(workspace=workspace, pk=statement_id).first()
    if found is None:
        raise NotFoundError(f"There is no statement {statement_id} here.", statement=statement_id)
    return found
