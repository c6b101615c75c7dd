"""Whether the reasons of a list carry its scores: take away what is named, or as much besides.

Rows are deleted in a transaction that is rolled back: the workspace is left as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from profiles.models import Interaction, Statement, User
from recommendations.checks import LONGEST_SLATE
from recommendations.engine.history import HistoryConfig
from recommendations.engine.metrics import interval, paired_bootstrap
from recommendations.evaluation.figures import rounded
from recommendations.evaluation.workspace.following import Progress
from recommendations.queries.askers import load_met
from recommendations.rows import ServedSlate, SlateItem, SlateRequest
from recommendations.services.serving import recommend

LOOKED_AT = 5
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Grounds:
    """Items of the past, by their own ids, and statements, by id."""

    items: tuple[str, ...]
    statements: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.items) + len(self.statements)


@dataclass(frozen=True, slots=True)
class Dropped:
    """How much of an item's score went with what explains it, and with as much of the rest.

    Units: shares of the score that it had; 1 where nothing is left.
    """

    named: float
    drawn: float


def measure_fidelity(
    workspace: Workspace, *, users: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """Look at one item of each user's list that something of the user's own is named for."""
    rng = np.random.default_rng(seed)
    ids = list(
        Interaction.objects.filter(workspace=workspace, user__is_paused=False)
        .order_by("user_id")
        .values_list("user_id", flat=True)
        .distinct()
    )
    drawn = sorted(rng.permutation(ids)[:users].tolist())
    found = []
    for number, user in enumerate(User.objects.filter(pk__in=drawn).order_by("pk")):
        progress("reasons of users", number, len(drawn))
        one = drop_of(workspace, user, rng)
        found += [] if one is None else [one]
    named, drawn_ones = (
        np.array([getattr(one, part) for one in found]) for part in Dropped.__slots__
    )
    return {
        "users": len(drawn),
        "judged": len(found),
        "seed": seed,
        "named": rounded(interval(named, rng), DIGITS),
        "drawn": rounded(interval(drawn_ones, rng), DIGITS),
        "difference": rounded(paired_bootstrap(named, drawn_ones, rng), DIGITS),
        "named_lowers_more": round(float((named > drawn_ones).mean()), DIGITS) if found else 0.0,
    }


def drop_of(workspace: Workspace, user: User, rng: np.random.Generator) -> Dropped | None:
    """Return what an item of the user's list loses; None where there is nothing to compare.

    As many past items and as many statements are drawn as the reasons name, from those that they
    do not name.
    """
    before = _list_for(workspace, user, ())
    for item in before.items[:LOOKED_AT]:
        named = _named(item)
        others = _others(user, named)
        if not len(named) or item.score <= 0:
            continue
        if len(others.items) < len(named.items) or len(others.statements) < len(named.statements):
            continue
        drawn = Grounds(
            tuple(rng.choice(others.items, len(named.items), replace=False).tolist()),
            tuple(rng.choice(others.statements, len(named.statements), replace=False).tolist()),
        )
        return Dropped(*(_loss(workspace, user, item, gone) for gone in (named, drawn)))
    return None


def _named(item: SlateItem) -> Grounds:
    facts = item.reasons
    return Grounds(
        items=tuple(one["item"] for one in facts if one["kind"] == "item"),
        statements=tuple(
            one["statement"] for one in facts if one["kind"] == "statement" and one["statement"]
        ),
    )


def _others(user: User, named: Grounds) -> Grounds:
    """Return what a request reads of the user beside what is named."""
    past, _ = load_met(user.pk, HistoryConfig(), now=timezone.now())
    items = [met.external_id for met in reversed(past.items.values())]
    current = Statement.objects.filter(
        user=user,
        valid_until=None,
        is_hidden=False,
        status__in=[Statement.Status.ACTIVE, Statement.Status.PINNED],
    ).order_by("pk")
    return Grounds(
        items=tuple(one for one in items if one not in named.items),
        statements=tuple(one.pk for one in current if one.pk not in named.statements),
    )


def _loss(workspace: Workspace, user: User, item: SlateItem, gone: Grounds) -> float:
    """Return the share of the item's score that goes with what is deleted.

    An item that leaves the list is taken to have the score of the list's last one, which is no
    lower than its own: what is lost is never overstated.
    """
    with transaction.atomic():
        Interaction.objects.filter(user=user, item__external_id__in=gone.items).delete()
        Statement.objects.filter(user=user, pk__in=gone.statements).delete()
        after = _list_for(workspace, user, gone.items)
        transaction.set_rollback(True)
    scores = {one.id: one.score for one in after.items}
    last = after.items[-1].score if after.items else 0.0
    return 1.0 - max(scores.get(item.id, min(last, item.score)), 0.0) / item.score


def _list_for(workspace: Workspace, user: User, excluded: Sequence[str]) -> ServedSlate:
    """Return a long list; what was deleted must not come back as something new."""
    asked = SlateRequest(
        user=user.external_id, length=LONGEST_SLATE, exclude_ids=tuple(sorted(excluded))
    )
    return recommend(workspace=workspace, request=asked, now=timezone.now(), is_stored=False)
