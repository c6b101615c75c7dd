"""Whether what users change about their portrait moves their lists as it should.

Each edit is made by the service that serves the API and the pages, in a transaction that is rolled
back: the workspace is left as it was.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import Workspace
from catalog.models import Item, ItemTag, Tag
from profiles.models import Statement, User
from profiles.services import corrections
from recommendations.engine.metrics import interval
from recommendations.evaluation.workspace.following import Progress
from recommendations.evaluation.workspace.overlap import rank_biased_overlap, tag_ndcg
from recommendations.rows import ServedSlate, SlateRequest
from recommendations.services.serving import recommend

PLACES = 20
# A tag that fewer items bear cannot fill a list; one that more bear than this says nothing.
LEAST_BEARERS = 20
MOST_BORNE = 0.2
KINDS = ("add", "remove", "swap", "never")
# So many edits that did not do what they should are named in the report, to be looked into.
MOST_AMISS = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """A tag, and the items that bear it, by their own ids."""

    id: int
    key: str
    bearers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Subjects:
    """The tags that can be edited with effect, by id, and which of them each item bears."""

    by_tag: dict[int, Subject]
    by_item: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, subjects: Sequence[Subject]) -> "Subjects":
        """Turn the table of tags over, too, so that a list need not be held against all tags."""
        borne: dict[str, list[int]] = {}
        for one in subjects:
            for item in one.bearers:
                borne.setdefault(item, []).append(one.id)
        return cls(
            by_tag={one.id: one for one in subjects},
            by_item={item: tuple(sorted(tags)) for item, tags in borne.items()},
        )

    def of_list(self, shown: Sequence[str]) -> Subject | None:
        """Return what a list is most about, the first of equals; None where about nothing."""
        on_it = Counter(tag for item in shown for tag in self.by_item.get(item, ()))
        return max(
            (self.by_tag[tag] for tag in sorted(on_it)),
            key=lambda one: tag_ndcg(shown, one.bearers),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class Edited:
    """What one edit did. `moved` is the change of tag-NDCG@20 in the direction that was asked for.

    Units: collateral 1 - RBO .9 of the items that bear no edited tag, None where none are left;
    milliseconds from the edit to the list that heeds it.
    """

    kind: str
    user: str
    tags: tuple[str, ...]
    succeeded: bool
    moved: float
    collateral: float | None
    is_undone: bool
    edit_ms: float
    list_ms: float


@dataclass(slots=True)
class Desk:
    """Where one user's portrait is edited and their list looked at."""

    workspace: Workspace
    user: User
    said: list[Statement] = field(default_factory=list)

    def list_now(self) -> ServedSlate:
        """Return the list that the user would be served; it is not stored."""
        asked = SlateRequest(user=self.user.external_id, length=PLACES)
        return recommend(
            workspace=self.workspace, request=asked, now=timezone.now(), is_stored=False
        )

    def declare(self, subject: Subject, polarity: int, strength: float) -> None:
        """Say something about a tag."""
        statement = corrections.declare(
            user=self.user, tag_key_or_name=subject.key, polarity=polarity, strength=strength
        )
        self.said.append(statement)

    def reject(self, subject: Subject) -> None:
        """Take what is believed about a tag out of use."""
        current = Statement.objects.get(user=self.user, tag_id=subject.id, valid_until=None)
        self.said.append(corrections.reject(statement=current))

    def undo(self) -> None:
        """Take everything back, the last word first."""
        while self.said:
            corrections.undo(statement=self.said.pop())


def measure_edits(
    workspace: Workspace, *, users: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """Try every kind of edit on up to `users` users of whom something is stated in use."""
    rng = np.random.default_rng(seed)
    subjects = list_subjects(workspace)
    people = _people(workspace, users, rng)
    found: list[Edited] = []
    for number, user in enumerate(people):
        progress("edits of users", number, len(people))
        found += edit_all(workspace, user, subjects, rng)
    return {
        "users": len(people),
        "subjects": len(subjects.by_tag),
        "seed": seed,
        "kinds": {kind: _figures(found, kind, rng) for kind in KINDS},
        "all": _figures(found, None, rng),
        "amiss": _amiss(found),
    }


def list_subjects(workspace: Workspace) -> Subjects:
    """Return the tags that can be edited with effect. Four queries."""
    most = MOST_BORNE * Item.objects.filter(workspace=workspace).count()
    tags = Tag.objects.filter(workspace=workspace, is_blocked=False, is_field=False)
    counts = ItemTag.objects.filter(tag__in=tags).values("tag").annotate(n=Count("item"))
    wanted = [row["tag"] for row in counts if LEAST_BEARERS <= row["n"] <= most]
    bearers: dict[int, set[str]] = {tag: set() for tag in wanted}
    borne = ItemTag.objects.filter(tag__in=wanted).values_list("tag_id", "item__external_id")
    for tag, item in borne.iterator():
        bearers[tag].add(item)
    keys = dict(tags.filter(pk__in=wanted).order_by("pk").values_list("pk", "key"))
    return Subjects.of([Subject(tag, key, frozenset(bearers[tag])) for tag, key in keys.items()])


def edit_all(
    workspace: Workspace, user: User, subjects: Subjects, rng: np.random.Generator
) -> list[Edited]:
    """Make each edit that fits the user, look, undo it, look again; leave everything as it was."""
    desk = Desk(workspace, user)
    found = []
    with transaction.atomic():
        before = desk.list_now()
        for kind, change, wanted in _edits(desk, before, subjects, rng):
            found.append(_try(desk, kind, change, wanted, before))
        transaction.set_rollback(True)
    return found


Wanted = list[tuple[Subject, int]]


def _edits(
    desk: Desk, before: ServedSlate, subjects: Subjects, rng: np.random.Generator
) -> Iterator[tuple[str, Callable[[], None], Wanted]]:
    """Yield each edit, what does it, and which way each tag should move."""
    shown = [item.id for item in before.items]
    stated = list(
        Statement.objects.filter(user=desk.user, valid_until=None).order_by("-strength", "pk")
    )
    known = {one.tag_id for one in stated}
    by_tag = subjects.by_tag
    fresh = [one for tag, one in by_tag.items() if tag not in known]
    liked = [
        by_tag[one.tag_id]
        for one in stated
        if one.polarity > 0
        and one.status in (Statement.Status.ACTIVE, Statement.Status.PINNED)
        and not one.is_hidden
        and one.tag_id in by_tag
        and tag_ndcg(shown, by_tag[one.tag_id].bearers)
    ]
    if fresh:
        new = fresh[int(rng.integers(len(fresh)))]
        yield "add", lambda: desk.declare(new, 1, 0.9), [(new, 1)]
    if liked:
        old = liked[0]
        yield "remove", lambda: desk.reject(old), [(old, -1)]
    if liked and fresh:
        old, other = liked[0], fresh[int(rng.integers(len(fresh)))]

        def swap() -> None:
            desk.reject(old)
            desk.declare(other, 1, 0.9)

        yield "swap", swap, [(old, -1), (other, 1)]
    most = subjects.of_list(shown)
    if most is not None:
        yield "never", lambda: desk.declare(most, -1, 1.0), [(most, -1)]


def _try(
    desk: Desk, kind: str, change: Callable[[], None], wanted: Wanted, before: ServedSlate
) -> Edited:
    started = perf_counter()
    change()
    edited = perf_counter()
    after = desk.list_now()
    listed = perf_counter()
    desk.undo()
    was, now = [one.id for one in before.items], [one.id for one in after.items]
    moves = [
        (tag_ndcg(now, subject.bearers) - tag_ndcg(was, subject.bearers)) * way
        for subject, way in wanted
    ]
    touched = frozenset().union(*(subject.bearers for subject, _ in wanted))
    overlap = rank_biased_overlap(_without(was, touched), _without(now, touched))
    return Edited(
        kind=kind,
        user=desk.user.external_id,
        tags=tuple(subject.key for subject, _ in wanted),
        succeeded=not touched & set(now) if kind == "never" else _all_moved(moves, wanted, now),
        moved=float(np.mean(moves)),
        collateral=None if overlap is None else 1.0 - overlap,
        is_undone=_plain(desk.list_now()) == _plain(before),
        edit_ms=1_000 * (edited - started),
        list_ms=1_000 * (listed - edited),
    )


def _all_moved(moves: Sequence[float], wanted: Wanted, now: Sequence[str]) -> bool:
    """Whether every tag moved its way; one that fills the list already need not move up."""
    return all(
        move > 0 or (way > 0 and tag_ndcg(now, subject.bearers) > 1 - 1e-9)
        for move, (subject, way) in zip(moves, wanted, strict=True)
    )


def _without(shown: Sequence[str], touched: frozenset[str]) -> list[str]:
    return [item for item in shown if item not in touched]


def _plain(slate: ServedSlate) -> tuple[Any, ...]:
    """Everything that a reader sees of a list: items, scores, places, reasons and warnings."""
    return slate.items, slate.warnings


def _people(workspace: Workspace, most: int, rng: np.random.Generator) -> list[User]:
    stated = Statement.objects.filter(
        workspace=workspace, valid_until=None, status=Statement.Status.ACTIVE
    )
    known = User.objects.filter(
        workspace=workspace, is_paused=False, pk__in=stated.values("user")
    ).order_by("pk")
    ids = list(known.values_list("pk", flat=True))
    drawn = sorted(rng.permutation(ids)[:most].tolist())
    return list(known.filter(pk__in=drawn))


def _figures(found: list[Edited], kind: str | None, rng: np.random.Generator) -> dict[str, Any]:
    rows = [one for one in found if kind in (None, one.kind)]
    if not rows:
        return {"edits": 0}
    collateral = [one.collateral for one in rows if one.collateral is not None]
    moved = interval(np.array([one.moved for one in rows]), rng)
    both = [one.edit_ms + one.list_ms for one in rows]
    return {
        "edits": len(rows),
        "succeeded": _mean([one.succeeded for one in rows]),
        "tag_ndcg@20_moved": {name: round(value, 4) for name, value in moved._asdict().items()},
        "collateral": _mean(collateral),
        "nothing_unrelated_left": len(rows) - len(collateral),
        "undone_to_the_byte": _mean([one.is_undone for one in rows]),
        "edit_ms": _percentiles([one.edit_ms for one in rows]),
        "list_ms": _percentiles([one.list_ms for one in rows]),
        "edit_and_list_ms": _percentiles(both),
    }


def _amiss(found: list[Edited]) -> list[dict[str, Any]]:
    """Name edits that did not do what they should."""
    return [
        {
            "edit": one.kind,
            "user": one.user,
            "tags": list(one.tags),
            "succeeded": one.succeeded,
            "moved": round(one.moved, 4),
            "undone": one.is_undone,
        }
        for one in found
        if not (one.succeeded and one.is_undone)
    ][:MOST_AMISS]


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4) if values else 0.0


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    return {f"p{at}": round(float(np.percentile(values, at)), 2) for at in (50, 95)}
