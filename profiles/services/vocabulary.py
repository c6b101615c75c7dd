"""What staff change about the words and the weights that every portrait is drawn with."""

from collections.abc import Collection

import structlog
from django.db import connection, transaction
from django.db.models import Q

from catalog.models import Tag
from core.jobs import Job, enqueue
from profiles.models import AspectReading, Interaction, Kind, Reading, Statement
from profiles.services.places import retell_segments
from profiles.services.users import raise_evidence, raise_portraits

FOLLOW = """
    WITH merged AS (
        SELECT aspect.id, aspect.reading_id, tag.merged_into_id AS target, aspect.start,
            row_number() OVER (
                PARTITION BY aspect.reading_id, tag.merged_into_id, aspect.start ORDER BY aspect.id
            ) AS place
        FROM profiles_aspectreading AS aspect JOIN catalog_tag AS tag ON tag.id = aspect.tag_id
        WHERE tag.workspace_id = %s AND tag.merged_into_id IS NOT NULL
    ), said AS (
        SELECT merged.id FROM merged LEFT JOIN profiles_aspectreading AS there
            ON there.reading_id = merged.reading_id AND there.tag_id = merged.target
            AND there.start = merged.start
        WHERE there.id IS NOT NULL OR merged.place > 1
    ), gone AS (
        DELETE FROM profiles_aspectreading WHERE id IN (SELECT id FROM said) RETURNING reading_id
    ), moved AS (
        UPDATE profiles_aspectreading AS aspect SET tag_id = merged.target FROM merged
        WHERE aspect.id = merged.id AND aspect.id NOT IN (SELECT id FROM said)
        RETURNING aspect.reading_id
    )
    SELECT DISTINCT interaction.user_id
    FROM (SELECT reading_id FROM gone UNION SELECT reading_id FROM moved) AS touched
    JOIN profiles_reading AS reading ON reading.id = touched.reading_id
    JOIN profiles_interaction AS interaction ON interaction.id = reading.review_id
"""

log = structlog.get_logger(__name__)
TOLD = 20


def tag_changed(tag: Tag) -> int:
    """Say that a tag is called, blocked or placed otherwise than before: see `tags_changed`."""
    return tags_changed(tag.workspace_id, [tag])


@transaction.atomic
def tags_changed(workspace_id: int, tags: Collection[Tag]) -> int:
    """Say that tags are called, blocked or placed otherwise than before. Returns how many users.

    Due again is everybody who met one of the tags, spoke of it, or is believed to like or dislike
    it or a tag below it. In one round, so that all users are locked before their workspace. Call
    it in the transaction of the change; safe to repeat.
    """
    if not tags:
        return 0
    about = Q(tag__in=tags) | Q(tag__parent__in=tags)
    current = Statement.objects.filter(about, valid_until__isnull=True)
    believed = set(current.values_list("user_id", flat=True))
    met = Interaction.objects.filter(item__item_tags__tag__in=tags)
    spoke = AspectReading.objects.filter(tag__in=tags)
    concerned = believed.union(
        met.values_list("user_id", flat=True).distinct(),
        spoke.values_list("reading__review__interaction__user_id", flat=True).distinct(),
    )
    raised = raise_evidence(concerned)
    retell_segments(workspace_id, tags)
    raise_portraits(believed)
    _wake(workspace_id, raised)
    keys = sorted(tag.key for tag in tags)
    log.info("tags.changed", workspace_id=workspace_id, tags=keys[:TOLD], users=raised)
    return raised


@transaction.atomic
def kind_changed(kind: Kind) -> int:
    """Say that a kind of interaction weighs otherwise than before. Returns how many users.

    Due again is everybody who has an interaction of the kind. Call it in the transaction of the
    change; safe to repeat.
    """
    did = Interaction.objects.filter(workspace_id=kind.workspace_id, kind=kind)
    raised = raise_evidence(did.values_list("user_id", flat=True).distinct())
    _wake(kind.workspace_id, raised)
    log.info("kind.changed", workspace_id=kind.workspace_id, kind=kind.name, users=raised)
    return raised


@transaction.atomic
def follow_merges(workspace_id: int) -> int:
    """Let what reviews say of a merged tag count for the tag that is used instead of it.

    Returns how many users hear of it. Safe to repeat.
    """
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, [workspace_id])
        moved = [user for (user,) in cursor.fetchall()]
    return raise_evidence(set(moved))


def tags_filed(tag_ids: Collection[int]) -> int:
    """Say that these tags stand under another field than before. Returns how many portraits.

    What is believed does not change by it, only how it is shown.
    """
    current = Statement.objects.filter(tag__in=tag_ids, valid_until__isnull=True)
    return raise_portraits(set(current.values_list("user_id", flat=True)))


def read_anew(workspace_id: int, tag_ids: Collection[int]) -> int:
    """Let the reviews that speak of these tags be read again: their words may mean another tag.

    Returns how many reviews. One query.
    """
    spoken = Reading.objects.filter(workspace_id=workspace_id, aspects__tag__in=tag_ids)
    return Reading.objects.filter(pk__in=spoken.values("pk")).update(version="")


def _wake(workspace_id: int, raised: int) -> None:
    if raised:
        enqueue(Job.SWEEP, workspace_id=workspace_id)
