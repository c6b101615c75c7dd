"""Users come and change. What they did and wrote is in `interactions`."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import structlog
from django.db import transaction

from accounts.models import Workspace
from core.rows import RowResult, last_of_each, repeated
from core.staging import Merge, outcome
from language.sensitive import topic_of
from profiles.models import User
from profiles.queries.users import user_ids
from profiles.rows import UserIn

log = structlog.get_logger(__name__)

_APART = re.compile(r"[_\-.]+")

USERS = Merge(
    model=User,
    types={"external_id": "text", "name": "text", "language": "text", "traits": "jsonb"},
    key=("workspace_id", "external_id"),
)


@transaction.atomic
def upsert_users(*, workspace: Workspace, rows: Sequence[UserIn]) -> list[RowResult]:
    """Make the stored users say what `rows` say; each row replaces its user's fields whole.

    Traits that name a sensitive topic are not stored, unless the workspace has lifted it; the
    row's result says which. Returns one result a row, in order. Safe to repeat: a row that says
    what is stored is unchanged. Of rows with the same id the last counts. A fixed number of
    queries, however many rows. A user's portrait, pause and account are not touched: a partner
    does not decide them.
    """
    last = last_of_each([row.id for row in rows])
    held = [sensitive_traits(row.traits, workspace.lifted_topics) for row in rows]
    staged = (
        (row.id, row.name, row.language, json.dumps(_without(row.traits, held[place])))
        for row, place in ((rows[place], place) for place in last.values())
    )
    written = USERS.run(staged, constants={"workspace_id": workspace.pk})
    log.debug("users.upserted", workspace=workspace.name, rows=len(rows), changed=len(written))
    return [
        _told(outcome(row.id, written.get(row.id)), held[place])
        if last[row.id] == place
        else repeated(row.id)
        for place, row in enumerate(rows)
    ]


def sensitive_traits(traits: Mapping[str, Any], lifted: Collection[str]) -> list[str]:
    """Return the names of the traits that say something sensitive by their name or value."""
    allowed = frozenset(lifted)
    return [
        name
        for name, value in traits.items()
        if any(_topic(text, allowed) for text in (name, *_texts(value)))
    ]


@lru_cache(maxsize=16_384)
def _topic(text: str, lifted: frozenset[str]) -> str:
    return topic_of([_APART.sub(" ", text)], lifted)


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value, the names within it too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _without(traits: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in traits.items() if name not in names}


def _told(result: RowResult, held: Sequence[str]) -> RowResult:
    """Say in the result which traits were not stored."""
    if not held:
        return result
    return replace(
        result,
        code="sensitive",
        field="traits",
        message="Not stored, for nothing here may speak of it: " + ", ".join(sorted(held)) + ".",
    )


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
