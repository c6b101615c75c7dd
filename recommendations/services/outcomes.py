"""Record what was seen of slates, and start and stop experiments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, connection, transaction

from accounts.models import Workspace
from catalog.models import Item
from core.errors import ConflictError
from core.fields import refuse
from recommendations.engine.metrics import Interval
from recommendations.engine.rates import Tally, difference, rate_of
from recommendations.experiments import ExperimentIn, arms_of
from recommendations.models import Counting, Experiment, Impression, ItemRate, Slate
from recommendations.queries.due import responses_of
from recommendations.queries.fetching import array_text
from recommendations.queries.outcomes import COUNTED, Seen, count_arms

log = structlog.get_logger(__name__)

# One user tells nothing of how users differ.
LEAST_USERS = 2
# What others were still writing when rates were last counted has ids that go back so far at most.
LOOKED_BACK = 10_000
COUNTED_AT_ONCE = 1_000


@transaction.atomic
def record_impressions(*, slate: Slate, items: Sequence[str] | None, now: datetime) -> int:
    """Store that items of the slate were seen: all of them, or those named. Returns how many new.

    Seen once is seen, however often it is sent. How often these items are seen and clicked is
    counted anew. Raises InvalidError for an item that is not on the slate.
    """
    names = dict(Item.objects.filter(pk__in=slate.item_ids).values_list("external_id", "pk"))
    for place, name in enumerate(items or ()):
        if name not in names:
            refuse(f"items[{place}]", name, "name items of this slate.")
    wanted = names.values() if items is None else [names[name] for name in dict.fromkeys(items)]
    known = set(Impression.objects.filter(slate=slate).values_list("item_id", flat=True))
    new = [pk for pk in wanted if pk not in known]
    Impression.objects.bulk_create(
        [
            Impression(workspace_id=slate.workspace_id, slate=slate, item_id=pk, seen_at=now)
            for pk in new
        ],
        ignore_conflicts=True,
    )
    _count(slate.workspace_id, sorted(wanted))
    log.info("impressions.recorded", items=len(new))
    return len(new)


@transaction.atomic
def count_again(workspace_id: int, rate_ids: Sequence[int]) -> int:
    """Count anew how often items are seen and clicked, without those who left. Returns how many.

    What nobody who is still here has seen has no rate any more. Safe to repeat.
    """
    rates = ItemRate.objects.filter(workspace_id=workspace_id, pk__in=rate_ids)
    items = sorted(rates.values_list("item_id", flat=True))
    _count(workspace_id, items)
    log.info("rates.counted", workspace_id=workspace_id, items=len(items))
    return len(items)


def count_responses(workspace_id: int) -> int:
    """Count anew the items of interactions that name slates and came since. Returns how many.

    Safe to repeat: where it is killed, it begins again where it began.
    """
    counting, _ = Counting.objects.get_or_create(workspace_id=workspace_id)
    last = counting.last_interaction_id - LOOKED_BACK
    newer = responses_of(workspace_id).filter(pk__gt=last)
    newest = newer.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return 0  # deleted by now
    items = sorted(set(newer.filter(pk__lte=newest).values_list("item_id", flat=True)))
    for first in range(0, len(items), COUNTED_AT_ONCE):
        _count(workspace_id, items[first : first + COUNTED_AT_ONCE])
    Counting.objects.filter(pk=counting.pk).update(last_interaction_id=newest)
    log.info("responses.counted", workspace_id=workspace_id, items=len(items))
    return len(items)


def _count(workspace_id: int, items: Sequence[int]) -> None:
    """Store how often items were seen of late, and of those that nobody saw that they have no rate.

    One query.
    """
    parameters: dict[str, int | str] = {"workspace": workspace_id, "items": array_text(items)}
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, parameters)


def plan_experiment(*, workspace: Workspace, given: ExperimentIn) -> Experiment:
    """Store an experiment that is not started yet. Raises ConflictError where its name is taken."""
    try:
        with transaction.atomic():
            experiment = Experiment.objects.create(
                workspace=workspace, name=given.name, placement=given.placement, arms=given.arms
            )
    except IntegrityError:
        message = f"There is an experiment {given.name!r} already; give this one another name."
        raise ConflictError(message) from None
    log.info("experiment.planned", experiment=experiment.pk)
    return experiment


def start_experiment(*, experiment: Experiment, now: datetime) -> None:
    """Let an experiment run. Raises ConflictError where it ran before, or another one runs."""
    arms_of(experiment.arms)
    drafts = Experiment.objects.filter(pk=experiment.pk, state=Experiment.State.DRAFT)
    try:
        with transaction.atomic():
            started = drafts.update(state=Experiment.State.RUNNING, started_at=now)
    except IntegrityError:
        raise ConflictError(
            "Another experiment runs at this placement; stop it first.", reason="another_experiment"
        ) from None
    if not started:
        raise ConflictError(
            "This experiment was started before; make a new one.", reason="started_before"
        )
    experiment.refresh_from_db()
    log.info("experiment.started", experiment=experiment.pk)


def stop_experiment(*, experiment: Experiment, now: datetime) -> None:
    """Stop an experiment: everybody is served as before. Raises ConflictError where none runs."""
    running = Experiment.objects.filter(pk=experiment.pk, state=Experiment.State.RUNNING)
    if not running.update(state=Experiment.State.STOPPED, stopped_at=now):
        raise ConflictError("This experiment is not running.", reason="not_running")
    experiment.refresh_from_db()
    log.info("experiment.stopped", experiment=experiment.pk)


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm's rates, and by how much they lie above the first arm's.

    The leads are None for that one, and where either arm has fewer than two users.
    """

    name: str
    users: int
    shown: int
    clicked: Interval
    positive: Interval
    clicked_lead: Interval | None
    positive_lead: Interval | None


def results_of(experiment: Experiment) -> list[ArmResult]:
    """Return each arm's rates with 95 % intervals, the arms in their order. One query.

    What one user sees hangs together, so the intervals count users and not impressions alone.
    """
    counts = count_arms(experiment)
    names = [arm.name for arm in arms_of(experiment.arms)]
    base = counts.get(names[0], Seen())
    results: list[ArmResult] = []
    for name in names:
        own = counts.get(name, Seen())
        is_compared = bool(results)
        results.append(
            ArmResult(
                name=name,
                users=own.users,
                shown=own.shown,
                clicked=rate_of(own.clicked),
                positive=rate_of(own.positive),
                clicked_lead=_lead(own.clicked, base.clicked) if is_compared else None,
                positive_lead=_lead(own.positive, base.positive) if is_compared else None,
            )
        )
    return results


def _lead(own: Tally, base: Tally) -> Interval | None:
    if min(own.users, base.users) < LEAST_USERS:
        return None
    return difference(rate_of(own), rate_of(base))
