"""The stages in their order: which rows are due for each. Importing this loads no model."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts.models import Workspace
from catalog import texts
from catalog.models import Space
from catalog.queries.spaces import find_space_beside, find_target_space
from catalog.queries.texts import (
    items_to_clean,
    items_to_encode,
    items_to_serve,
    items_to_tag,
)
from catalog.queries.trained import reading_version
from catalog.services import tags
from core.claims import PARKED
from core.jobs import Job
from core.models import Claim
from core.stages import Stage
from language import clean, phrases, phrasing, read, sensitive
from profiles.models import Review, User
from profiles.queries.calibrations import calibrations_due
from profiles.queries.described import users_to_phrase
from profiles.queries.due import (
    latents_due,
    segments_due,
    users_to_describe,
    users_to_state,
    users_to_taste,
)
from profiles.queries.interests import interests_due
from profiles.queries.readings import reviews_to_clean, reviews_to_encode, reviews_to_read
from recommendations.queries.due import fits_to_clear, learn_due, rates_due, responses_due
from workers import parts
from workers.budget import NOTHING, paused_parts
from workers.generator_setting import generator_name

CLEAN_ITEMS = f"{clean.VERSION}+{texts.VERSION}"
CLEAN_REVIEWS = clean.VERSION
READ = read.VERSION
TAG = f"{tags.VERSION}+{phrases.VERSION}+{sensitive.VERSION}"
if settings.GENERATED_TAGS:
    TAG += "+g"

Due = Callable[[int], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of rows that a stage works on.

    `batch` rows are claimed and stored at a time. A workspace-wide part has one row, the
    workspace or its space, holds it longer, and rests between two runs unless it is asked for
    at once.
    """

    rows: str
    due: Due
    batch: int
    is_wide: bool = False

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=settings.CLAIM_SECONDS * (6 if self.is_wide else 1))


@dataclass(frozen=True, slots=True)
class Plan:
    """One stage: the job that runs it, and its parts in order."""

    stage: Stage
    job: Job
    parts: tuple[Part, ...]

    def claims_of(self, part: Part) -> str:
        """Return the name under which this part's rows are claimed."""
        return f"{self.stage}.{part.rows}"


def spaces_due(workspace_id: int) -> QuerySet[Space]:
    """The space that is being filled, where every text has its vector and it may take over.

    Texts that failed are not waited for.
    """
    waiting = ((parts.ENCODE_ITEMS, items_to_encode), (parts.ENCODE_REVIEWS, reviews_to_encode))
    target = find_target_space(workspace_id)
    if target is None or any(_waits(claims, due(workspace_id)) for claims, due in waiting):
        return Space.objects.none()
    return Space.objects.filter(pk=target.pk, state=Space.State.BUILDING)


def reviews_unread(workspace_id: int) -> QuerySet[Review]:
    """Reviews that the heads which run in the workspace have not read, or not in this text."""
    return reviews_to_read(workspace_id, version=reading_version(workspace_id, READ))


def vocabularies_due(workspace_id: int) -> QuerySet[Workspace]:
    """The workspace, where items have been tagged since its vocabulary was weighed.

    Not while items still wait for their tags, or for a vector in a space that there is, or it
    would be weighed twice; those that failed are not waited for. Nor is a space that is being
    filled: the one that serves meanwhile tells what words mean.
    """
    if _waits(parts.TAG_ITEMS, items_to_tag(workspace_id, TAG)):
        return Workspace.objects.none()
    if find_space_beside(workspace_id):
        waits = _waits(parts.ENCODE_SERVED, items_to_serve(workspace_id))
    else:
        has_space = find_target_space(workspace_id) is not None
        waits = has_space and _waits(parts.ENCODE_ITEMS, items_to_encode(workspace_id))
    if waits:
        return Workspace.objects.none()
    return Workspace.objects.filter(pk=workspace_id, vocabulary_revision__lt=F("tagged_revision"))


def once_read(due: Due, *others: tuple[str, Due]) -> Due:
    """Put off what is drawn from all texts while some are still on their way to it.

    Of several workers one may have its last batch in hand while another is at the next part; what
    is drawn then, and not again for hours, would follow from who was faster. `others` are parts to
    wait for, too. What failed is not waited for, nor what the day's budget pauses.
    """

    def due_then(workspace_id: int) -> QuerySet[Any]:
        paused = paused_parts(workspace_id)
        waiting: tuple[tuple[str, Due], ...] = (
            (parts.CLEAN_ITEMS, partial(items_to_clean, version=CLEAN_ITEMS)),
            (parts.CLEAN_REVIEWS, partial(reviews_to_clean, version=CLEAN_REVIEWS)),
            (parts.READ_REVIEWS, reviews_unread),
            (parts.TAG_ITEMS, partial(items_to_tag, version=TAG)),
            *others,
        )
        rows = due(workspace_id)
        waits = any(
            claims not in paused and _waits(claims, awaited(workspace_id))
            for claims, awaited in waiting
        )
        return rows.none() if waits else rows

    return due_then


def phrasing_due(workspace_id: int) -> QuerySet[User]:
    """The users whose description waits for the generator; nobody where none is set."""
    if not (generator := generator_name()):
        return User.objects.none()
    return users_to_phrase(workspace_id, f"{generator} {phrasing.VERSION}")


def not_parked(claims: str, due: QuerySet[Any]) -> QuerySet[Any]:
    """Return the due rows of a part without those that failed a moment ago."""
    failed = Claim.objects.filter(stage=claims, holder=PARKED, until__gte=Now())
    return due.exclude(pk__in=failed.values("row_id"))


def _waits(claims: str, due: QuerySet[Any]) -> bool:
    return not_parked(claims, due).exists()


INTERESTS_DUE = once_read(interests_due)
# Statements on interests are judged with the others.
CALIBRATIONS_DUE = once_read(calibrations_due, (parts.STATE_INTERESTS, INTERESTS_DUE))

PLANS = (
    Plan(
        Stage.CLEAN,
        Job.CLEAN,
        (
            Part("items", partial(items_to_clean, version=CLEAN_ITEMS), 256),
            Part("reviews", partial(reviews_to_clean, version=CLEAN_REVIEWS), 512),
        ),
    ),
    Plan(
        Stage.ENCODE,
        Job.ENCODE,
        (
            Part("served", items_to_serve, 64),
            Part("items", items_to_encode, 64),
            Part("reviews", reviews_to_encode, 256),
            Part("space", spaces_due, 1, is_wide=True),
        ),
    ),
    Plan(Stage.READ, Job.READ, (Part("reviews", reviews_unread, 256),)),
    Plan(
        Stage.TAG,
        Job.TAG,
        (
            Part("items", partial(items_to_tag, version=TAG), 256),
            Part("vocabulary", vocabularies_due, 1, is_wide=True),
        ),
    ),
    Plan(
        Stage.STATE,
        Job.STATE,
        (
            Part("interests", INTERESTS_DUE, 1, is_wide=True),
            Part("workspace", CALIBRATIONS_DUE, 1, is_wide=True),
            Part("users", users_to_state, 64),
        ),
    ),
    Plan(Stage.TASTE, Job.TASTE, (Part("users", users_to_taste, 128),)),
    Plan(Stage.LATENT, Job.LATENT, (Part("workspace", latents_due, 1, is_wide=True),)),
    Plan(Stage.SEGMENT, Job.SEGMENT, (Part("workspace", segments_due, 1, is_wide=True),)),
    Plan(
        Stage.LEARN,
        Job.LEARN,
        (
            Part("workspace", learn_due, 1, is_wide=True),
            Part("rates", rates_due, 1000),
            Part("responses", responses_due, 1),
            Part("fits", fits_to_clear, 1000),
        ),
    ),
    Plan(
        Stage.DESCRIBE,
        Job.DESCRIBE,
        (Part("users", users_to_describe, 128), Part("phrasing", phrasing_due, 4)),
    ),
)
BY_STAGE = {plan.stage: plan for plan in PLANS}


def count_due(plan: Plan, workspace_id: int) -> int:
    """Return how many rows wait for a stage, those that failed a moment ago among them."""
    return sum(part.due(workspace_id).count() for part in plan.parts)


def count_parked(plan: Plan, workspace_id: int) -> int:
    """Return how many of the waiting rows failed and are left alone for now."""
    return sum(_claimed(plan, part, workspace_id, holder=PARKED) for part in plan.parts)


def count_held(plan: Plan, workspace_id: int) -> int:
    """Return how many of the waiting rows a worker has in hand."""
    return sum(_claimed(plan, part, workspace_id) for part in plan.parts) - count_parked(
        plan, workspace_id
    )


def next_due(workspace_id: int, *, after: Stage | None = None) -> Plan | None:
    """Return the first stage, of those behind `after`, for which rows wait and are not parked.

    What the workspace's budget pauses is passed over.
    """
    stages = [plan.stage for plan in PLANS]
    later = PLANS[stages.index(after) + 1 :] if after else PLANS
    paused = paused_parts(workspace_id)
    return next((plan for plan in later if has_due(plan, workspace_id, paused=paused)), None)


def has_due(plan: Plan, workspace_id: int, *, paused: Collection[str] = NOTHING) -> bool:
    """Return whether a stage has rows to work on, in parts that are not paused.

    One or two queries a part.
    """
    return any(
        _waits(plan.claims_of(part), part.due(workspace_id))
        for part in plan.parts
        if plan.claims_of(part) not in paused
    )


def _claims(plan: Plan, part: Part, **which: str) -> QuerySet[Any]:
    claims = Claim.objects.filter(stage=plan.claims_of(part), until__gte=Now(), **which)
    return claims.values("row_id")


def _claimed(plan: Plan, part: Part, workspace_id: int, **which: str) -> int:
    return part.due(workspace_id).filter(pk__in=_claims(plan, part, **which)).count()
