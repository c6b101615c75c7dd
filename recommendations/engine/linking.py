"""Choose how items are linked and how the past fades, on validation alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats
from recommendations.engine.blend import BlendConfig
from recommendations.engine.deciding import Rehearsal, choose_blend
from recommendations.engine.ensemble import Weighed
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Content, Learned
from recommendations.engine.members import Trial, choose_members, scored
from recommendations.engine.neighbours import Links, NeighboursConfig, fit_neighbours, walk_of
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.tuning import Progress, best_choice
from recommendations.engine.validation import Fold, merit

FADES = (
    HistoryConfig(),
    *(HistoryConfig(half_life_steps=steps) for steps in (2.0, 5.0, 20.0)),
    *(HistoryConfig(half_life_days=days) for days in (30.0, 180.0, 720.0)),
)
DISLIKES = (0.3, 1.0)
# Links that look at texts must bring so much more: what is as good without them is left so.
LEAST_GAIN = 1.01


@dataclass(frozen=True, slots=True)
class Way:
    """How items are linked and how the past fades, with the shares that the links are made of."""

    neighbours: NeighboursConfig
    history: HistoryConfig
    weighed: Weighed


def choose_way(
    folds: Sequence[Fold],
    recent: PopularityConfig,
    content: Content | None,
    report: dict[str, Any],
    progress: Progress,
    *,
    base: NeighboursConfig,
    pool: int,
) -> Way:
    """Link items with a look at their texts where that blends better with all else, by a margin.

    What is not tried is as `base` has it; `pool` as in a blend. All that is tried is told in
    `report`.
    """
    ways = _ways(folds, base, None if content is None else content.vectors, report)
    best = ways[0]
    if len(ways) > 1:
        progress("texts")
        rehearsals = [Rehearsal(fold, None, content) for fold in folds]
        merits = []
        for way in ways:
            blend = BlendConfig(pool=pool)
            learned = Learned.of_choices(way.neighbours, way.history, recent, blend, {})
            found = choose_blend(learned, rehearsals, content, pool=pool).merits["all"]
            merits.append(found)
            choice = f"blend(next_text={way.neighbours.next_text:g})"
            report["tried"].append({"choice": choice, "merit": round(found, 6)})
        best = ways[int(merits[1] > LEAST_GAIN * merits[0])]
    weighed = best.weighed
    report["mix"] = {"alone": weighed.alone, "merit": weighed.merit, "shares": weighed.weights}
    report["mixes_tried"] = sum(way.weighed.tries for way in ways)
    return best


def _ways(
    folds: Sequence[Fold], base: NeighboursConfig, vectors: Floats | None, report: dict[str, Any]
) -> list[Way]:
    """Tune each model alone, then their mixture, then how the past fades."""
    trials = [Trial.of(fold, base.dense_limit, vectors) for fold in folds]
    walks = [walk_of(one.known, base) for one in trials]
    fading = best_choice(FADES, lambda one: _height(trials, walks, one), report)

    def note(choice: str, height: float) -> None:
        report["tried"].append({"choice": choice, "merit": round(height, 6)})

    found = choose_members(trials, base, fading, note)
    return [
        Way(tuned, _choose_fading(trials, tuned, fading, report), weighed)
        for tuned, weighed in found
    ]


def _choose_fading(
    trials: Sequence[Trial], tuned: NeighboursConfig, usual: HistoryConfig, report: dict[str, Any]
) -> HistoryConfig:
    links = [_kept(trial, tuned) for trial in trials]
    fading = best_choice([usual, *FADES], lambda one: _height(trials, links, one), report)
    disliking = [fading, *(replace(fading, dislike=one) for one in DISLIKES)]
    return best_choice(disliking, lambda one: _height(trials, links, one), report)


def _kept(trial: Trial, config: NeighboursConfig) -> csr_array:
    """Keep so many links of the items that are needed, as serving would."""
    known, met = trial.known, np.unique(trial.cases.met.indices)
    return fit_neighbours(known.log, config, items=met, vectors=known.vectors).table()


def _height(trials: Sequence[Trial], links: Sequence[Links], fading: HistoryConfig) -> float:
    """Return the mean merit of links, asked with histories that fade so."""
    heights = [
        merit(one.cases, scored(one.past(fading), own))
        for one, own in zip(trials, links, strict=True)
    ]
    return float(np.mean(heights))
