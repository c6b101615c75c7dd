"""Watching the stages of a workspace until nothing is due, from the database alone."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.claims import any_held
from core.jobs import enqueue
from core.progress import StagePace, list_paces
from workers.budget import paused_parts
from workers.stages import Plan, count_due, count_parked, has_due

LOOK_EVERY_SECONDS = 0.5
# Counting what is due in a large workspace costs time that the workers need.
LARGEST_SHARE_OF_LOOKING = 0.05
# Messages get lost; where nobody holds a row for this long, another message is sent.
RESEND_SECONDS = 4.0
PATIENCE_SECONDS = 90.0
# A look may take longer than all patience: so often is asked before anybody gives up.
LEAST_ASKED = 3


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far one stage has come since the watching began. Parked rows failed and are left.

    So are the rows of a stage that is paused: what it still could do costs models, and the
    day's budget is used up.
    """

    plan: Plan
    done: int
    due: int
    parked: int
    is_paused: bool = False

    @property
    def total(self) -> int:
        """What there was to do, as far as it is known by now."""
        return self.done + self.due

    @property
    def is_finished(self) -> bool:
        return self.is_paused or self.due <= self.parked


class StuckError(Exception):
    """Rows are due, nobody holds them, and asking for them again did not help."""

    def __init__(self, progress: StageProgress) -> None:
        super().__init__(f"{progress.due} rows of {progress.plan.stage} are due and do not move.")
        self.progress = progress


def follow(
    workspace_id: int, plans: Sequence[Plan], *, since: datetime
) -> Iterator[list[StageProgress]]:
    """Yield the stages' progress again and again until all are finished.

    What is lost on the way is asked for again. Raises StuckError where that does not help.
    """
    quiet = Quiet(time.monotonic)
    while True:
        started = time.monotonic()
        looked = look(workspace_id, plans, since=since)
        took = time.monotonic() - started
        yield looked
        open_stages = [each for each in looked if not each.is_finished]
        if not open_stages:
            return
        first = open_stages[0]
        if any_held():
            quiet.end()  # by another workspace's rows, perhaps: ours are queued behind them
        elif quiet.is_hopeless([(each.done, each.due) for each in looked]):
            raise StuckError(first)
        elif quiet.is_time_to_resend():
            enqueue(first.plan.job, workspace_id=workspace_id, at_once=1)
        time.sleep(max(LOOK_EVERY_SECONDS, took / LARGEST_SHARE_OF_LOOKING))


def look(workspace_id: int, plans: Sequence[Plan], *, since: datetime) -> list[StageProgress]:
    """Return how far each stage is. Three queries, and one to four a stage."""
    paces = list_paces(workspace_id, since=since)
    paused = paused_parts(workspace_id)
    return [
        StageProgress(
            plan=plan,
            done=sum(
                _rows(pace, plan) for pace in paces if pace.stage.startswith(f"{plan.stage}.")
            ),
            due=(due := count_due(plan, workspace_id)),
            parked=count_parked(plan, workspace_id) if due else 0,
            is_paused=_is_paused(plan, workspace_id, paused),
        )
        for plan in plans
    ]


def _is_paused(plan: Plan, workspace_id: int, paused: frozenset[str]) -> bool:
    """Return whether nothing is left to do of a stage but what the budget pauses."""
    has_paused = any(plan.claims_of(part) in paused for part in plan.parts)
    return has_paused and not has_due(plan, workspace_id, paused=paused)


def _rows(pace: StagePace, plan: Plan) -> int:
    """Return the rows of a pace as the due ones are counted: a wide part is one row a run."""
    wide = {plan.claims_of(part) for part in plan.parts if part.is_wide}
    return pace.batches if pace.stage in wide else pace.rows


class Quiet:
    """For how long nothing has moved, and whether to ask again or to give up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: object = None
        self._since = self._sent = clock()
        self._asked = 0

    def is_hopeless(self, seen: object) -> bool:
        """Return whether `seen` has long been the same, however often it was asked for."""
        if seen != self._seen:
            self._seen = seen
            self.end()
        is_long = self._clock() - self._since > PATIENCE_SECONDS
        return is_long and self._asked >= LEAST_ASKED

    def end(self) -> None:
        """Say that something moves, though it cannot be seen yet."""
        self._since, self._asked = self._clock(), 0

    def is_time_to_resend(self) -> bool:
        """Return True once every RESEND_SECONDS of quiet."""
        now = self._clock()
        if now - max(self._since, self._sent) < RESEND_SECONDS:
            return False
        self._sent = now
        self._asked += 1
        return True
