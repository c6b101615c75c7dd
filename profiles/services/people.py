"""Users come and change. What they did and wrote is in `interactions`."""

import json
from collections.abc import Collection, Sequence

import structlog
from django.db import transaction

from accounts.models import Workspace
from core.rows import RowResult, last_of_each, repeated
from core.staging import Merge, outcome
from profiles.models import User
from profiles.queries.users import user_ids
from profiles.rows import UserIn

log = structlog.get_logger(__name__)

USERS = Merge(
    model=User,
    types={"external_id": "text", "name": "text", "language": "text", "traits": "jsonb"},
    key=("workspace_id", "external_id"),
)


@transaction.atomic
def upsert_users(*, workspace: Workspace, rows: Sequence[UserIn]) -> list[RowResult]:
    """Make the stored users say what `rows` say; each row replaces its user's fields whole.

    Returns one result a row, in order. Safe to repeat: a row that says what is stored is
    unchanged. Of rows with the same id the last counts. A fixed number of queries, however many
    rows. A user's portrait, pause and account are not touched: a partner does not decide them.
    """
    last = last_of_each([row.id for row in rows])
    staged = (
        (row.id, row.name, row.language, json.dumps(row.traits))
        for row in (rows[place] for place in last.values())
    )
    written = USERS.run(staged, constants={"workspace_id": workspace.pk})
    log.debug("users.upserted", workspace=workspace.name, rows=len(rows), changed=len(written))
    return [
        outcome(row.id, written.get(row.id)) if last[row.id] == place else repeated(row.id)
        for place, row in enumerate(rows)
    ]


def ensure_users(*, workspace: Workspace, external_ids: Collection[str]) -> dict[str, int]:
    """Return the primary keys of these users by external id; who is missing is made now.

    At most three queries. Safe beside another process that makes the same users.
    """
    known = user_ids(workspace, external_ids)
    missing = sorted(set(external_ids) - known.keys())
    if not missing:
        return known
    new = [User(workspace=workspace, external_id=each) for each in missing]
    User.objects.bulk_create(new, ignore_conflicts=True)
    return known | user_ids(workspace, missing)
