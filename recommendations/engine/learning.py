"""Choose, on validation alone, how a workspace's recommendations are made."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from core.arrays import as_floats
from core.errors import InvalidError
from recommendations.engine.blend import BlendConfig
from recommendations.engine.company import has_room
from recommendations.engine.deciding import (
    LINKS,
    Rehearsal,
    choose_blend,
    choose_feeling,
    height_of_links,
)
from recommendations.engine.foretelling import choose_sequence
from recommendations.engine.learned import MORE, Content, Learned
from recommendations.engine.linking import choose_way
from recommendations.engine.log import Log, last_moment, positives
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.placing import (
    companies_for,
    height_of_company,
    height_of_factors,
    settings_for,
    without_unused,
)
from recommendations.engine.popular import PopularityConfig, popularity_by
from recommendations.engine.rehearsing import RankerBudget, choose_served_ranker
from recommendations.engine.spreading import choose_spread
from recommendations.engine.tuning import Progress, best_choice, ranked_choices
from recommendations.engine.validation import Fold, merit, rolling_folds, user_folds
from recommendations.engine.welcoming import choose_for_strangers

RECENT = (
    *(PopularityConfig(window_share=share) for share in (0.02, 0.05, 0.1, 0.2)),
    *(
        PopularityConfig(half_life_days=days)
        for days in (7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0)
    ),
)
BEST_MEMORIES = 3
# How many moments the sources are mixed at, for each that the neighbours could be judged at.
MIXED_PER_LENGTH = 2
NOTHING_TO_VALIDATE = "There is nothing to validate on: nobody took to anything new."


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried. The same seed and logs give the same choices.

    Units: users drawn per validation at most; origins in moments of validation (1 where the
    split is not by time); dense_limit in items that several users met, above which dense models
    are out; length in neighbours kept per item; pool in candidates kept per user. With by_user
    each user's own next likings are foretold, not those after a moment. Without may_feel nobody
    asks whether the words of reviews should weigh; without may_rank nobody learns a ranker.
    """

    users: int = 2_000
    origins: int = 4
    dense_limit: int = 13_000
    length: int = 200
    pool: int = 500
    seed: int = 0
    may_feel: bool = True
    by_user: bool = False
    may_rank: bool = True
    ranker: RankerBudget = field(default_factory=RankerBudget)


def no_progress(step: str) -> None:
    """Tell nobody."""


def learn(
    train: Log,
    validation: Log,
    *,
    content: Content | None = None,
    budget: Budget | None = None,
    progress: Progress = no_progress,
) -> Learned:
    """Choose every setting by how well `train` foretells `validation`.

    In this order: what "of late" means, the neighbours' model, how the past fades, whether texts
    have a say in links, how factors are found, how users are compared, how statements are linked to
    items, the blend per length of history with the portrait or without it, and whether the words of
    reviews weigh on a history. Popularity and the blend are judged at many moments (see
    `rolling_folds`), so that no one period decides; the neighbours at the last. Where users are cut
    one by one, all by the next likings of each (see `user_folds`).
    Returns the choices, with the merit of all that was tried in `report`; call `refit` to fit them
    on everything there is.

    Raises InvalidError where nobody in `validation` took to anything new.
    """
    budget = budget or Budget()
    folds = folds_for(train, validation, budget, per_length=1)
    if not folds:
        raise InvalidError(NOTHING_TO_VALIDATE)
    report: dict[str, Any] = {"users": [len(fold.cases) for fold in folds], "tried": []}
    progress("recent popularity")
    recent = _choose_recent(folds_for(train, validation, budget, per_length=4), report)
    progress("neighbours")
    judged = folds if budget.by_user else folds[:1]
    base = NeighboursConfig(length=budget.length, dense_limit=budget.dense_limit)
    way = choose_way(judged, recent, content, report, progress, base=base, pool=budget.pool)
    neighbours, history = way.neighbours, way.history
    progress("factors")
    factors = best_choice(
        settings_for(judged), lambda one: height_of_factors(judged, history, one), report
    )
    blend = BlendConfig(pool=budget.pool)
    learned = Learned.of_choices(neighbours, history, recent, blend, report, factors=factors)
    progress("company")
    if companies := companies_for(judged):
        height = partial(height_of_company, judged, history)
        learned = replace(learned, compared=best_choice(companies, height, report))
    return mix(learned, train, validation, content=content, budget=budget, progress=progress)


def mix(
    learned: Learned,
    train: Log,
    validation: Log,
    *,
    content: Content | None = None,
    budget: Budget | None = None,
    progress: Progress = no_progress,
) -> Learned:
    """Choose how the sources are mixed, leaving what each of them is made of as it was chosen.

    That is how statements are linked to items, what each source counts, whether the portrait
    counts at all, whether the words of reviews weigh on a history, whether a ranker puts the best
    in another order, whether a sequence model counts, and how far lists are spread out. Returns
    the choices.

    Raises InvalidError where nobody in `validation` took to anything new.
    """
    budget, report = budget or Budget(), {**learned.report, "gates": {}}
    folds = folds_for(train, validation, budget, per_length=MIXED_PER_LENGTH)
    if not folds:
        raise InvalidError(NOTHING_TO_VALIDATE)
    often = rehearsals_of(folds, content, progress)
    learned = replace(learned, more=MORE)
    learned = _with_links(learned, often[0], report)
    progress("blend")
    decided = choose_blend(learned, often, content, pool=budget.pool, by_user=budget.by_user)
    report |= {"blend": decided.merits, "blends_tried": decided.tries}
    learned = replace(learned, blend=decided.blend, report=report)
    told, report["strangers"] = choose_for_strangers(learned, often, content)
    learned = replace(learned, blend=replace(decided.blend, strangers=told))
    report["gates"] |= {name: gate.as_json() for name, gate in decided.gates.items()}
    if not has_room(train):
        report["gates"]["company"] |= {"is_offered": False}
    if budget.may_feel:
        progress("sentiment")
        learned = _with_feeling(learned, often, content, report)
    if budget.may_rank:
        progress("ranker")
        learned = _with_ranker(learned, often, content, budget, report)
    learned = _with_sequence(learned, often, content, report, progress)
    progress("spread")
    spread, report["spread"] = choose_spread(
        learned, often, content, seed=budget.seed, by_user=budget.by_user
    )
    return without_unused(replace(learned, blend=spread))


def rehearsals_of(
    folds: Sequence[Fold], content: Content | None, progress: Progress = no_progress
) -> list[Rehearsal]:
    """Draw the portraits that each rehearsal's past gives."""
    if content is None or content.portray is None:
        return [Rehearsal(fold, None, content) for fold in folds]
    progress("portraits")
    return [
        Rehearsal(fold, content.portray(fold.past, fold.cases.users), content) for fold in folds
    ]


def _with_links(learned: Learned, latest: Rehearsal, report: dict[str, Any]) -> Learned:
    if latest.portrayed is None:
        return learned
    config = best_choice(LINKS, height_of_links(learned, latest, latest.portrayed), report)
    return replace(learned, links=replace(learned.links, config=config))


def _with_feeling(
    learned: Learned,
    rehearsals: Sequence[Rehearsal],
    content: Content | None,
    report: dict[str, Any],
) -> Learned:
    best, gate = choose_feeling(learned, rehearsals, content)
    if gate is None:
        return learned
    feeling = best if gate.is_open else 0.0
    report["gates"]["sentiment"] = {**gate.as_json(), "best": best, "feeling": feeling}
    return replace(learned, history=replace(learned.history, feeling=feeling))


def _with_ranker(
    learned: Learned,
    rehearsals: Sequence[Rehearsal],
    content: Content | None,
    budget: Budget,
    report: dict[str, Any],
) -> Learned:
    learned = replace(learned, ranker=None)
    decided = choose_served_ranker(
        learned, rehearsals, content, budget.ranker, by_user=budget.by_user
    )
    if decided is None:
        return learned
    report |= {"ranker": decided.report, "rankers_tried": decided.tries}
    return replace(learned, ranker=decided.ranker)


def _with_sequence(
    learned: Learned,
    rehearsals: Sequence[Rehearsal],
    content: Content | None,
    report: dict[str, Any],
    progress: Progress,
) -> Learned:
    """Let a trained sequence model count, where there is one that surely adds to all else."""
    learned = replace(learned, sequence="")
    if content is None or content.foretell is None:
        return learned
    progress("sequence")
    found = choose_sequence(learned, rehearsals, content, content.foretell)
    if found is None:
        return learned
    report["gates"]["sequence"] = {**found.as_json(), "model": content.foretell.model}
    if not found.gate.is_open:
        return learned
    blend = found.best.within(learned.blend)
    return replace(learned, blend=blend, sequence=content.foretell.model)


def folds_for(train: Log, validation: Log, budget: Budget, *, per_length: int) -> list[Fold]:
    """Rehearse at `budget.origins` moments, and as many in between as `per_length` asks.

    The more moments there are, the fewer users are drawn at each.
    """
    if budget.by_user:
        return user_folds(train, validation, most=budget.users, seed=budget.seed)
    return rolling_folds(
        train,
        validation,
        origins=(budget.origins - 1) * per_length + 1,
        stride=1.0 / per_length,
        most=budget.users // per_length if budget.origins > 1 else budget.users,
        seed=budget.seed,
    )


def _choose_recent(folds: Sequence[Fold], report: dict[str, Any]) -> PopularityConfig:
    """Average the best few memories: which of them is best next time is mostly chance."""
    merits = [_recent_merits(fold) for fold in folds]
    heights = {
        config: float(np.mean([own[place] for own in merits]))
        for place, config in enumerate(RECENT)
    }
    first, *rest = ranked_choices(RECENT, heights.__getitem__, report)[:BEST_MEMORIES]
    return replace(first, others=tuple((one.half_life_days, one.window_share) for one in rest))


def _recent_merits(fold: Fold) -> list[float]:
    """Return the merit of each memory, as of the end of a fold's past."""
    liked, now = positives(fold.past), last_moment(fold.past)
    shape = (len(fold.cases), fold.past.n_items)
    rows = (popularity_by(liked, config, now=now) for config in RECENT)
    return [merit(fold.cases, as_floats(np.broadcast_to(row, shape))) for row in rows]
