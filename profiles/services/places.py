"""Who stands in which segment, and how far from its centre.

Every transaction that locks several of these rows does it in one order, each kind by its key:
tags, users, segments, profiles, the workspace. So no two can wait for each other crosswise.
"""

from collections.abc import Collection, Mapping

from django.db import connection
from django.db.models import F, Q

from profiles.models import Profile, Segment, User

# A segment and the distance from its centre.
Place = tuple[int, float]

STORE = """
    UPDATE profiles_profile
    SET segment_id = new.segment_id, segment_distance = new.distance, updated_at = now()
    FROM unnest(%s::bigint[], %s::bigint[], %s::float8[]) AS new (user_id, segment_id, distance)
    WHERE profiles_profile.user_id = new.user_id
"""


def lock_segments(workspace_id: int) -> list[Segment]:
    """Return the workspace's segments, locked. One query."""
    rows = Segment.objects.select_for_update(no_key=True).filter(workspace_id=workspace_id)
    return list(rows.order_by("pk"))


def ensure_profiles(workspace_id: int, user_ids: Collection[int]) -> None:
    """Make the profiles that are missing, of users who still are. Two queries, or one."""
    known = Profile.objects.filter(pk__in=user_ids).values_list("pk", flat=True)
    if missing := set(user_ids) - set(known):
        users = User.objects.select_for_update(no_key=True).filter(pk__in=missing)
        here = list(users.order_by("pk").values_list("pk", flat=True))
        Profile.objects.bulk_create(
            [Profile(workspace_id=workspace_id, user_id=pk) for pk in here], ignore_conflicts=True
        )


def store_places(places: Mapping[int, Place]) -> None:
    """Write where these users stand, but for those without a profile or paused. Two queries."""
    rows = Profile.objects.select_for_update(no_key=True, of=("self",))
    open_ones = rows.filter(pk__in=list(places), user__is_paused=False).order_by("pk")
    users = list(open_ones.values_list("pk", flat=True))
    segments = [places[user][0] for user in users]
    distances = [round(places[user][1], 6) for user in users]
    with connection.cursor() as cursor:
        cursor.execute(STORE, [users, segments, distances])


def place_all(workspace_id: int, places: Mapping[int, Place]) -> None:
    """Write where these users stand, and that nobody else has a segment. Four queries."""
    profiles = Profile.objects.filter(workspace_id=workspace_id)
    locked = profiles.select_for_update(no_key=True).order_by("pk")
    placed = set(locked.filter(_concerned(places)).values_list("pk", flat=True))
    store_places(places)
    profiles.filter(pk__in=placed - places.keys()).update(segment=None, segment_distance=None)


def _concerned(places: Mapping[int, Place]) -> Q:
    return Q(segment__isnull=False) | Q(pk__in=list(places))


def leave_segment(user: User) -> None:
    """Take one user out of their segment. The user's row is locked before. Three queries."""
    lock_segments(user.workspace_id)
    Segment.objects.filter(profiles__user=user, size__gt=0).update(size=F("size") - 1)
    Profile.objects.filter(user=user).update(segment=None, segment_distance=None)
