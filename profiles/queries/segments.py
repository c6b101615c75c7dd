"""Which segments a workspace has."""

from django.db.models import QuerySet

from core.errors import NotFoundError
from profiles.models import Segment


def list_segments(workspace_id: int) -> QuerySet[Segment]:
    """Return the workspace's segments that have members, by number."""
    return Segment.objects.filter(workspace_id=workspace_id, size__gt=0).order_by("number")


def get_segment(workspace_id: int, number: int) -> Segment:
    """Return one segment, or raise NotFoundError."""
    try:
        return list_segments(workspace_id).get(number=number)
    except Segment.DoesNotExist:
        raise NotFoundError(f"There is no segment {number} here.", segment=number) from None
