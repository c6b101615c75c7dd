"""Who stands in a segment."""

from django.db.models import QuerySet

from profiles.models import Profile, Segment


def members_of(segment: Segment) -> QuerySet[Profile]:
    """Return the profiles in the segment with their users, the most typical first."""
    profiles = Profile.objects.filter(segment=segment, segment_distance__isnull=False)
    return profiles.select_related("user").order_by("segment_distance", "pk")
