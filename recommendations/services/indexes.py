"""An index of nearest items for each large space; small spaces are read whole, which is exact."""

import structlog
from django.db import connection
from psycopg import sql

from catalog.models import ItemVector, Space

log = structlog.get_logger(__name__)

# Reading fewer vectors than this takes a few milliseconds for each taste.
LEAST_INDEXED = 5_000
INDEX_NAME = "item_vector_near_{}"

# Half the size and no worse in practice: 16-bit floats move cosines by about 0.001.
CREATE = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON catalog_itemvector
USING hnsw ((vector::halfvec({dimensions})) halfvec_ip_ops) WHERE space_id = {space}
"""


def ensure_indexes(workspace_id: int) -> list[str]:
    """Index the active space where it has grown large. Returns the names of indexes that are new.

    Nobody waits for it: the index is built beside the running requests, which read the vectors
    whole until it is there. Inside a transaction nothing is done, since Postgres cannot build
    it there.
    """
    if connection.in_atomic_block:
        return []
    spaces = Space.objects.filter(workspace_id=workspace_id, state=Space.State.ACTIVE)
    return [name for space in spaces if is_large(space) and (name := create_index(space))]


def is_large(space: Space) -> bool:
    """Say whether the space has so many vectors that an index pays. One query."""
    some = ItemVector.objects.filter(space=space).values_list("pk", flat=True)
    return some[:LEAST_INDEXED].count() == LEAST_INDEXED


def create_index(space: Space) -> str:
    """Build the index of one space, or return "" where it is there already."""
    name = INDEX_NAME.format(space.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
        found = cursor.fetchone()
        if found and found[0]:
            return ""
        if found:  # what an interrupted build leaves behind is never used
            drop_index(space)
        cursor.execute(
            sql.SQL(CREATE).format(
                name=sql.Identifier(name),
                dimensions=sql.Literal(space.dimensions),
                space=sql.Literal(space.pk),
            )
        )
    log.info("space.indexed", space_id=space.pk)
    return name


def drop_index(space: Space) -> None:
    """Remove the index of a space that is no longer used."""
    name = sql.Identifier(INDEX_NAME.format(space.pk))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(name))
