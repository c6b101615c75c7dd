"""Where users stand who took to nothing that anybody else took to: provisionally, by words.

Such a place has no distance from the segment's centre. Whoever has one is no member that counts,
is shown as none, and names nothing; the first thing they take to gives them a place of their own.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db import transaction
from django.db.models import QuerySet

from profiles.models import Profile, Segment, Statement, User
from profiles.queries.base import left_out_of
from profiles.queries.statements import statements_in_use
from profiles.services.places import (
    NOWHERE,
    Place,
    ensure_profiles,
    lock_segments,
    store_places,
    unplaced,
)


@transaction.atomic(savepoint=False)
def place_by_words(workspace_id: int, user_ids: Collection[int]) -> int:
    """Put those of these users who are members of no segment where their statements point.

    Whom they point nowhere stands nowhere. Returns how many have a place by it. At most eleven
    queries, two where all are members.
    """
    has_segments = Segment.objects.filter(workspace_id=workspace_id, size__gt=0).exists()
    waiting = unplaced(user_ids) if has_segments else set()
    if not waiting:
        return 0
    users = User.objects.select_for_update(no_key=True).filter(pk__in=waiting, is_paused=False)
    here = list(users.order_by("pk").values_list("pk", flat=True))
    said = _load_said(workspace_id, statements_in_use().filter(user__in=here))
    stood = Profile.objects.filter(pk__in=here, segment__isnull=False)
    before = set(stood.values_list("pk", flat=True))
    if not said and not before:
        return 0
    ensure_profiles(workspace_id, list(said))
    segments = lock_segments(workspace_id)
    fresh = unplaced(here)  # the segment stage may just have placed some
    places = _places({user: said[user] for user in said.keys() & fresh}, segments)
    store_places(places)
    gone = Profile.objects.filter(pk__in=(before & fresh) - places.keys())
    gone.filter(segment_distance__isnull=True).update(**NOWHERE)
    return len(places)


def places_by_words(
    workspace_id: int, segments: Sequence[Segment], *, members: Collection[int]
) -> dict[int, Place]:
    """Return the provisional places of all who are not among the members. Two queries."""
    tags = {tag for segment in segments for tag in segment.tags}
    stated = statements_in_use().filter(workspace_id=workspace_id, tag__in=tags)
    said = _load_said(workspace_id, stated.filter(user__is_paused=False))
    known = set(members)
    return _places({user: each for user, each in said.items() if user not in known}, segments)


def nearest_by_words(said: Mapping[int, float], segments: Sequence[Segment]) -> Segment | None:
    """Return the segment whose tags a user says most of, or None where they say none of any.

    `said` is the signed strength of each statement, by tag. A segment's tags are those that its
    members like more than others do; a like of one draws nearer and a dislike away, and what is
    said of several counts by the root of how many the segment has, as in a cosine. Of equals the
    largest is taken, then the lowest number.
    """
    drawn = [
        (sum(said.get(tag, 0.0) for tag in segment.tags) / len(segment.tags) ** 0.5, segment)
        for segment in segments
        if segment.tags and segment.size > 0
    ]
    near = [(pull, segment) for pull, segment in drawn if pull > 0]
    return max(near, key=lambda one: (one[0], one[1].size, -one[1].number))[1] if near else None


def _places(
    said: Mapping[int, Mapping[int, float]], segments: Sequence[Segment]
) -> dict[int, Place]:
    found = {user: nearest_by_words(each, segments) for user, each in said.items()}
    return {user: (one.pk, None, None) for user, one in sorted(found.items()) if one}


def _load_said(workspace_id: int, rows: QuerySet[Statement]) -> dict[int, dict[int, float]]:
    """Return by user the signed strength of what these rows in use state, by tag. Two queries.

    Guesses are left out, and the users whom staff have left out.
    """
    current = rows.exclude(level=Statement.Level.LATENT).exclude(user__in=left_out_of(workspace_id))
    found: dict[int, dict[int, float]] = defaultdict(dict)
    columns = ("user_id", "tag_id", "polarity", "strength")
    for user, tag, polarity, strength in current.order_by("user_id").values_list(*columns):
        found[user][tag] = polarity * strength
    return dict(found)
