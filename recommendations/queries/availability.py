"""When an item may be offered, as a condition for the queries that look for items."""

from datetime import datetime

from recommendations.queries.fetching import fetch

# Of a query that reads `catalog_item AS item`.
AVAILABLE = """item.is_available
  AND (item.available_from IS NULL OR item.available_from <= %(now)s)
  AND (item.available_until IS NULL OR item.available_until > %(now)s)"""

# The same for a query that knows items by id alone, as `candidate.item_id`. A subquery, and not a
# join: it is asked of the few rows that come up, best first, and leaves the order in which an index
# gives them.
IS_OPEN = f"""(
    SELECT {AVAILABLE} FROM catalog_item AS item WHERE item.id = candidate.item_id
)"""  # noqa: S608 - only constants of ours are filled in

UNAVAILABLE = f"""
SELECT count(*) FROM catalog_item AS item
WHERE item.workspace_id = %(workspace)s AND NOT ({AVAILABLE})
"""  # noqa: S608 - only constants of ours are filled in


def count_unavailable(workspace_id: int, *, now: datetime) -> int:
    """Return how many items of the workspace may not be offered. One query."""
    return int(fetch(UNAVAILABLE, {"workspace": workspace_id, "now": now})[0][0])
