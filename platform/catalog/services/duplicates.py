"""Which texts repeat earlier ones: items and reviews alike, stored as `duplicate_of`.

What is stored depends on the texts and their ids alone: each points at the earliest one that it
is a duplicate of. So it does not matter in which order or in which batches they were cleaned.
"""

from collections.abc import Collection, Sequence
from typing import Any

import structlog
from django.db import connection, models, transaction
from psycopg import sql

from language.duplicates import is_duplicate, shingles_of

log = structlog.get_logger(__name__)

# Of how many earlier texts with a band in common a text is compared with the first.
MOST_COMPARED = 64

LATER = """
    SELECT DISTINCT later.{key} FROM {table} AS earlier JOIN {table} AS later
    ON later.workspace_id = earlier.workspace_id AND later.bands && earlier.bands
        AND later.{key} > earlier.{key}
    WHERE earlier.{key} = ANY(%s) AND earlier.workspace_id = %s
"""
EARLIER = """
    SELECT later.{key}, earlier.{key} FROM {table} AS later CROSS JOIN LATERAL (
        SELECT one.{key} FROM {table} AS one
        WHERE one.workspace_id = later.workspace_id AND one.bands && later.bands
            AND one.{key} < later.{key}
        ORDER BY one.{key} LIMIT %s
    ) AS earlier
    WHERE later.{key} = ANY(%s) ORDER BY 1, 2
"""


@transaction.atomic
def settle(model: type[models.Model], workspace_id: int, ids: Sequence[int]) -> list[int]:
    """Make `duplicate_of` right for these rows, and for those that repeat or repeated them.

    Returns the ids of the rows for which it changed. One caller at a time in a workspace, so that
    of two that were cleaned at once the second finds the first. Safe to repeat; seven queries.
    """
    if not ids:
        return []
    wait_for_turn(model, workspace_id)
    rows = model._default_manager.filter(workspace_id=workspace_id)
    concerned = {*ids, *_query(model, LATER, [list(ids), workspace_id])}
    concerned.update(rows.filter(duplicate_of__in=ids).values_list("pk", flat=True))
    wanted = _earliest(model, concerned)
    stored = dict(rows.filter(pk__in=concerned).values_list("pk", "duplicate_of"))
    changed = sorted(pk for pk, old in stored.items() if old != wanted.get(pk))
    _store(model, [(pk, wanted.get(pk)) for pk in changed])
    if changed:
        log.info("duplicates.settled", model=model._meta.label_lower, changed=len(changed))
    return changed


def wait_for_turn(model: type[models.Model], workspace_id: int) -> None:
    """Hold the right to compare a workspace's rows of a model until the transaction ends.

    Whoever also writes what is compared takes it first: the next one then sees that.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [model._meta.db_table, workspace_id]
        )


def repeating(model: type[models.Model], doomed: models.QuerySet[Any]) -> list[int]:
    """Return the rows that are duplicates of the doomed ones, to be compared anew without them."""
    pointing = model._default_manager.filter(duplicate_of__in=doomed.values("pk"))
    return list(pointing.order_by("pk").values_list("pk", flat=True))


def _earliest(model: type[models.Model], ids: Collection[int]) -> dict[int, int]:
    """Return the earliest row that each of these is a duplicate of; the others are absent."""
    pairs = _query(model, EARLIER, [MOST_COMPARED, sorted(ids)], columns=2)
    texts = model._default_manager.filter(pk__in={pk for pair in pairs for pk in pair})
    shingles = {pk: shingles_of(text) for pk, text in texts.values_list("pk", "clean_text")}
    found: dict[int, int] = {}
    for later, earlier in pairs:
        if later not in found and is_duplicate(shingles[later], shingles[earlier]):
            found[later] = earlier
    return found


def _store(model: type[models.Model], changes: Sequence[tuple[int, int | None]]) -> None:
    if not changes:
        return
    statement = sql.SQL(
        "UPDATE {table} AS row SET duplicate_of_id = new.original"
        " FROM unnest(%s::bigint[], %s::bigint[]) AS new (id, original) WHERE row.{key} = new.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _named(model, statement), [list(each) for each in zip(*changes, strict=True)]
        )


def _query(
    model: type[models.Model], text: str, values: Sequence[Any], *, columns: int = 1
) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_named(model, sql.SQL(text)), values)
        rows = cursor.fetchall()
    return [row[0] for row in rows] if columns == 1 else rows


def _named(model: type[models.Model], statement: sql.SQL) -> sql.Composed:
    meta = model._meta
    return statement.format(
        table=sql.Identifier(meta.db_table), key=sql.Identifier(str(meta.pk.column))
    )
