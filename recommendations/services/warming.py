"""Read what a fit serves from once through, before requests have to."""

import structlog
from django.db import OperationalError

from catalog.models import ItemVector, Space
from recommendations.models import ItemFactors
from recommendations.queries.fetching import contained, fetch, hurried, is_late
from recommendations.queries.fits import serving_fit
from recommendations.services.indexes import AnySpace, index_name, is_large

log = structlog.get_logger(__name__)

# What takes longer is broken off: as much as was read by then is there.
MOST_MILLISECONDS = 20_000
PROBES, NEAREST = 100, 40

READS = {
    "neighbours": """
SELECT count(array_length(neighbour_ids, 1) + array_length(weights, 1))
FROM recommendations_neighbours WHERE fit_id = %(fit)s""",
    "links": """
SELECT count(array_length(item_ids, 1) + array_length(weights, 1))
FROM recommendations_taglinks WHERE fit_id = %(fit)s""",
    "takers": """
SELECT count(array_length(seats, 1) + array_length(weights, 1))
FROM recommendations_takers WHERE fit_id = %(fit)s""",
    "companions": """
SELECT count(array_length(item_ids, 1)) FROM recommendations_companion WHERE fit_id = %(fit)s""",
    "popularity": """
SELECT count(overall) FROM recommendations_popularity WHERE fit_id = %(fit)s""",
    "bearers": """
SELECT count(confidence) FROM catalog_itemtag
WHERE tag_id IN (SELECT id FROM catalog_tag WHERE workspace_id = %(workspace)s)""",
    "items": """
SELECT count(title) FROM catalog_item WHERE workspace_id = %(workspace)s""",
    "vectors": """
SELECT count(vector_dims(held.vector)) FROM catalog_itemvector AS held
JOIN catalog_space AS space ON space.id = held.space_id
WHERE space.workspace_id = %(workspace)s AND space.state = 'active'""",
    "factors": """
SELECT count(vector_dims(held.vector)) FROM recommendations_itemfactors AS held
JOIN recommendations_factorspace AS space ON space.id = held.space_id
WHERE space.fit_id = %(fit)s""",
}
# An index of nearest items is read by asking it; the space must stand in the query itself.
NEAR = """
SELECT count(near.item_id) FROM (
    SELECT vector FROM {table} WHERE space_id = {space} ORDER BY md5(item_id::text) LIMIT {probes}
) AS probe CROSS JOIN LATERAL (
    SELECT item_id FROM {table} WHERE space_id = {space}
    ORDER BY vector::halfvec({dimensions}) <#> probe.vector::halfvec({dimensions}) LIMIT {nearest}
) AS near
"""


def read_ahead(workspace_id: int) -> dict[str, int]:
    """Bring the pages that every request of the workspace needs into memory.

    Learning reads all interactions, and pushes out of Postgres' memory, and the machine's, what
    lists are made from: the first requests would wait for the disk, and leave sources out as late.
    A worker waits for it here. What lies with single users is left to their own requests. One
    query each, of at most twenty seconds. Returns how many rows were read of each, nothing where
    no fit serves.
    """
    fit = serving_fit(workspace_id)
    if fit is None:
        return {}
    given = {"fit": fit.pk, "workspace": workspace_id}
    found = {name: _read(sql, given) for name, sql in READS.items()}
    active = Space.objects.filter(workspace_id=workspace_id, state=Space.State.ACTIVE)
    spaces: list[AnySpace] = [*active, *fit.spaces.defer("table")]
    for space in filter(is_large, spaces):
        found[index_name(space)] = _read(_near(space), {})
    log.info("fit.read_ahead", workspace_id=workspace_id, fit=fit.pk, **found)
    return found


def _read(sql: str, given: dict[str, int]) -> int:
    """Return how many rows were read; 0 where it took too long."""
    try:
        with hurried(MOST_MILLISECONDS), contained():
            return int(fetch(sql, given)[0][0])
    except OperationalError as error:
        if not is_late(error):
            raise
        return 0


def _near(space: AnySpace) -> str:
    rows = ItemVector if isinstance(space, Space) else ItemFactors
    return NEAR.format(
        table=rows._meta.db_table,
        space=int(space.pk),
        dimensions=int(space.dimensions),
        probes=PROBES,
        nearest=NEAREST,
    )
