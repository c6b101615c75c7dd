"""An index of nearest items for each large space; small spaces are read whole, which is exact."""

import structlog
from django.db import connection
from psycopg import sql

from catalog.models import ItemVector, Space
from recommendations.models import FactorSpace, Fit, ItemFactors

log = structlog.get_logger(__name__)

# Reading fewer vectors than this takes a few milliseconds for each taste.
LEAST_INDEXED = 5_000
INDEX_NAME = "item_vector_near_{}"
FACTOR_INDEX_NAME = "item_factors_near_{}"

# Half the size and no worse in practice: 16-bit floats move cosines by about 0.001.
CREATE = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table}
USING hnsw ((vector::halfvec({dimensions})) halfvec_ip_ops) WHERE space_id = {space}
"""
ORPHANS = """
SELECT index.relname FROM pg_class AS index
WHERE index.relkind = 'i' AND index.relname LIKE 'item\\_factors\\_near\\_%%'
  AND NOT EXISTS (SELECT FROM recommendations_factorspace AS space
                  WHERE index.relname = 'item_factors_near_' || space.id)
"""

AnySpace = Space | FactorSpace


def ensure_indexes(workspace_id: int) -> list[str]:
    """Index the active space, and those of the serving fit, where they have grown large.

    Returns the names of indexes that are new. Those of spaces that are gone are removed.

    Nobody waits for it: the index is built beside the running requests, which read the vectors
    whole until it is there. Inside a transaction nothing is done, since Postgres cannot build
    it there.
    """
    if connection.in_atomic_block:
        return []
    _drop_orphans()
    active = Space.objects.filter(workspace_id=workspace_id, state=Space.State.ACTIVE)
    serving = FactorSpace.objects.filter(workspace_id=workspace_id, fit__state=Fit.State.SERVING)
    spaces: list[AnySpace] = [*active, *serving.defer("table").order_by("pk")]
    return [name for space in spaces if is_large(space) and (name := create_index(space))]


def is_large(space: AnySpace) -> bool:
    """Say whether the space has so many vectors that an index pays. One query."""
    if isinstance(space, Space):
        held = ItemVector.objects.filter(space=space)[:LEAST_INDEXED].count()
    else:
        held = ItemFactors.objects.filter(space=space)[:LEAST_INDEXED].count()
    return held == LEAST_INDEXED


def create_index(space: AnySpace) -> str:
    """Build the index of one space, or return "" where it is there already."""
    name = index_name(space)
    rows = ItemVector if isinstance(space, Space) else ItemFactors
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
                table=sql.Identifier(rows._meta.db_table),
                dimensions=sql.Literal(space.dimensions),
                space=sql.Literal(space.pk),
            )
        )
    log.info("space.indexed", space_id=space.pk, index=name)
    return name


def drop_index(space: AnySpace) -> None:
    """Remove the index of a space that is no longer used."""
    _drop(index_name(space))


def index_name(space: AnySpace) -> str:
    """Return the name that the index of a space has; `load_standing` looks for it."""
    pattern = INDEX_NAME if isinstance(space, Space) else FACTOR_INDEX_NAME
    return pattern.format(space.pk)


def _drop_orphans() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS)
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        _drop(name)


def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))
