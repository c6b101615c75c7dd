"""What the stages of a workspace have cost: seconds, tokens and rows, by day and model."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Sum, Value
from django.db.models.functions import Concat, StrIndex, Substr, TruncDate

from core.models import StageRun


@dataclass(frozen=True, slots=True)
class Cost:
    """What one stage did with one model on one day. Units: seconds of work, over all workers.

    `day` is that of UTC; `stage` is the stage's name, with all its parts; `model` may be empty.
    """

    day: date
    stage: str
    model: str
    rows: int
    tokens: int
    seconds: float
    batches: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used up. Units: seconds of work, over all workers."""

    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be used up in a day of UTC; None is no limit."""

    seconds: int | None
    tokens: int | None

    @property
    def is_limited(self) -> bool:
        """Return whether there is any limit."""
        return self.seconds is not None or self.tokens is not None

    def is_used_up(self, spent: Spent) -> bool:
        """Return whether either limit has been reached."""
        over_seconds = self.seconds is not None and spent.seconds >= self.seconds
        return over_seconds or (self.tokens is not None and spent.tokens >= self.tokens)


def list_costs(workspace_id: int, *, since: date, until: date | None = None) -> list[Cost]:
    """Return the costs of the days from `since` to `until`, both counted in. One query.

    In order of day, stage and model. The days of a stage that did nothing are left out.
    """
    runs = StageRun.objects.filter(workspace_id=workspace_id, finished_at__gte=start_of(since))
    if until is not None:
        runs = runs.filter(finished_at__lt=start_of(until + timedelta(days=1)))
    dot = StrIndex(Concat("stage", Value(".")), Value("."))  # "encode.items" is of "encode"
    rows = (
        runs.annotate(name=Substr("stage", 1, dot - 1), day=TruncDate("finished_at", tzinfo=UTC))
        .order_by()
        .values_list("day", "name", "model")
        .annotate(Sum("rows"), Sum("tokens"), Sum("seconds"), Count("pk"))
        .order_by("day", "name", "model")
    )
    return [Cost(*row) for row in rows]


def spent_on(workspace_ids: Collection[int], parts: Collection[str], day: date) -> dict[int, Spent]:
    """Return what these parts of stages have used up on a day of UTC, by workspace. One query.

    A part is called as its runs are: "encode.items".
    """
    rows = (
        StageRun.objects.filter(
            stage__in=parts,
            workspace__in=workspace_ids,
            finished_at__gte=start_of(day),
            finished_at__lt=start_of(day + timedelta(days=1)),
        )
        .order_by()
        .values_list("workspace_id")
        .annotate(Sum("seconds"), Sum("tokens"))
    )
    found = {workspace: Spent(seconds, tokens) for workspace, seconds, tokens in rows}
    return {workspace: found.get(workspace, Spent(0.0, 0)) for workspace in workspace_ids}


def start_of(day: date) -> datetime:
    """Return the first moment of a day of UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)
