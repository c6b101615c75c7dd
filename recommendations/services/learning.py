"""Learn a workspace's neighbours, popularity and blend, and serve them if they do not lose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone

from recommendations.engine.blend import BlendConfig
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Learned, score_batch
from recommendations.engine.learning import (
    Budget,
    Content,
    no_progress,
    refit,
)
from recommendations.engine.learning import (
    learn as learn_choices,
)
from recommendations.engine.log import Log
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.splits import Split, time_split
from recommendations.engine.validation import Cases, merit
from recommendations.models import Fit
from recommendations.queries.lessons import Lesson, load_content, load_lesson
from recommendations.services.fits import choices_of, forget, store_lost, store_serving
from recommendations.services.indexes import ensure_indexes

log = structlog.get_logger(__name__)

VALIDATION = 0.1
# With fewer users to be judged by, any choice would be chance: the defaults serve.
LEAST_USERS = 20
# Users times items, for time and memory: tables of scores for the validation stay below 24 MB.
MOST_CELLS = 6_000_000
MOST_USERS = 1_500
KEPT_NEIGHBOURS = 100


def learn(
    workspace_id: int,
    *,
    progress: Callable[[str], None] = no_progress,
    is_tuned: bool = True,
) -> int:
    """Learn from all interactions of the workspace. Returns how many were learnt from.

    The choices are made on the newest tenth of the likings, then fitted on everything. They
    serve if they foretell that tenth no worse than the choices that serve now; the first ones
    always do. After an erasure the choices that serve are fitted anew if they win. With
    `is_tuned` off the default choices are fitted, and nothing is tried. Returns 0 where there is
    nothing to learn from, and forgets what was learnt, or where another process is learning.
    """
    with _alone(workspace_id) as is_ours:
        if not is_ours:
            log.info("fit.already_learning", workspace_id=workspace_id)
            return 0
        progress("interactions")
        lesson = load_lesson(workspace_id)
        if not len(lesson.log):
            forget(workspace_id)
            return 0
        if is_tuned:
            _choose(workspace_id, lesson, progress)
        else:
            _serve(workspace_id, lesson, _defaults(budget_for(lesson.log), 0), {}, progress)
        progress("index")
        ensure_indexes(workspace_id)
        return lesson.interactions


def budget_for(known: Log) -> Budget:
    """Return how much may be tried on a log of this size."""
    users = max(10 * LEAST_USERS, MOST_CELLS // max(known.n_items, 1))
    return Budget(users=min(MOST_USERS, users), length=KEPT_NEIGHBOURS)


def _choose(workspace_id: int, lesson: Lesson, progress: Callable[[str], None]) -> None:
    """Choose by the newest likings, and serve the choices unless they lose."""
    content = load_content(workspace_id, lesson.items)
    split = time_split(lesson.log, train=1 - VALIDATION, validation=VALIDATION)
    budget = budget_for(lesson.log)
    cases = Cases.of(split.train, split.validation, most=budget.users, seed=budget.seed)
    if len(cases) < LEAST_USERS:
        learned = _defaults(budget, len(cases))
    else:
        learned = learn_choices(
            split.train, split.validation, content=content, budget=budget, progress=progress
        )
    report = learned.report | _compared(workspace_id, learned, cases, split, content)
    if report.get("loses"):
        serving = Fit.objects.get(pk=report["against"])
        if serving.erasures < lesson.erasures:  # its choices may go on serving, not its numbers
            learned = choices_of(serving)
            report |= {"choices_of": serving.pk, "loses": False}
    if not report.get("loses"):
        _serve(workspace_id, lesson, learned, report, progress)
        return
    fit = store_lost(workspace_id=workspace_id, lesson=lesson, learned=learned, report=report)
    log.info("fit.lost", workspace_id=workspace_id, fit=fit.pk)


def _serve(
    workspace_id: int,
    lesson: Lesson,
    learned: Learned,
    report: dict[str, Any],
    progress: Callable[[str], None],
) -> None:
    progress("fitting on everything")
    fitted = refit(learned, lesson.log)
    progress("storing")
    fit = store_serving(
        workspace_id=workspace_id,
        lesson=lesson,
        learned=fitted,
        report=learned.report | report,
        now=timezone.now(),
    )
    log.info("fit.served", workspace_id=workspace_id, fit=fit.pk)


def _defaults(budget: Budget, users: int) -> Learned:
    return Learned.of_choices(
        NeighboursConfig(length=budget.length, dense_limit=budget.dense_limit),
        HistoryConfig(dislike=0.3),
        PopularityConfig(window_share=0.2),
        BlendConfig(pool=budget.pool),
        {"validation_users": users, "chosen": "defaults"},
    )


def _compared(
    workspace_id: int, learned: Learned, cases: Cases, split: Split, content: Content
) -> dict[str, Any]:
    """Measure the new choices and the serving ones alike: fitted on the older part, on its users.

    Few users decide nothing, so the newer choices then go ahead.
    """
    serving = Fit.objects.filter(workspace_id=workspace_id, state=Fit.State.SERVING).first()
    if serving is None or len(cases) < LEAST_USERS:
        return {"against": None}
    earlier = refit(choices_of(serving), split.train)
    new = _merit(replace(learned, report={}), cases, split.train, content)
    old = _merit(earlier, cases, split.train, content)
    return {"against": serving.pk, "merit": new, "merit_of_serving": old, "loses": new < old}


def _merit(learned: Learned, cases: Cases, train: Log, content: Content) -> float:
    past = histories(train, learned.history)[cases.users]
    return merit(cases, score_batch(learned, past, content, barred=cases.met))


@contextmanager
def _alone(workspace_id: int) -> Iterator[bool]:
    """Hold the workspace's learning for this session; False where another has it."""
    name = f"likeness.learn.{workspace_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
