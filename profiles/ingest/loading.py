"""Rows out of files into the database: a chunk at a time, each whole or not at all."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

from accounts.models import Workspace
from catalog.rows import ItemIn
from catalog.services.items import ensure_items, upsert_items
from core.errors import LikenessError
from core.fields import unknown_fields
from core.rows import RowResult
from profiles.ingest.lines import Advance
from profiles.ingest.parts import Part, Plan, What
from profiles.ingest.records import Broken, Found, Record
from profiles.ingest.report import Report
from profiles.rows import InteractionIn, UserIn
from profiles.services.interactions import record_interactions
from profiles.services.kinds import adopt_kinds
from profiles.services.people import upsert_users

CHUNK_ROWS = 5_000
CHUNK_BYTES = 8 << 20

Parsed = TypeVar("Parsed", ItemIn, UserIn, InteractionIn)


@dataclass(slots=True)
class Loader:
    """One run of a plan into a workspace.

    A chunk is one transaction, and sending a row again changes nothing: a run that was stopped at
    any moment is finished by running it again. `kinds` renames kinds on their way in.
    """

    workspace: Workspace
    report: Report
    now: datetime
    kinds: Mapping[str, str] = field(default_factory=dict)

    def load(self, plan: Plan, *, watch: Callable[[Part], Advance]) -> None:
        """Load every part of `plan`. `watch` is asked for each part who wants to see it advance."""
        for part in plan.parts:
            for chunk in chunks_of(part.read(watch(part))):
                self._take(part.what, chunk, makes_items=plan.makes_items)

    def _take(self, what: What, chunk: Sequence[Record], *, makes_items: bool) -> None:
        if what == "items":
            store = partial(upsert_items, workspace=self.workspace, wakes=False)
            self._store(what, chunk, ItemIn, store)
        elif what == "users":
            self._store(what, chunk, UserIn, partial(upsert_users, workspace=self.workspace))
        else:
            store = partial(self._record, makes_items=makes_items)
            self._store(what, chunk, InteractionIn, store)

    def _store(
        self,
        what: What,
        chunk: Sequence[Record],
        shape: type[Parsed],
        store: Callable[..., Sequence[RowResult]],
    ) -> None:
        """Parse a chunk and store what can be; every record is counted once."""
        found: list[Found] = []
        rows: list[Parsed] = []
        for record in chunk:
            if isinstance(record, Broken):
                self.report.count_broken(what, record)
                continue
            self.report.ignored.update(
                f"{what}: {name}" for name in unknown_fields(record.row, shape)
            )
            try:
                rows.append(shape.parse(self._renamed(record.row)))
            except LikenessError as error:
                self.report.count(what, record.place, RowResult.rejected("", error))
            else:
                found.append(record)
        for record, result in zip(found, store(rows=rows) if rows else (), strict=True):
            self.report.count(what, record.place, result)

    def _renamed(self, row: dict[str, Any]) -> dict[str, Any]:
        kind = row.get("kind")
        if isinstance(kind, str) and kind in self.kinds:
            return row | {"kind": self.kinds[kind]}
        return row

    @transaction.atomic
    def _record(self, *, rows: Sequence[InteractionIn], makes_items: bool) -> list[RowResult]:
        added = adopt_kinds(workspace=self.workspace, names={row.kind for row in rows})
        for name, scenario in added.items():
            self.report.note(f"The kind {name} was added, with the weights it has in {scenario}.")
        if makes_items:
            ensure_items(workspace=self.workspace, external_ids={row.item for row in rows})
        return record_interactions(workspace=self.workspace, rows=rows, now=self.now, live=False)


def chunks_of(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield `records` in lists that are neither too many rows nor too many bytes."""
    chunk: list[Record] = []
    size = 0
    for record in records:
        chunk.append(record)
        size += record.size if isinstance(record, Found) else 0
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
