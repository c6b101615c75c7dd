"""Choose, on validation alone, how a workspace's recommendations are made; then fit them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from scipy.sparse import csr_array, issparse

from core.arrays import Floats, as_floats
from recommendations.engine.blend import BlendConfig
from recommendations.engine.blending import learn_blend
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Content, Learned, liked_counts, source_rows
from recommendations.engine.log import Log
from recommendations.engine.neighbours import (
    NeighboursConfig,
    fit_neighbours,
    item_links,
)
from recommendations.engine.popular import PopularityConfig, popularity
from recommendations.engine.validation import Cases, merit

__all__ = ["Budget", "Content", "Learned", "learn", "refit"]

Choice = TypeVar("Choice")
Progress = Callable[[str], None]

RECENT = (
    *(PopularityConfig(window_share=share) for share in (0.02, 0.05, 0.1, 0.2)),
    *(PopularityConfig(half_life_days=days) for days in (7.0, 14.0, 30.0, 90.0, 180.0, 365.0)),
)
RIDGES = (30.0, 100.0, 300.0, 1000.0)
EXPONENTS = tuple((alpha, beta) for alpha in (0.5, 0.7, 1.0) for beta in (0.2, 0.4, 0.6))
SHARES = ((1.0, 1.0, 0.0), (1.0, 0.5, 0.5), (0.5, 1.0, 0.5), (1.0, 1.0, 1.0))
FADES = (
    HistoryConfig(),
    *(HistoryConfig(half_life_steps=steps) for steps in (2.0, 5.0, 20.0)),
    *(HistoryConfig(half_life_days=days) for days in (30.0, 180.0, 720.0)),
)
DISLIKES = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried. The same seed and logs give the same choices.

    Units: users drawn for validation at most; dense_limit in items, above which EASE is out;
    length in neighbours kept per item; pool in candidates kept per user.
    """

    users: int = 1_500
    dense_limit: int = 10_000
    length: int = 200
    pool: int = 500
    seed: int = 0


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

    In this order: what "of late" means, the neighbours' model, how the past fades, and the blend
    per length of history. Returns the choices fitted on `train`, with the merit of all that was
    tried in `report`; call `refit` to fit them on everything there is.
    """
    budget = budget or Budget()
    cases = Cases.of(train, validation, most=budget.users, seed=budget.seed)
    report: dict[str, Any] = {"validation_users": len(cases), "tried": []}
    progress("recent popularity")
    recent = _choose_recent(train, cases, report)
    progress("neighbours")
    neighbours, history = _choose_neighbours(train, cases, budget, report)
    learned = refit(
        Learned.of_choices(neighbours, history, recent, BlendConfig(pool=budget.pool), report), train
    )
    progress("blend")
    past = histories(train, history, now=last_moment(train))[cases.users]
    blend, reached = learn_blend(
        cases, source_rows(learned, past, content), liked_counts(past), pool=budget.pool
    )
    report["blend"] = reached
    return replace(learned, blend=blend)


def refit(learned: Learned, log: Log) -> Learned:
    """Fit the same choices on `log`. Neighbours already fitted on other rows are forgotten."""
    now = last_moment(log)
    recent = learned.recent_config
    return replace(
        learned,
        neighbours=fit_neighbours(log, learned.neighbours.config),
        popular=popularity(log, now=now),
        recent=popularity(
            log, now=now, half_life_days=recent.half_life_days, window_share=recent.window_share
        ),
    )


def last_moment(log: Log) -> float:
    """Return the time of the last row, the "now" of everything learnt from the log."""
    return float(log.times.max()) if len(log) else 0.0


def _choose_recent(train: Log, cases: Cases, report: dict[str, Any]) -> PopularityConfig:
    now = last_moment(train)

    def height(config: PopularityConfig) -> float:
        row = popularity(
            train, now=now, half_life_days=config.half_life_days, window_share=config.window_share
        )
        return merit(cases, as_floats(np.broadcast_to(row, (len(cases), train.n_items))))

    return _best(RECENT, height, report)


def _choose_neighbours(
    train: Log, cases: Cases, budget: Budget, report: dict[str, Any]
) -> tuple[NeighboursConfig, HistoryConfig]:
    """Tune each model alone, then their mixture, then the fading of the past."""
    now = last_moment(train)
    warm = cases.some(np.flatnonzero(np.diff(cases.met.indptr)))

    def height(links: Floats | csr_array, fading: HistoryConfig) -> float:
        past = histories(train, fading, now=now)[warm.users]
        return merit(warm, dense(past @ links))

    def model_height(config: NeighboursConfig) -> float:
        return height(item_links(train, config)[1], HistoryConfig())

    base = NeighboursConfig(length=budget.length, dense_limit=budget.dense_limit)
    tuned = _tune_models(base, train.n_items, model_height, report)
    links = fit_neighbours(train, tuned).table()
    fading = _best(FADES, lambda one: height(links, one), report)
    disliking = [fading, *(replace(fading, dislike=one) for one in DISLIKES)]
    return tuned, _best(disliking, lambda one: height(links, one), report)


def _tune_models(
    base: NeighboursConfig,
    n_items: int,
    height: Callable[[NeighboursConfig], float],
    report: dict[str, Any],
) -> NeighboursConfig:
    walks = [replace(base, model="rp3beta", alpha=one, beta=two) for one, two in EXPONENTS]
    walk = _best(walks, height, report)
    alone = [walk, replace(walk, model="sequence")]
    if n_items <= base.dense_limit:
        eases = [replace(walk, model="ease", ridge=ridge) for ridge in RIDGES]
        walk = replace(walk, ridge=_best(eases, height, report).ridge)
        alone.append(replace(walk, model="ease"))
    mixed = [
        replace(walk, model="mix", ease_share=ease, walk_share=steps, sequence_share=sequence)
        for ease, steps, sequence in SHARES
    ]
    return _best([*alone, *mixed], height, report)


def _best(
    choices: Sequence[Choice], height: Callable[[Choice], float], report: dict[str, Any]
) -> Choice:
    """Return the choice of greatest merit, the earlier one where two are level."""
    heights = [height(one) for one in choices]
    report["tried"] += [
        {"choice": repr(one), "merit": round(found, 6)}
        for one, found in zip(choices, heights, strict=True)
    ]
    return choices[int(np.argmax(heights))]


def dense(rows: Floats | csr_array) -> Floats:
    """Lay sparse scores out whole. Shapes: rows (B, I); returns (B, I)."""
    return as_floats(rows.toarray() if issparse(rows) else rows)
