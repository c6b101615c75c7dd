"""Part a workspace's users into segments, name them, and say who stands where."""

from collections.abc import Sequence

import numpy as np
import structlog
from django.db import transaction

from accounts.models import Workspace
from catalog.models import Space, Tag
from catalog.queries.spaces import find_active_space
from core.arrays import as_floats
from profiles import versions
from profiles.modelling.segments import (
    Segmentation,
    SegmentConfig,
    numbers_for,
    segment,
    telling_tags,
)
from profiles.models import ProfileVector, Segment, Statement
from profiles.services.places import ensure_profiles, lock_segments, place_all

log = structlog.get_logger(__name__)
CONFIG = SegmentConfig()
LANGUAGES = ("en", "zh")
JOINS = {"en": ", ", "zh": "、"}
DESCRIBED = {
    "en": "They like {tags} more than others do.",
    "zh": "他们比其他人更喜欢{tags}。",
}
UNNAMED = {"en": "Mixed taste", "zh": "口味不一"}


def segment_users(workspace_id: int) -> int:
    """Segment all users who have a taste. Returns how many that are.

    The number of segments follows from the data; a segment keeps its number while there is one
    that stands for it. Of one that lost all its members the number stays, so that it never
    comes to mean another, and nothing that was learnt from them. At most 16 queries, and safe to
    repeat: the same tastes give the same segments.
    """
    workspace = Workspace.objects.get(pk=workspace_id)
    space = find_active_space(workspace_id)
    rows = _load_tastes(space) if space else []
    if space is None or not rows:
        with transaction.atomic():
            _empty(lock_segments(workspace_id))
            place_all(workspace_id, {})
            _mark(workspace)
        return 0
    users = [user for user, _ in rows]
    parted = segment(as_floats([as_floats(vector) for _, vector in rows]), CONFIG)
    tags = telling_tags(parted.labels, users, _load_statements(workspace_id), CONFIG)
    ensure_profiles(workspace_id, users)
    with transaction.atomic():
        segment_ids = _store(space, parted, tags)
        own = [segment_ids[label] for label in parted.labels.tolist()]
        stands = zip(own, parted.distances.tolist(), strict=True)
        place_all(workspace_id, dict(zip(users, stands, strict=True)))
        _mark(workspace)
    log.info("users.segmented", workspace_id=workspace_id, users=len(users), segments=len(tags))
    return len(users)


def _load_tastes(space: Space) -> list[tuple[int, Sequence[float]]]:
    """The main taste of everybody who is profiled, by user."""
    rows = ProfileVector.objects.filter(space=space, slot=0, user__is_paused=False)
    return list(rows.order_by("user_id").values_list("user_id", "vector"))


def _load_statements(workspace_id: int) -> list[tuple[int, int, float]]:
    rows = Statement.objects.filter(
        workspace_id=workspace_id,
        valid_until__isnull=True,
        status__in=[Statement.Status.ACTIVE, Statement.Status.PINNED],
        is_hidden=False,
        tag__is_blocked=False,
    ).exclude(tag__source=Tag.Source.USER)  # one user's own word names no segment
    return [
        (user, tag, polarity * strength)
        for user, tag, polarity, strength in rows.order_by("pk").values_list(
            "user_id", "tag_id", "polarity", "strength"
        )
    ]


def _store(space: Space, parted: Segmentation, tags: dict[int, list[int]]) -> list[int]:
    """Write the segments, and return their ids by label."""
    old = {row.number: row for row in lock_segments(space.workspace_id)}
    comparable = {
        number: as_floats(row.centroid)
        for number, row in old.items()
        if row.space_id == space.pk and row.size
    }
    numbers = numbers_for(parted.centroids, comparable, after=max(old, default=0))
    wanted = [tag for each in tags.values() for tag in each]
    named = {tag.pk: tag for tag in Tag.objects.filter(pk__in=wanted)}
    sizes = np.bincount(parted.labels, minlength=len(parted.centroids)).tolist()
    rows = [
        Segment(
            workspace_id=space.workspace_id,
            number=number,
            names=_names([named[tag] for tag in tags[label]]),
            description=_description([named[tag] for tag in tags[label]]),
            tags=tags[label],
            space=space,
            centroid=parted.centroids[label],
            size=sizes[label],
            version=versions.SEGMENTS,
        )
        for label, number in enumerate(numbers)
    ]
    _empty([row for number, row in old.items() if number not in numbers])
    stored = Segment.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["workspace", "number"],
        update_fields=[
            "names",
            "description",
            "tags",
            "space",
            "centroid",
            "size",
            "version",
            "updated_at",
        ],
    )
    return [row.pk for row in stored]


def _empty(rows: Sequence[Segment]) -> None:
    """Leave nothing of these segments but their numbers."""
    Segment.objects.filter(pk__in=[row.pk for row in rows]).update(
        size=0, names={}, description={}, tags=[], centroid=[0.0]
    )


def _names(tags: Sequence[Tag]) -> dict[str, str]:
    if not tags:
        return dict(UNNAMED)
    return {
        language: JOINS[language].join(tag.name_in(language) for tag in tags[:3])
        for language in LANGUAGES
    }


def _description(tags: Sequence[Tag]) -> dict[str, str]:
    if not tags:
        return {}
    return {
        language: DESCRIBED[language].format(
            tags=JOINS[language].join(tag.name_in(language) for tag in tags)
        )
        for language in LANGUAGES
    }


def _mark(workspace: Workspace) -> None:
    """Remember what was seen before the work began; what came since keeps the stage due."""
    Workspace.objects.filter(
        pk=workspace.pk, segmented_revision__lt=workspace.portraits_revision
    ).update(segmented_revision=workspace.portraits_revision)
