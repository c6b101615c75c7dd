"""Items come, change and go."""

import json
from collections.abc import Collection, Sequence

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from catalog.models import Item
from catalog.rows import ItemIn
from catalog.services.duplicates import repeating
from core.jobs import Job, enqueue
from core.rows import RowResult, last_of_each, repeated
from core.staging import Merge, Merged, outcome

log = structlog.get_logger(__name__)

ITEMS = Merge(
    model=Item,
    types={
        "external_id": "text",
        "title": "text",
        "text": "text",
        "given_tags": "text[]",
        "attributes": "jsonb",
        "is_available": "boolean",
        "available_from": "timestamptz",
        "available_until": "timestamptz",
        "source_hash": "text",
        "updated_at": "timestamptz",
    },
    key=("workspace_id", "external_id"),
    compared=("source_hash", "is_available", "available_from", "available_until"),
)


@transaction.atomic
def upsert_items(
    *, workspace: Workspace, rows: Sequence[ItemIn], wakes: bool = True
) -> list[RowResult]:
    """Make the stored items say what `rows` say; each row replaces its item whole.

    Returns one result a row, in order. Safe to repeat: a row that says what is stored is
    unchanged. Of rows with the same id the last counts. A fixed number of queries, however many
    rows. With `wakes` the workers are asked to look for what has become due.
    """
    last = last_of_each([row.id for row in rows])
    written = _merge(workspace, [rows[place] for place in last.values()])
    if written and wakes:
        enqueue(Job.SWEEP, workspace_id=workspace.pk)
        log.info("items.upserted", workspace=workspace.name, rows=len(rows), changed=len(written))
    return [
        outcome(row.id, written.get(row.id)) if last[row.id] == place else repeated(row.id)
        for place, row in enumerate(rows)
    ]


@transaction.atomic
def ensure_items(*, workspace: Workspace, external_ids: Collection[str]) -> int:
    """Make the items of which nothing but the id is known yet. Returns how many are new.

    For sources that publish interactions alone; what is stored about an item stays. Two queries.
    """
    known = set(
        Item.objects.filter(workspace=workspace, external_id__in=external_ids).values_list(
            "external_id", flat=True
        )
    )
    missing = sorted(set(external_ids) - known)
    bare = [
        Item(workspace=workspace, external_id=each, source_hash=ItemIn(id=each).source_hash)
        for each in missing
    ]
    Item.objects.bulk_create(bare, ignore_conflicts=True)
    return len(missing)


@transaction.atomic
def delete_item(*, workspace: Workspace, external_id: str) -> bool:
    """Delete an item and all that hangs on it. Returns whether there was one.

    Interactions hang on items too: `profiles.services.interactions.delete_item` also tells the
    portraits that rested on them, and is the door for everyone who stands above this floor.
    """
    doomed = Item.objects.filter(workspace=workspace, external_id=external_id)
    copies = repeating(Item, doomed)
    deleted, _ = doomed.delete()
    Item.objects.filter(pk__in=copies).update(clean_version="")  # they may repeat another one
    log.info("item.deleted", workspace=workspace.name, found=bool(deleted))
    return bool(deleted)


def _merge(workspace: Workspace, rows: Sequence[ItemIn]) -> dict[str, Merged]:
    """Write `rows`, each with an id of its own; return what was written, by id."""
    now = timezone.now()
    staged = (
        (
            row.id,
            row.title,
            row.text,
            list(row.tags),
            json.dumps(row.attributes),
            row.is_available,
            row.available_from,
            row.available_until,
            row.source_hash,
            now,
        )
        for row in rows
    )
    return ITEMS.run(staged, constants={"workspace_id": workspace.pk})
