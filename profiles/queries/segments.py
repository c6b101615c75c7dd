"""Reads about segments: which there are, and who stands where in them."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from core.errors import NotFoundError
from profiles.models import Profile, Segment


@dataclass(frozen=True, slots=True)
class Member:
    """A user in a segment; a smaller distance from its centre is more typical."""

    user_id: int
    external_id: str
    name: str
    distance: float


def list_segments(workspace_id: int) -> QuerySet[Segment]:
    """Return the workspace's segments that have members, by number."""
    return Segment.objects.filter(workspace_id=workspace_id, size__gt=0).order_by("number")


def get_segment(workspace_id: int, number: int) -> Segment:
    """Return one segment, or raise NotFoundError."""
    try:
        return list_segments(workspace_id).get(number=number)
    except Segment.DoesNotExist:
        raise NotFoundError(f"There is no segment {number} here.", segment=number) from None


def list_members(segment: Segment, *, borderline: bool = False, length: int = 20) -> list[Member]:
    """Return the most typical members, or with `borderline` the least. One query."""
    order = F("segment_distance")
    rows = (
        Profile.objects.filter(segment=segment, segment_distance__isnull=False)
        .order_by(order.desc() if borderline else order.asc(), "pk")
        .values_list("user_id", "user__external_id", "user__name", "segment_distance")[:length]
    )
    return [Member(pk, known_as, name, distance or 0.0) for pk, known_as, name, distance in rows]
