"""Postgres' binary forms of vectors, arrays and COPY rows, to and from NumPy.

Turning a thousand vectors into Python lists and back takes longer than finding them does; the
binary forms are read where they lie. All of them are big-endian.
"""

from collections.abc import Iterable, Sequence
from struct import Struct

import numpy as np
from django.db import connection
from psycopg.sql import Composed

from core.arrays import Doubles, Floats, Ids, as_floats

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
INT8_OID, FLOAT8_OID = 20, 701
ARRAY_HEADER = Struct(">iiIii")
VECTOR_HEADER = Struct(">hh")
FIELD_COUNT = Struct(">h")
FIELD_LENGTH = Struct(">i")
INT8 = Struct(">q")
FLOAT8 = Struct(">d")

ARRAY_OF_INT8 = np.dtype([("length", ">i4"), ("value", ">i8")])
ARRAY_OF_FLOAT8 = np.dtype([("length", ">i4"), ("value", ">f8")])


def vectors_from(sent: Sequence[bytes | None], dimensions: int) -> Floats:
    """Read what `vector_send` gave; where there is none the row is zero. Returns (B, D)."""
    return _rows_from(sent, ">f4", dimensions)


def halves_from(sent: Sequence[bytes | None], dimensions: int) -> Floats:
    """Read what `halfvec_send` gave; where there is none the row is zero. Returns (B, D)."""
    return _rows_from(sent, ">f2", dimensions)


def halves_to(vector: Floats) -> bytes:
    """Write the binary form of a halfvec. Shapes: vector (D,)."""
    return VECTOR_HEADER.pack(len(vector), 0) + vector.astype(">f2").tobytes()


def _rows_from(sent: Sequence[bytes | None], number: str, dimensions: int) -> Floats:
    row = np.dtype([("header", ">i4"), ("values", number, (dimensions,))])
    nothing = bytes(row.itemsize)
    together = b"".join(nothing if one is None else one for one in sent)
    return as_floats(np.frombuffer(together, dtype=row)["values"])


def ids_from(sent: bytes) -> Ids:
    """Read what `array_send` gave for a bigint[] without nulls. Shapes: returns (N,)."""
    return ids_of_rows([sent])[0]


def ids_of_rows(sent: Sequence[bytes]) -> tuple[Ids, Ids]:
    """Read many bigint[] at once. Returns all elements in line, and how many each row has."""
    values, counts = _elements(sent, ARRAY_OF_INT8)
    return values.astype(np.int64), counts


def doubles_from(sent: bytes) -> Doubles:
    """Read what `array_send` gave for a float8[] without nulls. Shapes: returns (N,)."""
    return _elements([sent], ARRAY_OF_FLOAT8)[0].astype(np.float64)


def floats_of_rows(sent: Sequence[bytes]) -> Floats:
    """Read many float8[] at once. Returns all elements in line."""
    return as_floats(_elements(sent, ARRAY_OF_FLOAT8)[0])


def ids_to(values: Ids) -> bytes:
    """Write the binary form of a bigint[]. Shapes: values (N,)."""
    return _array_to(values, ARRAY_OF_INT8, INT8_OID)


def floats_to(values: Floats) -> bytes:
    """Write the binary form of a float8[]. Shapes: values (N,)."""
    return _array_to(values, ARRAY_OF_FLOAT8, FLOAT8_OID)


def copy_row(*values: bytes) -> bytes:
    """Write one row of a binary COPY from its fields' binary forms."""
    fields = b"".join(FIELD_LENGTH.pack(len(value)) + value for value in values)
    return FIELD_COUNT.pack(len(values)) + fields


def copy_in(command: str | Composed, rows: Iterable[bytes]) -> None:
    """Write rows, one or more at a time, by a binary `COPY ... FROM STDIN`. One query."""
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        copy.write(COPY_HEADER)
        for row in rows:
            copy.write(row)
        copy.write(COPY_TRAILER)


def copied_row(*fields: tuple[str, str]) -> np.dtype[np.void]:
    """Return the layout of a binary COPY row whose fields all have a fixed size and no nulls.

    Fields are pairs of a name and a big-endian type, such as ("user", ">i8").
    """
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in fields:
        layout += [(f"{name}_length", ">i4"), (name, kind)]
    return np.dtype(layout)


def _elements(sent: Sequence[bytes], element: np.dtype[np.void]) -> tuple[np.ndarray, Ids]:
    """Lay the rows' elements end to end; an empty array is shorter than the header of others."""
    payloads = [one[ARRAY_HEADER.size :] for one in sent]
    counts = np.array([len(one) for one in payloads], dtype=np.int64) // element.itemsize
    return np.frombuffer(b"".join(payloads), dtype=element)["value"], counts


def _array_to(values: Ids | Floats, element: np.dtype[np.void], oid: int) -> bytes:
    if not len(values):
        return ARRAY_HEADER.pack(0, 0, oid, 0, 0)[:12]
    laid = np.empty(len(values), dtype=element)
    laid["length"] = 8
    laid["value"] = values
    return ARRAY_HEADER.pack(1, 0, oid, len(values), 1) + laid.tobytes()
