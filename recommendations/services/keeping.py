"""Write a served slate down, without letting its reader wait for the disk."""

from functools import cache

from django.db import connection
from django.db.models.expressions import DatabaseDefault

from recommendations.models import Slate
from recommendations.queries.fetching import fetch

INSERT = """
INSERT INTO {table} ({columns})
SELECT {values} FROM set_config('synchronous_commit', 'off', TRUE)
"""


def keep(slate: Slate) -> None:
    """Store a new slate. One query.

    Whoever asks next finds it. Postgres answers before the disk has it: where the machine itself
    fails, slates of its last moments may be gone, and with them what they led to.
    """
    given = {
        field: value
        for field in slate._meta.concrete_fields
        if not isinstance(value := field.pre_save(slate, add=True), DatabaseDefault)
    }
    values = [field.get_db_prep_save(value, connection) for field, value in given.items()]
    fetch(_insert(tuple(field.attname for field in given)), values)
    slate._state.adding = False  # noqa: SLF001 - what Django's own save would leave behind


@cache
def _insert(names: tuple[str, ...]) -> str:
    """Put the statement together that stores these fields, once for all slates like it."""
    fields = [field for field in Slate._meta.concrete_fields if field.attname in names]
    return INSERT.format(
        table=connection.ops.quote_name(Slate._meta.db_table),
        columns=", ".join(connection.ops.quote_name(str(field.column)) for field in fields),
        values=", ".join(f"%s::{field.db_type(connection)}" for field in fields),
    )
