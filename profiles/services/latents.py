"""Keep what users may come to like as statements of their own level: guesses, never evidence."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import numpy as np
import structlog
from django.db import transaction
from django.db.models.functions import Greatest

from accounts.models import Workspace
from profiles import versions
from profiles.modelling.choosing import CONFIDENCE_STEP
from profiles.modelling.latent import LatentConfig, Ties, fit, guess, tried
from profiles.models import LatentTrial, Statement, User
from profiles.queries.evidence import sample_of
from profiles.queries.likings import load_histories, load_likings
from profiles.queries.numbers import tags_by_number
from profiles.services.users import raise_portraits

log = structlog.get_logger(__name__)
CONFIG = LatentConfig()
BATCH = 1_000
# What users may come to like is guessed from at least so many users.
LEAST_USERS = 30
KEPT_TRIALS = 30
Outcome = LatentTrial.Outcome
TRIED = (Outcome.WON, Outcome.LOST)

Guess = tuple[int, int]


def foretell(workspace_id: int, *, now: datetime) -> int:
    """Bring the latent interests of a workspace's users up to date.

    Returns on how many histories it was tried, also where nothing is guessed then: the same
    histories would be tried in vain. None are tried where too few are there.

    Each stands for a tag that its user never met, as a proposed statement of level *latent*
    without evidence. One that was met, declared, reviewed or rejected is not guessed again;
    guesses that no longer hold are closed. Where popularity foretells as well, there are none.
    What was tried is kept, so that staff see why.
    """
    seen = Workspace.objects.values_list("portraits_revision", flat=True).get(pk=workspace_id)
    learnt, trial = _learn(workspace_id)
    users = list(
        User.objects.filter(workspace_id=workspace_id, is_paused=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    kept = 0
    for start in range(0, len(users), BATCH):
        batch = users[start : start + BATCH]
        wanted = _guesses(workspace_id, batch, *learnt) if learnt else {}
        kept += _store(workspace_id, batch, wanted, now)
    trial.guesses, trial.made_at = kept, now
    _keep(trial)
    Workspace.objects.filter(pk=workspace_id).update(latents_revision=seen)
    log.info("latents.foretold", workspace_id=workspace_id, statements=kept)
    return trial.users if trial.outcome in TRIED else 0


def _learn(workspace_id: int) -> tuple[tuple[Ties, np.ndarray] | None, LatentTrial]:
    """What goes together, and the numbers of the tags, or None; and why that is so."""
    histories = load_histories(workspace_id, list(sample_of(workspace_id)))
    whole, past = histories.whole, histories.past
    row = LatentTrial(
        workspace_id=workspace_id,
        users=len(whole.user),
        tags=len(whole.tag),
        version=versions.LATENTS,
    )
    if len(whole.user) < LEAST_USERS or not len(whole.tag):
        is_few = len(whole.user) < LEAST_USERS
        row.outcome = Outcome.FEW_USERS if is_few else Outcome.NO_TAGS
        return None, row
    trial = tried(past.liked, past.met, histories.later, CONFIG)
    log.info("latents.tried", workspace_id=workspace_id, **asdict(trial))
    row.outcome = Outcome.WON if trial.is_won else Outcome.LOST
    row.ridge, row.recall, row.popular = trial.ridge, trial.recall, trial.popular
    return ((fit(whole.liked, trial.ridge), whole.tag) if trial.is_won else None), row


@transaction.atomic
def _keep(trial: LatentTrial) -> None:
    """Keep a trial, and of older ones the newest KEPT_TRIALS with it."""
    trial.save()
    trials = LatentTrial.objects.filter(workspace_id=trial.workspace_id)
    newest = trials.order_by("-made_at", "-pk").values_list("pk", flat=True)
    trials.filter(pk__in=list(newest[KEPT_TRIALS:])).delete()


def _guesses(
    workspace_id: int, users: Sequence[int], ties: Ties, tag: np.ndarray
) -> dict[Guess, float]:
    likings = load_likings(workspace_id, users).of_tags(tag)
    found = guess(ties, likings.liked, likings.met, CONFIG)
    numbers = tag[found.tag].tolist()
    ids = tags_by_number(workspace_id, set(numbers))
    chances = np.maximum(np.round(found.chance / CONFIDENCE_STEP), 1) * CONFIDENCE_STEP
    columns = (likings.user[found.user].tolist(), numbers, np.round(chances, 6).tolist())
    return {
        (user, ids[number]): chance
        for user, number, chance in zip(*columns, strict=True)
        if number in ids
    }


@transaction.atomic
def _store(
    workspace_id: int, users: Sequence[int], wanted: dict[Guess, float], now: datetime
) -> int:
    """Close the guesses that are not wanted any more, and open the new ones."""
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=users, is_paused=False)
    owners = set(locked.order_by("pk").values_list("pk", flat=True))
    held = {
        (row.user_id, row.tag_id): row
        for row in Statement.objects.filter(user__in=owners, valid_until__isnull=True)
    }
    stale = [row for pair, row in held.items() if _is_guess(row) and _moved(row, wanted.get(pair))]
    Statement.objects.filter(pk__in=[row.pk for row in stale]).update(
        valid_until=Greatest("valid_from", now)
    )
    closed = {(row.user_id, row.tag_id) for row in stale}
    opened = [
        _row(workspace_id, pair, chance, now)
        for pair, chance in sorted(wanted.items())
        if pair[0] in owners and (pair not in held or pair in closed)
    ]
    Statement.objects.bulk_create(opened, batch_size=2_000)
    raise_portraits({row.user_id for row in [*stale, *opened]})
    return sum(_is_guess(row) for row in held.values()) - len(stale) + len(opened)


def _is_guess(row: Statement) -> bool:
    """Whether the row is a guess that nobody has answered yet."""
    return row.level == Statement.Level.LATENT and row.reviewed_at is None


def _moved(row: Statement, chance: float | None) -> bool:
    return chance is None or row.confidence != chance


def _row(workspace_id: int, pair: Guess, chance: float, now: datetime) -> Statement:
    user, tag = pair
    return Statement(
        workspace_id=workspace_id,
        user_id=user,
        tag_id=tag,
        polarity=1,
        strength=chance,
        confidence=chance,
        level=Statement.Level.LATENT,
        status=Statement.Status.PROPOSED,
        valid_from=now,
        concluded_at=now,
        model=versions.LATENTS_MODEL,
        version=versions.LATENTS,
    )
