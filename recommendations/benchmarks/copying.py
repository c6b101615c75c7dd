"""Write many rows at once: NumPy columns as they are, by binary COPY."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import CharField, Model, TextField
from psycopg import sql

from core.arrays import Floats, Ids
from recommendations.binary import copied_row, copy_in

ROWS_AT_ONCE = 50_000
EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
MICROSECONDS_A_DAY = 86_400e6

Columns = Mapping[str, np.ndarray | int | float | bool | str]
"""Values by column, in the types that Postgres has: an array (N,), or one value for all rows."""


def copy_columns(model: type[Model], count: int, columns: Columns) -> None:
    """Write `count` rows by COPY. One query.

    Every value needs the type of its column: int64 for bigint, int16 for smallint, float64 for
    double precision, bytes of a fixed size for anything else. No value is null.
    """
    given = {name: np.asarray(_bytes(value)) for name, value in columns.items()}
    layout = copied_row(*((name, _wire_type(value)) for name, value in given.items()))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, given))
    )

    def laid() -> Iterator[bytes]:
        for start in range(0, count, ROWS_AT_ONCE):
            end = min(start + ROWS_AT_ONCE, count)
            rows = np.empty(end - start, dtype=layout)
            rows["fields"] = len(given)
            for name, value in given.items():
                rows[f"{name}_length"] = value.dtype.itemsize
                rows[name] = value if value.ndim == 0 else value[start:end]
            yield rows.tobytes()

    copy_in(statement, laid())


def copy_rows(
    model: type[Model],
    names: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    same: Mapping[str, Any],
) -> None:
    """Write rows of Python values by COPY; texts that nobody gives are empty. One query."""
    told = {*same, *names}
    given = {**same, **dict.fromkeys([one for one in _texts(model) if one not in told], "")}
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(map(sql.Identifier, [*names, *given])),
    )
    rest = tuple(given.values())
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row + rest)


def _texts(model: type[Model]) -> list[str]:
    fields = model._meta.concrete_fields
    return [str(one.column) for one in fields if isinstance(one, CharField | TextField)]


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _wire_type(value: np.ndarray) -> str:
    """Name the big-endian type of a column; bytes have no ends."""
    return value.dtype.newbyteorder(">").str


def moment_of(moment: datetime) -> int:
    """Return a moment as Postgres stores it. Units: microseconds since the year 2000."""
    return round((moment - EPOCH).total_seconds() * 1e6)


def moments_before(moment: datetime, days: Floats) -> Ids:
    """Return the moments so many days before. Shapes: days (N,); returns (N,)."""
    return moment_of(moment) - (days.astype(np.float64) * MICROSECONDS_A_DAY).astype(np.int64)


def vectors_of(vectors: Floats) -> np.ndarray:
    """Return the binary forms of vectors. Shapes: vectors (N, D); returns (N,) of bytes."""
    dimensions = vectors.shape[1]
    layout = np.dtype([("length", ">i2"), ("unused", ">i2"), ("values", ">f4", (dimensions,))])
    rows = np.zeros(len(vectors), dtype=layout)
    rows["length"] = dimensions
    rows["values"] = vectors
    return rows.view(f"V{layout.itemsize}")


def keys_of(space: bytes, count: int) -> np.ndarray:
    """Return different UUIDs that begin alike. Shapes: space of 8 bytes; returns (N,) of bytes."""
    rows = np.zeros(count, dtype=[("space", "V8"), ("number", ">u8")])
    rows["space"] = np.frombuffer(space, dtype="V8")[0]
    rows["number"] = np.arange(count)
    return rows.view("V16")
