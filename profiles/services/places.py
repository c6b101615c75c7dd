"""Who stands in which segment, how far from its centre, and how near to the border.

Every transaction that locks several of these rows does it in one order, each kind by its key:
tags, users, segments, profiles, the workspace. So no two can wait for each other crosswise.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from django.db import connection
from django.db.models import F, Q

from catalog.models import ItemVector, Space, Tag
from core.arrays import Floats, as_floats
from profiles.modelling.company import stand_of
from profiles.modelling.segments import nearest
from profiles.models import Profile, Segment, User
from profiles.queries.company import directions_for, load_company
from profiles.segment_words import segment_in_words

# A segment, the distance from its centre, and how much farther the next one is. Without these
# two the place is provisional: it follows from words alone.
Place = tuple[int, float | None, float | None]
# The encoder that a space of shared company names: no model, but who took to what.
COMPANY = "likeness.company"

STORE = """
    UPDATE profiles_profile
    SET segment_id = new.segment_id, segment_distance = new.distance,
        segment_margin = new.margin, updated_at = now()
    FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[])
        AS new (user_id, segment_id, distance, margin)
    WHERE profiles_profile.user_id = new.user_id
"""
NOWHERE = {"segment": None, "segment_distance": None, "segment_margin": None}


def place_new(workspace_id: int, user_ids: Collection[int]) -> int:
    """Put users who are no member yet into the nearest segment; its stage moves the others.

    A provisional place gives way. Returns how many were placed. Call it in a transaction that
    holds the users' rows.
    """
    if not unplaced(user_ids):
        return 0
    segments = [row for row in lock_segments(workspace_id) if row.size > 0]
    fresh = sorted(unplaced(user_ids))  # the segment stage may just have placed some
    if not segments or not fresh:
        return 0
    space = Space.objects.get(pk=segments[0].space_id)  # one run leaves all in one space
    users, vectors = _stand(space, fresh)
    if not users:
        return 0
    centroids = as_floats([as_floats(each.centroid) for each in segments])
    sizes = np.array([each.size for each in segments])
    rows, distances, margins = nearest(vectors, centroids, sizes)
    ensure_profiles(workspace_id, users)
    own = [segments[row].pk for row in rows.tolist()]
    stands = zip(own, distances.tolist(), margins.tolist(), strict=True)
    store_places(dict(zip(users, stands, strict=True)))
    for row, count in zip(*np.unique(rows, return_counts=True), strict=True):
        Segment.objects.filter(pk=segments[row].pk).update(size=F("size") + int(count))
    return len(users)


def _stand(space: Space, user_ids: Sequence[int]) -> tuple[list[int], Floats]:
    """Return those of the users who stand anywhere in the segments' space, and where."""
    company = load_company(space.workspace_id, user_ids)
    known = ItemVector.objects.filter(space=space, item_id__in=company.items.tolist())
    directions = directions_for(
        company, dict(known.values_list("item_id", "vector")), space.dimensions
    )
    vectors = stand_of(company.met, directions)
    stands = np.flatnonzero(np.abs(vectors).sum(axis=1) > 0)
    return company.users[stands].tolist(), vectors[stands]


def unplaced(users: Collection[int]) -> set[int]:
    """Return those of the users who are members of no segment: in none, or provisionally."""
    placed = Profile.objects.filter(
        user__in=list(users), segment__isnull=False, segment_distance__isnull=False
    )
    return set(users) - set(placed.values_list("pk", flat=True))


def lock_segments(workspace_id: int) -> list[Segment]:
    """Return the workspace's segments, locked. One query."""
    rows = Segment.objects.select_for_update(no_key=True).filter(workspace_id=workspace_id)
    return list(rows.order_by("pk"))


def retell_segments(workspace_id: int, tags: Collection[Tag]) -> int:
    """Tell the segments that speak of these tags by their names of today, without blocked ones.

    What members dislike is not kept apart, so it comes back with the next run. Returns how many
    segments. Call it in the transaction of the change, after the users' rows. Three queries.
    """
    segments = lock_segments(workspace_id)
    rows = [row for row in segments if any(_speaks_of(row, tag) for tag in tags)]
    known = Tag.objects.filter(is_blocked=False).in_bulk({pk for row in rows for pk in row.tags})
    for row in rows:
        liked = [known[pk] for pk in row.tags if pk in known]
        row.names, row.description = segment_in_words(liked, ())
        row.tags = [one.pk for one in liked]
    Segment.objects.bulk_update(rows, ["names", "description", "tags"])
    return len(rows)


def _speaks_of(row: Segment, tag: Tag) -> bool:
    told = " ".join(map(str, (*row.names.values(), *row.description.values()))).casefold()
    called = {tag.key, *map(str, tag.names.values())}
    return tag.pk in row.tags or any(name.casefold() in told for name in called if name)


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
    distances = [_rounded(places[user][1]) for user in users]
    margins = [_rounded(places[user][2]) for user in users]
    with connection.cursor() as cursor:
        cursor.execute(STORE, [users, segments, distances, margins])


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def place_all(workspace_id: int, places: Mapping[int, Place]) -> None:
    """Write where these users stand, and that nobody else has a segment. Four queries."""
    profiles = Profile.objects.filter(workspace_id=workspace_id)
    locked = profiles.select_for_update(no_key=True).order_by("pk")
    placed = set(locked.filter(_concerned(places)).values_list("pk", flat=True))
    store_places(places)
    profiles.filter(pk__in=placed - places.keys()).update(**NOWHERE)


def _concerned(places: Mapping[int, Place]) -> Q:
    return Q(segment__isnull=False) | Q(pk__in=list(places))


def leave_segment(user: User) -> None:
    """Take one user out of their segment. The user's row is locked before. Three queries.

    Who stood there provisionally was no member that counted.
    """
    lock_segments(user.workspace_id)
    is_member = Q(profiles__user=user, profiles__segment_distance__isnull=False)
    Segment.objects.filter(is_member, size__gt=0).update(size=F("size") - 1)
    Profile.objects.filter(user=user).update(**NOWHERE)
