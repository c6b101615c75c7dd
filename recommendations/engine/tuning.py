"""Pick the best of a few ways to make a model, by users whose next likings are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from core.arrays import Floats
from recommendations.engine.ensemble import Member
from recommendations.engine.history import HistoryConfig
from recommendations.engine.log import Log
from recommendations.engine.recommender import Recommender
from recommendations.engine.validation import Cases, merit

Choice = TypeVar("Choice")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to make a model, and how the past that it is asked with fades."""

    label: str
    make: Callable[[], Recommender]
    history: HistoryConfig = field(default_factory=HistoryConfig)

    def fitted(self, name: str, log: Log) -> Member:
        """Fit it to a log."""
        return Member(name, self.make().fit(log), self.history)


@dataclass(frozen=True, slots=True)
class Tuned:
    """The best of several settings, fitted; what it scored on validation, and all merits.

    Shapes: scores (B, I).
    """

    setting: Setting
    member: Member
    scores: Floats
    merits: dict[str, float]


def tune(name: str, settings: Sequence[Setting], train: Log, cases: Cases) -> Tuned:
    """Fit each setting to `train`, and keep the best by `cases`; level ones keep the first."""
    best: Tuned | None = None
    height, merits = -np.inf, {}
    for setting in settings:
        member = setting.fitted(name, train)
        scores = member.score(train, cases.users)
        merits[setting.label] = found = merit(cases, scores)
        if found > height:
            best, height = Tuned(setting, member, scores, merits), found
    if best is None:
        raise ValueError("There must be at least one setting to tune.")
    return best


def best_choice(
    choices: Sequence[Choice], height: Callable[[Choice], float], report: dict[str, Any]
) -> Choice:
    """Return the choice of greatest merit, the earlier one where two are level."""
    return ranked_choices(choices, height, report)[0]


def ranked_choices(
    choices: Sequence[Choice], height: Callable[[Choice], float], report: dict[str, Any]
) -> list[Choice]:
    """Return the choices in order of merit, best first, and report the merit of each."""
    heights = [height(one) for one in choices]
    report["tried"] += [
        {"choice": repr(one), "merit": round(found, 6)}
        for one, found in zip(choices, heights, strict=True)
    ]
    return [choices[place] for place in np.argsort(-np.array(heights), kind="stable")]
