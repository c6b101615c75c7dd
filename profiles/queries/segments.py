"""Which segments a workspace has, what sets each apart, and how they have grown."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from core.errors import NotFoundError
from profiles.models import (
    Interaction,
    Profile,
    Segment,
    SegmentRun,
    SegmentSize,
    User,
)
from profiles.queries.statements import statements_in_use
from profiles.queries.verdicts import verdicts

SHOWN = 10
RUNS_SHOWN = 40
# A belief that fewer members hold says little of a segment.
LEAST_MEMBERS = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How many members a segment had after a run."""

    at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Held:
    """A belief about members. `share` is theirs, `elsewhere` that of all other users.

    `lift` is how many times as often members hold it, or None where nobody else does.
    """

    name: str
    polarity: int
    members: int
    share: float
    elsewhere: float

    @property
    def lift(self) -> float | None:
        return self.share / self.elsewhere if self.elsewhere else None


@dataclass(frozen=True, slots=True)
class Taken:
    """An item that members took to, how many of them, and how many users in all."""

    external_id: str
    title: str
    members: int
    users: int


@dataclass(frozen=True, slots=True)
class SegmentStanding:
    """A segment with all that a page about it shows."""

    segment: Segment
    run: SegmentRun | None
    history: list[Size]
    typical: list[Profile]
    borderline: list[Profile]
    held: list[Held]
    taken: list[Taken]


def list_segments(workspace_id: int) -> QuerySet[Segment]:
    """Return the workspace's segments that have members, by number."""
    return Segment.objects.filter(workspace_id=workspace_id, size__gt=0).order_by("number")


def get_segment(workspace_id: int, number: int) -> Segment:
    """Return one segment, or raise NotFoundError."""
    try:
        return list_segments(workspace_id).get(number=number)
    except Segment.DoesNotExist:
        raise NotFoundError(f"There is no segment {number} here.", segment=number) from None


def find_run(workspace_id: int) -> SegmentRun | None:
    """Return the newest run, if there was one. One query."""
    runs = SegmentRun.objects.filter(workspace_id=workspace_id)
    return runs.order_by("-finished_at", "-pk").first()


def histories(segments: Sequence[Segment]) -> dict[int, list[Size]]:
    """Return how each of these segments has grown, by its id, oldest first. One query."""
    rows = SegmentSize.objects.filter(segment__in=[segment.pk for segment in segments])
    found: dict[int, list[Size]] = defaultdict(list)
    columns = ("segment_id", "run__finished_at", "size")
    for segment, at, size in rows.order_by("run__finished_at", "run_id").values_list(*columns):
        found[segment].append(Size(at, size))
    return {segment: sizes[-RUNS_SHOWN:] for segment, sizes in found.items()}


def standing_of(segment: Segment, *, language: str) -> SegmentStanding:
    """Return what sets a segment apart, and who stands in its middle and on its border.

    Nine queries, whatever its size.
    """
    members = Profile.objects.filter(segment=segment, segment_distance__isnull=False)
    named = members.select_related("user")
    return SegmentStanding(
        segment=segment,
        run=find_run(segment.workspace_id),
        history=histories([segment]).get(segment.pk, []),
        typical=list(named.order_by("segment_distance", "pk")[:SHOWN]),
        borderline=list(
            named.filter(segment_margin__isnull=False).order_by("segment_margin", "pk")[:SHOWN]
        ),
        held=_held(segment, language),
        taken=_taken(segment),
    )


def _held(segment: Segment, language: str) -> list[Held]:
    """The beliefs that set members apart: how many hold each, times how much more often."""
    in_use = statements_in_use().filter(workspace_id=segment.workspace_id)
    inside = Q(user__profile__segment=segment)
    rows = (
        in_use.values("tag__key", "tag__names", "polarity")
        .annotate(
            inside=Count("user", filter=inside, distinct=True),
            whole=Count("user", distinct=True),
        )
        .filter(inside__gte=min(LEAST_MEMBERS, segment.size))
    )
    others = max(User.objects.filter(workspace_id=segment.workspace_id).count() - segment.size, 1)
    held = [
        Held(
            name=str(
                row["tag__names"].get(language[:2])
                or row["tag__names"].get("en")
                or row["tag__key"]
            ),
            polarity=row["polarity"],
            members=row["inside"],
            share=row["inside"] / max(segment.size, 1),
            elsewhere=(row["whole"] - row["inside"]) / others,
        )
        for row in rows
    ]
    apart = [each for each in held if each.share > each.elsewhere]
    apart.sort(key=lambda each: (each.elsewhere - each.share, each.name, each.polarity))
    return apart[:SHOWN]


def _taken(segment: Segment) -> list[Taken]:
    """The items that most members took to."""
    pleased, _ = verdicts()
    took = Interaction.objects.filter(pleased, workspace_id=segment.workspace_id)
    own = list(
        took.filter(user__profile__segment=segment)
        .values("item_id", "item__external_id", "item__title")
        .annotate(members=Count("user", distinct=True))
        .order_by("-members", "item_id")[:SHOWN]
    )
    users = dict(
        took.filter(item__in=[row["item_id"] for row in own])
        .values_list("item_id")
        .annotate(Count("user", distinct=True))
    )
    return [
        Taken(
            external_id=row["item__external_id"],
            title=row["item__title"],
            members=row["members"],
            users=users.get(row["item_id"], row["members"]),
        )
        for row in own
    ]
