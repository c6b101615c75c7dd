"""Rows that are to be referred to, held so that nobody deletes them meanwhile."""

from collections.abc import Iterable

from django.db import connection, models
from psycopg import sql

HOLD = "SELECT {key} FROM {table} WHERE {key} = ANY(%s::bigint[]) ORDER BY {key} FOR KEY SHARE"


def hold(model: type[models.Model], ids: Iterable[int]) -> set[int]:
    """Keep these rows from being deleted until the transaction ends. Returns those still there.

    For whoever worked something out of rows and stores it beside them: what went meanwhile is to
    be left out, since the database refuses a row that refers to it. Others may change the rows,
    and hold them too. In the order of the keys; items come before tags, and tags before users.
    Needs a transaction. One query.
    """
    meta = model._meta
    query = sql.SQL(HOLD).format(
        key=sql.Identifier(str(meta.pk.column)), table=sql.Identifier(meta.db_table)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [list(ids)])
        return {pk for (pk,) in cursor.fetchall()}
