"""Tags whose keys are older than today's rule of when two spellings are one tag."""

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from catalog.keys import key_of
from catalog.models import ItemTag, Tag
from profiles.models import AspectReading, Statement
from profiles.services.users import raise_evidence
from profiles.services.vocabulary import tag_changed

log = structlog.get_logger(__name__)
STAFF = Tag.Source.STAFF


@transaction.atomic
def fold_keys(workspace_id: int) -> int:
    """Give the workspace's tags the keys that are looked up today. Returns how many had another.

    So a tag that was stored as `科幻小說` is found as `科幻小说`. Where another tag has that key
    already the two become one: what items bear, reviews say and users think of the older spelling
    goes to the other tag, and so does what staff chose for it, unless they chose for both. Safe to
    repeat; one query where nothing is to be done.
    """
    tags = Tag.objects.filter(workspace_id=workspace_id)
    rows = tags.order_by("pk").values_list("pk", "key")
    old = [pk for pk, key in rows if not key.isascii() and key_of(key) not in ("", key)]
    for pk in old:
        tag = tags.select_for_update().get(pk=pk)
        twin = tags.select_for_update().filter(key=key_of(tag.key)).first()
        if twin is None:
            tag.key = key_of(tag.key)
            tag.save(update_fields=["key"])
            tag_changed(tag)
        elif twin.is_field == tag.is_field:
            _unite(tag, twin)
            tag_changed(twin)
    if old:
        log.info("keys.folded", workspace_id=workspace_id, tags=len(old))
    return len(old)


def _unite(old: Tag, kept: Tag) -> None:
    """Let `kept` take all that refers to `old`, which goes."""
    believed = Statement.objects.filter(tag__in=[old, kept], valid_until=None)
    raise_evidence(believed.values_list("user_id", flat=True))
    _move(ItemTag.objects.filter(tag=old), kept, "item")
    _move(AspectReading.objects.filter(tag=old), kept, "reading", "start")
    _settle(old, kept)
    Statement.objects.filter(tag=old).update(tag=kept)
    _choose(old, kept)
    others = Tag.objects.exclude(pk=kept.pk)
    others.filter(parent=old).update(parent=kept)
    others.filter(merged_into=old).update(merged_into=kept.merged_into or kept)
    old.delete()


def _move(rows: QuerySet[ItemTag] | QuerySet[AspectReading], kept: Tag, *once: str) -> None:
    """Give the rows to `kept`, but for those of which it has one with the same `once`."""
    same = {name: OuterRef(name) for name in once}
    rows.exclude(Exists(rows.model._default_manager.filter(tag=kept, **same))).update(tag=kept)


def _settle(old: Tag, kept: Tag) -> None:
    """Close one of two current beliefs of a user: somebody's word stays, else that about `kept`."""
    now = timezone.now()
    current = Statement.objects.filter(valid_until=None)
    other = {row.user_id: row for row in current.filter(tag=kept)}
    for row in current.filter(tag=old, user__in=other):
        twin = other[row.user_id]
        stays, goes = (row, twin) if _is_said(row) and not _is_said(twin) else (twin, row)
        goes.valid_until, goes.superseded_by = max(goes.valid_from, now), stays
        goes.save(update_fields=["valid_until", "superseded_by"])


def _is_said(row: Statement) -> bool:
    return row.level == Statement.Level.DECLARED or row.reviewed_at is not None


def _choose(old: Tag, kept: Tag) -> None:
    """Keep what staff chose for either tag; where they chose for both, what they did for `kept`."""
    if kept.merged_into_id == old.pk:
        kept.merged_into = None
    if kept.parent_id == old.pk:
        kept.parent = None
    if old.source == STAFF and kept.source != STAFF:
        kept.source, kept.names = STAFF, kept.names | old.names
        kept.field_confidence = None
        kept.parent = old.parent if old.parent_id != kept.pk else None
        kept.merged_into = old.merged_into if old.merged_into_id != kept.pk else None
    kept.is_blocked_by_staff |= old.is_blocked_by_staff
    kept.topic = kept.topic or old.topic
    kept.is_blocked = kept.is_blocked or old.is_blocked
    kept.save()
