"""Record what was seen of slates, and start and stop experiments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef

from accounts.models import Workspace
from catalog.models import Item
from core.errors import ConflictError
from core.fields import refuse
from recommendations.engine.metrics import Interval
from recommendations.engine.rates import difference, rate_of
from recommendations.experiments import ExperimentIn, arms_of
from recommendations.models import Experiment, Impression, ItemRate, Slate
from recommendations.queries.fetching import array_text
from recommendations.queries.outcomes import COUNTED, ArmCounts, count_arms

log = structlog.get_logger(__name__)

NOTHING_SEEN = ArmCounts(*np.empty((3, 0)))


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
    seen = Impression.objects.filter(item_id=OuterRef("item_id"))
    rates.filter(~Exists(seen)).delete()
    _count(workspace_id, items)
    log.info("rates.counted", workspace_id=workspace_id, items=len(items))
    return len(items)


def _count(workspace_id: int, items: Sequence[int]) -> None:
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
        raise ConflictError("Another experiment runs at this placement; stop it first.") from None
    if not started:
        raise ConflictError("This experiment was started before; make a new one.")
    experiment.refresh_from_db()
    log.info("experiment.started", experiment=experiment.pk)


def stop_experiment(*, experiment: Experiment, now: datetime) -> None:
    """Stop an experiment: everybody is served as before. Raises ConflictError where none runs."""
    running = Experiment.objects.filter(pk=experiment.pk, state=Experiment.State.RUNNING)
    if not running.update(state=Experiment.State.STOPPED, stopped_at=now):
        raise ConflictError("This experiment is not running.")
    experiment.refresh_from_db()
    log.info("experiment.stopped", experiment=experiment.pk)


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm's rates, and by how much they lie above the first arm's (None for that one)."""

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
    results: list[ArmResult] = []
    for arm in arms_of(experiment.arms):
        own = counts.get(arm.name, NOTHING_SEEN)
        clicked, positive = (rate_of(hits, own.shown) for hits in (own.clicked, own.positive))
        base = results[0] if results else None
        results.append(
            ArmResult(
                name=arm.name,
                users=len(own.shown),
                shown=int(own.shown.sum()),
                clicked=clicked,
                positive=positive,
                clicked_lead=None if base is None else difference(clicked, base.clicked),
                positive_lead=None if base is None else difference(positive, base.positive),
            )
        )
    return results
