"""Many rows at once: COPY into a temporary table, then one statement that merges them.

The number of queries does not depend on the number of rows. The statement touches only rows that
are new or differ, so that sending the same rows again writes nothing, and it goes through them in
the order of their key, so that two senders of the same rows wait for each other and never for good.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models.options import Options
from psycopg import sql

from core.rows import RowResult


@dataclass(frozen=True, slots=True)
class Merged:
    """A row that was written: its primary key, and whether it is new."""

    pk: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """How staged rows become rows of `model`.

    `types` are the SQL types of the staged columns, in the order of the staged values. `key` is
    the unique constraint by which a row is known. Columns in `fixed` belong to what the row is:
    where they differ, the stored row stays as it was. All other staged columns are updated where
    any of them differs, or any of `compared` if those are named; with `keeps_on_null` a staged
    null leaves the stored value.
    """

    model: type[models.Model]
    types: Mapping[str, str]
    key: tuple[str, ...]
    fixed: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    keeps_on_null: bool = False

    def run(
        self, rows: Iterable[Sequence[Any]], *, constants: Mapping[str, Any]
    ) -> dict[Any, Merged]:
        """Merge `rows`, and return those that were written, by the last column of the key.

        No two rows may have the same key. `constants` are columns with the same value in every
        row; columns that are neither staged nor constant get the model's defaults when a row is
        new. Needs a transaction; four queries, one of them a COPY.
        """
        with connection.cursor() as cursor:
            cursor.execute(self._create())
            # A test, or a caller's own transaction, may still hold the rows of an earlier batch.
            cursor.execute(sql.SQL("DELETE FROM {}").format(self._staging))
            columns = sql.SQL(", ").join(map(sql.Identifier, self.types))
            with cursor.copy(
                sql.SQL("COPY {} ({}) FROM STDIN").format(self._staging, columns)
            ) as copy:
                for row in rows:
                    copy.write_row(row)
            values = self._defaults(set(self.types) | constants.keys()) | dict(constants)
            cursor.execute(self._merge(list(values)), [*values.values()])
            return {key: Merged(pk, is_new) for key, pk, is_new in cursor.fetchall()}

    @property
    def _staging(self) -> sql.Identifier:
        # Named after its columns, so that a connection may stage one model in several shapes.
        shape = zlib.crc32(repr(sorted(self.types.items())).encode())
        return sql.Identifier(f"staged_{self._table}_{shape:08x}")

    @property
    def _table(self) -> str:
        return self._options.db_table

    @property
    def _options(self) -> Options[models.Model]:
        return self.model._meta

    def _create(self) -> sql.Composed:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
            for name, kind in self.types.items()
        )
        return sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} ({}) ON COMMIT DELETE ROWS").format(
            self._staging, columns
        )

    def _defaults(self, given: set[str]) -> dict[str, Any]:
        blank = self.model()
        return {
            str(field.column): field.get_db_prep_save(field.pre_save(blank, add=True), connection)
            for field in self._options.concrete_fields
            if field.column not in given and not isinstance(field, models.AutoField)
        }

    def _merge(self, valued: list[str]) -> sql.Composed:
        staged = [sql.Identifier(name) for name in self.types]
        updated = [name for name in self.types if name not in {*self.key, *self.fixed}]
        return sql.SQL(
            "INSERT INTO {table} AS stored ({columns})"
            " SELECT {selected} FROM {staging} AS sent"
            " CROSS JOIN (SELECT {constants}) AS every"
            " LEFT JOIN {table} AS found ON {same_key}"
            " WHERE found.{pk} IS NULL OR ({found_differs})"
            " ORDER BY {order}"
            " ON CONFLICT ({key}) DO UPDATE SET {assignments} WHERE {stored_differs}"
            " RETURNING stored.{last_key}, stored.{pk}, xmax = 0"
        ).format(
            table=sql.Identifier(self._table),
            staging=self._staging,
            pk=sql.Identifier(self._pk),
            columns=_commas([*staged, *map(sql.Identifier, valued)]),
            selected=_commas(
                [
                    *(sql.SQL("sent.{}").format(name) for name in staged),
                    *(sql.SQL("every.{}").format(sql.Identifier(name)) for name in valued),
                ]
            ),
            constants=_commas([self._typed_placeholder(name) for name in valued]),
            same_key=sql.SQL(" AND ").join(self._same_key(name) for name in self.key),
            found_differs=self._differs("found", "sent", self.compared or updated),
            order=_commas([sql.Identifier(name) for name in self.key if name in self.types]),
            key=_commas(map(sql.Identifier, self.key)),
            assignments=_commas(
                sql.SQL("{} = {}").format(
                    sql.Identifier(name), self._new_value("stored", "excluded", name)
                )
                for name in updated
            ),
            stored_differs=self._differs("stored", "excluded", self.compared or updated),
            last_key=sql.Identifier(self.key[-1]),
        )

    @property
    def _pk(self) -> str:
        return str(self._options.pk.column)

    def _typed_placeholder(self, column: str) -> sql.Composed:
        field = next(each for each in self._options.concrete_fields if each.column == column)
        kind = str(
            field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
        )
        return sql.SQL("{}::{} AS {}").format(
            sql.Placeholder(),
            sql.SQL(kind),
            sql.Identifier(column),
        )

    def _same_key(self, column: str) -> sql.Composed:
        source = "sent" if column in self.types else "every"
        return sql.SQL("found.{column} = {source}.{column}").format(
            column=sql.Identifier(column), source=sql.Identifier(source)
        )

    def _new_value(self, stored: str, sent: str, column: str) -> sql.Composed:
        new = sql.Identifier(sent, column)
        if not self.keeps_on_null:
            return sql.Composed([new])
        return sql.SQL("COALESCE({}, {})").format(new, sql.Identifier(stored, column))

    def _differs(self, stored: str, sent: str, compared: Sequence[str]) -> sql.Composed:
        conditions = [
            sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
                _commas(sql.Identifier(stored, name) for name in compared),
                _commas(self._new_value(stored, sent, name) for name in compared),
            ),
            *(
                sql.SQL("{} = {}").format(sql.Identifier(stored, name), sql.Identifier(sent, name))
                for name in self.fixed
            ),
        ]
        return sql.SQL(" AND ").join(conditions)


def _commas(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def outcome(row_id: str, merged: Merged | None) -> RowResult:
    """Return what became of a row, of which `merged` was written: None where nothing differed."""
    if merged is None:
        return RowResult(row_id, "unchanged")
    return RowResult(row_id, "created" if merged.is_new else "updated")
