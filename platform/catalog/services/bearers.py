"""Who else bears a tag: one that a single item bears tells nothing of people who met that item.

So whatever gives tags to items or takes them away also changes what is known of an item that is
left with a tag alone, or is no longer alone with it.
"""

from collections import defaultdict
from collections.abc import Collection

from django.db import connection

from catalog.models import ItemTag
from catalog.services.duplicates import wait_for_turn

BEARERS = """
    SELECT changed.tag_id, bearer.item_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS changed (tag_id, enough)
    CROSS JOIN LATERAL (
        SELECT item_id FROM catalog_itemtag AS borne
        WHERE borne.tag_id = changed.tag_id LIMIT changed.enough
    ) AS bearer
"""


def wait_to_tag(workspace_id: int) -> None:
    """Hold the right to change which items bear which tags until the transaction ends.

    Of two who give one tag to an item each, the second then sees the first. To be taken before
    items, tags and users are locked. One query.
    """
    wait_for_turn(ItemTag, workspace_id)


def alone_beside(
    came: Collection[tuple[int, int]], went: Collection[tuple[int, int]] = ()
) -> set[int]:
    """Return the items that bear a tag which no other item bears but those that came or went.

    `came` are (item, tag) pairs that are stored now and were not before, `went` those that were
    and are not; a pair that was there all along does no harm. Needs `wait_to_tag`. One query.
    """
    newly: dict[int, set[int]] = defaultdict(set)
    for item, tag in came:
        newly[tag].add(item)
    tags = sorted(newly.keys() | {tag for _, tag in went})
    if not tags:
        return set()
    # With two more than came, it is no longer of interest how many there are.
    enough = [len(newly.get(tag, ())) + 2 for tag in tags]
    others: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(BEARERS, [tags, enough])
        for tag, item in cursor.fetchall():
            if item not in newly.get(tag, ()):
                others[tag].add(item)
    return {item for items in others.values() if len(items) == 1 for item in items}
