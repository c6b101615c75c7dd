"""What users did and wrote is recorded here, once however often it is sent."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from accounts.models import Workspace
from catalog.models import Item
from catalog.queries.items import item_ids
from catalog.services import items as catalog_items
from catalog.services.duplicates import repeating
from core.holding import hold
from core.jobs import Job, enqueue
from core.rows import RowResult
from core.staging import Merge, Merged, outcome
from profiles.models import Interaction, Kind, Review
from profiles.rows import InteractionIn, key_of_event
from profiles.services.batch import Batch, Known, batch_of, name_of, taken
from profiles.services.people import ensure_users
from profiles.services.readings import compare_anew
from profiles.services.reviews import store_reviews
from profiles.services.said import unsay
from profiles.services.users import raise_evidence, redraw

log = structlog.get_logger(__name__)

INTERACTIONS = Merge(
    model=Interaction,
    types={
        "event_key": "uuid",
        "user_id": "bigint",
        "item_id": "bigint",
        "kind_id": "bigint",
        "value": "double precision",
        "happened_at": "timestamptz",
        "slate_id": "uuid",
    },
    key=("workspace_id", "event_key"),
    fixed=("user_id", "item_id", "kind_id"),
    keeps_on_null=True,
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Who met what, and how: the part of an interaction that never changes."""

    user: int
    item: int
    kind: int


@dataclass(frozen=True, slots=True)
class Stored:
    """An interaction in the database."""

    pk: int
    meeting: Meeting


def record_interactions(
    *, workspace: Workspace, rows: Sequence[InteractionIn], now: datetime, live: bool = True
) -> list[RowResult]:
    """Store what happened, each event once, and tell the portraits that it concerns.

    Returns one result a row, in order. Users who are new are made; refused are an item or a kind
    that the workspace lacks, a date in the future, and an event id that already names another
    user, item or kind. A row that was sent before adds what it brings: a value, a date, a text;
    what it leaves out stays. A fixed number of queries, however many rows.

    While `live`, a new row without a date happens `now`, and the workers are woken; a bulk load
    leaves undated rows undated, and wakes the workers itself once it is done.

    Where a user is erased meanwhile, what they are said to have done is somebody's who is new.
    """
    try:
        return _record(workspace, rows, now, live=live)
    except IntegrityError:  # who was erased before this was committed is not found again
        return _record(workspace, rows, now, live=live)


@transaction.atomic
def _record(
    workspace: Workspace, rows: Sequence[InteractionIn], now: datetime, *, live: bool
) -> list[RowResult]:
    kinds = dict(Kind.objects.filter(workspace=workspace).values_list("name", "pk"))
    found = item_ids(workspace, {row.item for row in rows})
    there = hold(Item, found.values())  # before users, as everybody who locks both
    items = {name: pk for name, pk in found.items() if pk in there}
    batch = batch_of(rows, Known(items, kinds, now))
    users = ensure_users(
        workspace=workspace, external_ids={row.user for row in batch.rows.values()}
    )
    meetings = {
        key: Meeting(users[row.user], items[row.item], kinds[row.kind])
        for key, row in batch.rows.items()
    }
    written, stored = _store(workspace, batch.rows, meetings, undated=now if live else None)
    texts = {stored[key].pk: row for key, row in batch.rows.items() if key in stored and row.text}
    reviewed = store_reviews(workspace=workspace, rows=texts)
    for key, each in stored.items():
        if each.pk in reviewed:
            written.setdefault(key, Merged(each.pk, is_new=False))
    _tell(workspace, {stored[key].meeting.user for key in written}, wakes=live)
    _settle(batch, written, stored)
    report = log.info if live else log.debug  # a bulk load is reported as a whole
    report("interactions.recorded", workspace=workspace.name, rows=len(rows), changed=len(written))
    return batch.in_order()


@transaction.atomic
def delete_item(*, workspace: Workspace, external_id: str) -> bool:
    """Delete an item with its interactions, and tell the portraits that rested on them.

    Returns whether there was such an item. It is locked first, so that nobody meets it any more.
    """
    doomed = Item.objects.filter(workspace=workspace, external_id=external_id)
    list(doomed.select_for_update().values_list("pk"))
    met = Interaction.objects.filter(workspace=workspace, item__external_id=external_id)
    _tell(workspace, set(met.values_list("user_id", flat=True)), wakes=True)
    repeated = repeating(Review, Review.objects.filter(interaction__in=met))
    found = catalog_items.delete_item(workspace=workspace, external_id=external_id)
    compare_anew(repeated)
    return found


@transaction.atomic
def delete_interaction(*, workspace: Workspace, event_id: str) -> bool:
    """Delete one interaction with what was written and read of it. Returns whether there was one.

    `event_id` is the id that it was sent with or, where it was sent without, its `event_key` as
    an export shows it. The portrait is drawn anew as if it had never been: statements give way,
    and so do tastes, figures and the portraits of past days. What everybody's interactions taught
    a ranking follows with its next fit. Other reviews that repeated this one speak for themselves
    again, and an item that said nothing of itself loses what only this one and another said of it.
    A fixed number of queries.
    """
    keys = [key_of_event(event_id), *_as_key(event_id)]
    doomed = Interaction.objects.filter(workspace=workspace, event_key__in=keys)
    rows = dict(doomed.values_list("pk", "user_id"))
    if not rows:
        return False
    concerned = unsay(without=list(rows))
    _tell(workspace, concerned | set(rows.values()), wakes=True)
    gone = Interaction.objects.filter(pk__in=list(rows))
    repeated = repeating(Review, Review.objects.filter(interaction__in=gone))
    gone.delete()
    compare_anew(repeated)
    log.info("interaction.deleted", workspace=workspace.name)
    return True


def _as_key(event_id: str) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(event_id)]
    except ValueError:
        return []


def _store(
    workspace: Workspace,
    rows: Mapping[uuid.UUID, InteractionIn],
    meetings: Mapping[uuid.UUID, Meeting],
    *,
    undated: datetime | None,
) -> tuple[dict[uuid.UUID, Merged], dict[uuid.UUID, Stored]]:
    """Write the rows; return those that were written, and all that are stored as they say."""
    known = _find(workspace, rows.keys())
    staged = (
        (
            key,
            meetings[key].user,
            meetings[key].item,
            meetings[key].kind,
            row.value,
            row.happened_at or (None if key in known else undated),
            row.slate_id,
        )
        for key, row in rows.items()
    )
    written = INTERACTIONS.run(staged, constants={"workspace_id": workspace.pk})
    known |= {key: Stored(each.pk, meetings[key]) for key, each in written.items()}
    # Another process may have stored some between our look and our writing.
    if elsewhere := rows.keys() - known.keys():
        known |= _find(workspace, elsewhere)
    return written, {key: each for key, each in known.items() if each.meeting == meetings[key]}


def _find(workspace: Workspace, keys: Collection[uuid.UUID]) -> dict[uuid.UUID, Stored]:
    found = Interaction.objects.filter(workspace=workspace, event_key__in=keys)
    return {
        key: Stored(pk, Meeting(user, item, kind))
        for key, pk, user, item, kind in found.values_list(
            "event_key", "pk", "user_id", "item_id", "kind_id"
        )
    }


def _tell(workspace: Workspace, users: Collection[int], *, wakes: bool) -> None:
    """Say that these users' evidence has changed, and wake the workers where that is wanted."""
    if not users:
        return
    raise_evidence(users)
    if wakes and not redraw(users):
        enqueue(Job.SWEEP, workspace_id=workspace.pk)


def _settle(
    batch: Batch, written: Mapping[uuid.UUID, Merged], stored: Collection[uuid.UUID]
) -> None:
    for key, row in batch.rows.items():
        name = name_of(row, key)
        if key in stored:
            batch.settle(key, outcome(name, written.get(key)))
        else:
            batch.settle(key, RowResult.rejected(name, taken(row)))
