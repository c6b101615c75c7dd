"""Learn a workspace's neighbours, popularity and blend, and serve them if they do not lose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import structlog
from django.db import connection
from django.utils import timezone

from core.arrays import Doubles, Ids
from core.errors import ConflictError
from recommendations.engine.blend import BlendConfig
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig, histories_of
from recommendations.engine.learned import Content, Learned, Portrayed, score_batch
from recommendations.engine.learning import Budget, no_progress
from recommendations.engine.learning import (
    learn as learn_choices,
)
from recommendations.engine.log import Log, join
from recommendations.engine.metrics import paired_bootstrap
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.newcomers import choose_share, with_newcomers
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.rules import NOTHING as NOBODY
from recommendations.engine.splits import Split, time_split
from recommendations.engine.validation import Cases, measure, worth
from recommendations.models import Fit
from recommendations.queries.fits import serving_fit
from recommendations.queries.lessons import Lesson, load_content, load_lesson
from recommendations.queries.members import load_members
from recommendations.queries.sequences import load_foreteller, load_whole
from recommendations.services.fits import choices_of, forget, store_lost, store_serving
from recommendations.services.indexes import ensure_indexes
from recommendations.services.warming import read_ahead

log = structlog.get_logger(__name__)

VALIDATION = 0.1
# The newest of that, which the choices are compared on, and so must not be made on.
JUDGED = 0.03
# With fewer users to be judged by, any choice would be chance: the defaults serve.
LEAST_USERS = 20
# Users times items, for time and memory: tables of scores for the validation stay below 60 MB.
MOST_CELLS = 15_000_000
MOST_USERS = 1_500
KEPT_NEIGHBOURS = 100
# What a report has under `chosen` where nothing was tried.
DEFAULTS = "defaults"


def learn(
    workspace_id: int,
    *,
    progress: Callable[[str], None] = no_progress,
    is_tuned: bool = True,
) -> int:
    """Learn from all interactions of the workspace. Returns how many were learnt from.

    The choices are made on the newest tenth of the likings but for its last part, and fitted on
    everything. They serve unless they surely foretell that last part worse than the choices that
    serve now: of two that are level the newer fit serves, since it knows the newest items and
    interactions. After an erasure the choices that serve are fitted anew if they win. With
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
            content = load_content(workspace_id, lesson.items)
            learned = _defaults(budget_for(lesson.log), 0)
            serving = serving_fit(workspace_id)
            untried = {"served_because": "nothing_tried"}
            _serve(workspace_id, lesson, content, learned, untried, serving, progress)
        progress("index")
        ensure_indexes(workspace_id)
        read_ahead(workspace_id)
        return lesson.interactions


def budget_for(known: Log) -> Budget:
    """Return how much may be tried on a log of this size."""
    users = max(10 * LEAST_USERS, MOST_CELLS // max(known.n_items, 1))
    return Budget(users=min(MOST_USERS, users), length=KEPT_NEIGHBOURS)


def _choose(workspace_id: int, lesson: Lesson, progress: Callable[[str], None]) -> None:
    """Choose by the newest likings, and serve the choices unless they lose."""
    content = load_content(workspace_id, lesson.items)
    content = replace(content, foretell=load_foreteller(workspace_id, lesson.items))
    serving = serving_fit(workspace_id)
    split = time_split(lesson.log, train=1 - VALIDATION, validation=VALIDATION - JUDGED)
    budget = budget_for(lesson.log)
    cases = Cases.of(split.train, split.validation, most=budget.users, seed=budget.seed)
    if len(cases) < LEAST_USERS:
        learned = _defaults(budget, len(cases))
    else:
        learned = learn_choices(
            split.train, split.validation, content=content, budget=budget, progress=progress
        )
    progress("links for new items")
    lent = choose_share(learned, split.train, split.validation, content, seed=budget.seed)
    progress("comparing")
    report = learned.report | _compared(serving, learned, lent["share"], split, content, budget)
    report["newcomers"] = lent
    if serving and report.get("loses") and serving.erasures < lesson.erasures:
        # Its choices may go on serving, not its numbers, and what a ranker has learnt are numbers.
        learned = replace(choices_of(serving), ranker=None)
        report |= {
            "choices_of": serving.pk,
            "loses": False,
            "served_because": "choices_kept",
            "newcomers": serving.report.get("newcomers", lent),
        }
    if not report.get("loses"):
        _serve(workspace_id, lesson, content, learned, report, serving, progress)
        return
    fit = store_lost(workspace_id=workspace_id, lesson=lesson, learned=learned, report=report)
    log.info("fit.lost", workspace_id=workspace_id, fit=fit.pk)


def _serve(
    workspace_id: int,
    lesson: Lesson,
    content: Content,
    learned: Learned,
    report: dict[str, Any],
    serving: Fit | None,
    progress: Callable[[str], None],
) -> None:
    """Fit the choices on everything, and let them serve if `serving` still does."""
    progress("fitting on everything")
    members = load_members(workspace_id, lesson.people) if "segment" in learned.more else None
    if members is not None:
        content = members.within(content)
    portrayed = _portrayed(learned, content, lesson.log, NOBODY)
    fitted = refit(learned, lesson.log, portrayed=portrayed, content=content)
    share = report.get("newcomers", {}).get("share", 0.0)
    fitted = with_newcomers(fitted, lesson.log, content, share)
    sequence = load_whole(workspace_id, learned.sequence) if learned.sequence else None
    if sequence is None:
        fitted = replace(fitted, sequence="")
    progress("storing")
    try:
        fit = store_serving(
            workspace_id=workspace_id,
            lesson=lesson,
            learned=fitted,
            report=learned.report | report,
            now=timezone.now(),
            instead_of=None if serving is None else serving.pk,
            tag_ids=content.tag_ids,
            segments=None if members is None else members.segments,
            sequence=sequence,
        )
    except ConflictError:
        overtaken = {**learned.report, **report, "overtaken": True}
        fit = store_lost(workspace_id=workspace_id, lesson=lesson, learned=fitted, report=overtaken)
        log.info("fit.overtaken", workspace_id=workspace_id, fit=fit.pk)
    else:
        log.info("fit.served", workspace_id=workspace_id, fit=fit.pk)


def _portrayed(learned: Learned, content: Content, known: Log, users: Ids) -> Portrayed | None:
    """Draw portraits, unless these choices have no use for them."""
    stands_in = content.tags is None and learned.blend.uses("tags")
    has_use = learned.blend.uses("portrait") or learned.blend.asks("portrait", 0) or stands_in
    if content.portray is None or not has_use:
        return None
    return content.portray(known, users)


def _defaults(budget: Budget, users: int) -> Learned:
    return Learned.of_choices(
        NeighboursConfig(length=budget.length, dense_limit=budget.dense_limit),
        HistoryConfig(dislike=0.3),
        PopularityConfig(window_share=0.2),
        BlendConfig(pool=budget.pool),
        {"validation_users": users, "chosen": DEFAULTS},
    )


def _compared(
    serving: Fit | None,
    learned: Learned,
    share: float,
    split: Split,
    content: Content,
    budget: Budget,
) -> dict[str, Any]:
    """Measure the new choices and the serving ones on what came after both were made.

    Both as they would serve: with the links that are lent to new items. The new ones lose where
    the 95 % interval of the difference, user by user, lies wholly below 0, and are better where
    it lies wholly above. Of two that are level the newer one goes ahead, since it alone knows
    what came last; a few users decide nothing. `served_because` says which of these it is.
    """
    known = join(split.train, split.validation)
    cases = Cases.of(known, split.test, most=budget.users, seed=budget.seed)
    if serving is None or len(cases) < LEAST_USERS:
        because = "nothing_to_compare" if serving is None else "too_few_users"
        return {"against": None, "judged_by": len(cases), "served_because": because}
    shares = (share, serving.report.get("newcomers", {}).get("share", 0.0))
    new, old = (
        _merits(one, lent, cases, known, content)
        for one, lent in zip((learned, choices_of(serving)), shares, strict=True)
    )
    lead = paired_bootstrap(new, old, np.random.default_rng(budget.seed))
    return {
        "against": serving.pk,
        "judged_by": len(cases),
        "merit": float(new.mean()),
        "merit_of_serving": float(old.mean()),
        "lead": lead._asdict(),
        "loses": lead.high < 0,
        "served_because": "" if lead.high < 0 else "better" if lead.low > 0 else "level_and_newer",
    }


def _merits(learned: Learned, share: float, cases: Cases, known: Log, content: Content) -> Doubles:
    """Return each user's mean of the three measures. Shapes: returns (B,)."""
    portrayed = _portrayed(learned, content, known, cases.users)
    met = np.unique(cases.met.indices)
    fitted = refit(learned, known, portrayed=portrayed, content=content, items=met)
    fitted = with_newcomers(fitted, known, content, share)
    past = histories_of(known, cases.users, fitted.history)
    own = None if portrayed is None else portrayed.of(cases.users)
    told = content.foretell
    if told is not None and told.model != learned.sequence:
        told = None
    foretold = None if told is None else told.rows(known, cases.users)
    scores = score_batch(fitted, past, content, barred=cases.met, portrayed=own, foretold=foretold)
    return worth(measure(cases, scores))


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
