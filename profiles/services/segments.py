"""Part a workspace's users into segments, name them, and say who stands where."""

from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import structlog
from django.db import connection, transaction

from accounts.models import Workspace
from catalog.models import Item, ItemVector, Space, Tag
from catalog.queries.spaces import find_active_space
from core.arrays import Floats, Ids, Indices, as_floats
from core.holding import hold
from profiles import versions
from profiles.modelling.naming import kinship, numbers_for, telling_tags
from profiles.modelling.parting import Parting, View, part_users
from profiles.modelling.segments import Segmentation, SegmentConfig
from profiles.models import Profile, Segment, SegmentRun, SegmentSize
from profiles.queries.company import Company, load_company
from profiles.queries.statements import statements_in_use
from profiles.segment_words import segment_in_words
from profiles.services.places import COMPANY, ensure_profiles, lock_segments, place_all
from profiles.services.provisional import places_by_words

log = structlog.get_logger(__name__)
# One user's own word names no segment, nor does a cluster's, which is words already.
NAMELESS = (Tag.Source.USER, Tag.Source.CLUSTER)
CONFIG = SegmentConfig()
# What items are about is tried where at least this share of them has a vector.
LEAST_ENCODED = 0.9
# Of older runs nothing is kept but the numbers that are taken.
KEPT_RUNS = 400
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Named:
    """What sets each segment apart, by label: tags that its members like, and dislike, more."""

    likes: dict[int, list[int]]
    dislikes: dict[int, list[int]]


def segment_users(workspace_id: int) -> int:
    """Segment all users who took to anything. Returns how many that are.

    How they are looked at and into how many segments they are parted follows from the data; a
    segment keeps its number while there is one that continues it. Of one that lost all its
    members the number stays, so that it never comes to mean another, and nothing that was learnt
    from them. Safe to repeat: the same deeds and texts give the same segments. The number of
    queries does not depend on the number of users, but for their being read and written in
    parts.
    """
    workspace = Workspace.objects.get(pk=workspace_id)
    company = load_company(workspace_id)
    if not len(company.users):
        with transaction.atomic():
            _empty(lock_segments(workspace_id))
            place_all(workspace_id, {})
            _mark(workspace)
        return 0
    space = find_active_space(workspace_id)
    users = company.users.tolist()
    texts = _load_texts(space, company.items) if space else None
    parting = part_users(company.met, CONFIG, texts=texts, when=company.when)
    named = _named(parting.segmentation, users, *_load_statements(workspace_id, users))
    with transaction.atomic():
        ensure_profiles(workspace_id, users)
    with transaction.atomic():
        kept = _store(workspace, parting, company, space, named)
    log.info(
        "users.segmented",
        workspace_id=workspace_id,
        users=len(users),
        segments=len(kept),
        view=parting.view.name,
    )
    return len(users)


def _load_texts(space: Space, items: Ids) -> Floats | None:
    """Where the text of each of these items points, or None where too few have a vector.

    Shapes: returns (I, D), zero where an item has none. Read in parts.
    """
    rows = ItemVector.objects.filter(space=space)
    place = {item: row for row, item in enumerate(items.tolist())}
    found = np.zeros((len(items), space.dimensions), dtype=np.float32)
    for item, vector in rows.values_list("item_id", "vector").iterator(chunk_size=CHUNK):
        if item in place:
            found[place[item]] = as_floats(vector)
    has_one = np.abs(found).max(axis=1) > 0
    return found if has_one.mean() >= LEAST_ENCODED else None


def _load_statements(
    workspace_id: int, users: Sequence[int]
) -> tuple[list[tuple[int, int, float]], list[int]]:
    """Return the statements in use as user, place of the tag, signed strength; and the tags.

    In the order of these users, and each user's by the keys of the tags, which are in that order
    too: which of two tags names a segment does not follow from which was stored first.
    """
    here = statements_in_use().filter(workspace_id=workspace_id)
    rows = here.exclude(tag__source__in=NAMELESS)
    stated = list(rows.values_list("user_id", "tag__key", "tag_id", "polarity", "strength"))
    tags = sorted({(key, tag) for _, key, tag, _, _ in stated})
    column = {tag: place for place, (_, tag) in enumerate(tags)}
    place = {user: row for row, user in enumerate(users)}
    known = sorted((each for each in stated if each[0] in place), key=lambda each: each[1])
    known.sort(key=lambda each: place[each[0]])
    return [
        (user, column[tag], polarity * strength) for user, _, tag, polarity, strength in known
    ], [tag for _, tag in tags]


def _named(
    parted: Segmentation,
    users: Sequence[int],
    statements: Sequence[tuple[int, int, float]],
    tags: Sequence[int],
) -> Named:
    likes, dislikes = (
        {
            label: [tags[place] for place in places]
            for label, places in telling_tags(
                parted.labels, users, statements, CONFIG, sign=sign
            ).items()
        }
        for sign in (1, -1)
    )
    return Named(likes, dislikes)


def _store(
    workspace: Workspace,
    parting: Parting,
    company: Company,
    space: Space | None,
    named: Named,
) -> list[Segment]:
    """Write the segments, who stands in them, and the run. Returns the segments by label."""
    parted = parting.segmentation
    _alone(workspace.pk)
    there = hold(Item, company.items.tolist())  # as everybody, before users and their segments
    old = lock_segments(workspace.pk)
    users = company.users.tolist()
    before = _numbers_before(workspace.pk, users)
    numbers = numbers_for(parted.labels, before, after=max((row.number for row in old), default=0))
    if parting.items is not None:
        space = _keep_company(workspace, company, parting.items, there)
    assert space is not None  # what items are about comes from a space
    rows = _rows(workspace, parted, numbers, space, named)
    _empty([row for row in old if row.number not in numbers])
    stored = Segment.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["workspace", "number"],
        update_fields=[
            *("names", "description", "tags", "space", "centroid", "size", "version"),
            "updated_at",
        ],
    )
    ids = [row.pk for row in stored]
    stands = zip(
        [ids[label] for label in parted.labels.tolist()],
        parted.distances.tolist(),
        parted.margins.tolist(),
        strict=True,
    )
    by_words = places_by_words(workspace.pk, stored, members=users)
    place_all(workspace.pk, by_words | dict(zip(users, stands, strict=True)))
    _note_run(workspace, parting, stored, _kept_share(before, numbers, parted.labels))
    _mark(workspace)
    return stored


def _alone(workspace_id: int) -> None:
    """Wait until nobody else writes the segments of the workspace, of which there may be none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('segments'), %s)", [workspace_id])


def _numbers_before(workspace_id: int, users: Sequence[int]) -> Indices:
    """The number of the segment that each user was a member of, 0 for others. Shapes: (U,)."""
    rows = Profile.objects.filter(
        workspace_id=workspace_id, segment__isnull=False, segment_distance__isnull=False
    )
    known = dict(rows.values_list("user_id", "segment__number"))
    return np.array([known.get(user, 0) for user in users], dtype=np.intp)


def _keep_company(
    workspace: Workspace, company: Company, items: Floats, there: Container[int]
) -> Space:
    """Put these directions of the items that are there in place of those users were placed by."""
    (space,) = Space.objects.bulk_create(
        [
            Space(
                workspace=workspace,
                name="company",
                encoder=COMPANY,
                revision=versions.SEGMENTS,
                dimensions=items.shape[1],
                state=Space.State.ASIDE,
            )
        ],
        update_conflicts=True,
        unique_fields=["workspace", "name"],
        update_fields=["encoder", "revision", "dimensions", "state"],
    )
    ItemVector.objects.filter(space=space).delete()
    ItemVector.objects.bulk_create(
        [
            ItemVector(workspace=workspace, space=space, item_id=item, vector=vector)
            for item, vector in zip(company.items.tolist(), items, strict=True)
            if item in there
        ],
        batch_size=CHUNK,
    )
    return space


def _rows(
    workspace: Workspace, parted: Segmentation, numbers: Sequence[int], space: Space, named: Named
) -> list[Segment]:
    wanted = {
        tag for each in (named.likes, named.dislikes) for tags in each.values() for tag in tags
    }
    tags = {tag.pk: tag for tag in Tag.objects.filter(pk__in=wanted)}
    sizes = np.bincount(parted.labels, minlength=len(parted.centroids)).tolist()
    rows = []
    for label, number in enumerate(numbers):
        liked = [tags[tag] for tag in named.likes[label] if tag in tags]
        disliked = [tags[tag] for tag in named.dislikes[label] if tag in tags]
        names, description = segment_in_words(liked, disliked)
        rows.append(
            Segment(
                workspace=workspace,
                number=number,
                names=names,
                description=description,
                tags=[tag.pk for tag in liked],
                space=space,
                centroid=parted.centroids[label],
                size=sizes[label],
                version=versions.SEGMENTS,
            )
        )
    return rows


def _empty(rows: Sequence[Segment]) -> None:
    """Leave nothing of these segments but their numbers."""
    Segment.objects.filter(pk__in=[row.pk for row in rows]).update(
        size=0, names={}, description={}, tags=[], centroid=[0.0]
    )


def _kept_share(before: Indices, numbers: Sequence[int], labels: Indices) -> float:
    now = [numbers[label] for label in labels.tolist()]
    known = {row: int(number) for row, number in enumerate(before.tolist()) if number}
    return kinship(known, dict(enumerate(now)))


def _note_run(
    workspace: Workspace, parting: Parting, segments: Sequence[Segment], kept: float
) -> None:
    """Keep what was tried, why this was taken, and how large each segment has become."""
    parted = parting.segmentation
    run = SegmentRun.objects.create(
        workspace=workspace,
        segments=len(segments),
        users=len(parted.labels),
        stability=parted.stability,
        report=_report(parting, kept),
        version=versions.SEGMENTS,
    )
    SegmentSize.objects.bulk_create(
        [SegmentSize(workspace=workspace, run=run, segment=row, size=row.size) for row in segments]
    )
    older = SegmentRun.objects.filter(workspace=workspace).order_by("-finished_at", "-pk")
    if out := list(older.values_list("pk", flat=True)[KEPT_RUNS:]):
        SegmentRun.objects.filter(pk__in=out).delete()


def _report(parting: Parting, kept: float) -> dict[str, Any]:
    return {
        "view": parting.view.name,
        "dimensions": parting.view.dimensions,
        "leans": parting.view.leans,
        "behaves": parting.view.behaves,
        "told": parting.view.best.told if parting.view.best else None,
        "popular": parting.popular,
        "refound": parting.refound,
        "kept": round(kept, 4),
        "tried": [_tried(view) for view in parting.views],
    }


def _tried(view: View) -> dict[str, Any]:
    return {
        "view": view.name,
        "dimensions": view.dimensions,
        "leans": view.leans,
        "behaves": view.behaves,
        "counts": [asdict(each) for each in view.tried],
    }


def _mark(workspace: Workspace) -> None:
    """Remember what was seen before the work began; what came since keeps the stage due."""
    Workspace.objects.filter(
        pk=workspace.pk, segmented_revision__lt=workspace.portraits_revision
    ).update(segmented_revision=workspace.portraits_revision)
