"""What somebody's word on a statement put aside, and how it comes back."""

from typing import Any

from django.utils.dateparse import parse_datetime

from catalog.models import Tag
from profiles.models import Statement
from profiles.services.declared import BROUGHT


def kept(statement: Statement) -> dict[str, Any]:
    """Return what a change of the statement's standing puts aside, as plain values.

    Only the last change is remembered, and that the statement was declared at all.
    """
    reviewed_at = statement.reviewed_at
    return {
        "status": statement.status,
        "is_hidden": statement.is_hidden,
        "reviewed_by": statement.reviewed_by_id,
        "reviewed_at": reviewed_at and reviewed_at.isoformat(),
    }


def lock_brought(tag_id: int) -> list[Tag]:
    """Lock the tag if users brought it in: without the statement nobody may be left to hold it."""
    tags = Tag.objects.select_for_update(no_key=True)
    return list(tags.filter(pk=tag_id, source__in=BROUGHT))


def restore(row: Statement) -> Statement | None:
    """Bring back what was put aside. Returns the statement that now holds of the tag.

    Call it with the statement locked, and with something in its `before`.
    """
    if row.before:
        return _stand_as_before(row, row.before)
    old = Statement.objects.filter(superseded_by=row).first()
    row.delete()
    if old is None:
        return None
    old.valid_until, old.superseded_by = None, None
    old.save(update_fields=["valid_until", "superseded_by"])
    return old


def _stand_as_before(row: Statement, before: dict[str, Any]) -> Statement:
    row.status, row.is_hidden = before["status"], before["is_hidden"]
    row.reviewed_by_id = before["reviewed_by"]
    row.reviewed_at = parse_datetime(before["reviewed_at"]) if before["reviewed_at"] else None
    row.before = {} if row.level == Statement.Level.DECLARED else None
    row.save(update_fields=["status", "is_hidden", "reviewed_by", "reviewed_at", "before"])
    return row
