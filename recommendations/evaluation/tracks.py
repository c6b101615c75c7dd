"""Measure published splits: every family tuned by itself, and likeness, which blends them all."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.arrays import Doubles, Floats, Ids
from core.errors import InvalidError
from recommendations.engine.ensemble import (
    Member,
    Weighed,
    combined,
    gather_opinions,
    standardised,
    weigh,
)
from recommendations.engine.log import Log, join, matrix
from recommendations.engine.tuning import Tuned, tune
from recommendations.engine.validation import Cases, measure, ranks
from recommendations.evaluation.content import LEAST_SHARE, word_vectors
from recommendations.evaluation.families import families
from recommendations.evaluation.published import Published
from recommendations.evaluation.report import measured_report
from recommendations.evaluation.run import Measured, Outcome, Plan, slates_of

USERS_AT_ONCE = 1_000
OURS = "likeness"
Encode = Callable[[tuple[str, ...]], Floats]
Progress = Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """What one model gave so far, part by part of the test users."""

    measures: list[Doubles] = field(default_factory=list)
    ranks: list[Doubles] = field(default_factory=list)
    slates: list[Ids] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, part: Cases, scores: Floats) -> None:
        """Measure some more users. Shapes: scores (B, I)."""
        self.measures.append(measure(part, scores))
        self.ranks.append(ranks(part, scores))
        self.slates.append(slates_of(part, scores))

    def outcome(self, choices: dict[str, Any], tries: int) -> Outcome:
        """Return everything as one."""
        return Outcome(
            measures=np.concatenate(self.measures),
            ranks=np.concatenate(self.ranks),
            slates=np.concatenate(self.slates),
            choices=choices,
            tries=tries,
            seconds=self.seconds,
        )


def run_published(
    data: Published, plan: Plan, progress: Progress, *, encode: Encode | None = None
) -> dict[str, Any]:
    """Tune on validation, fit, and rank the whole catalogue for every test user.

    `encode` turns texts into unit rows; without it words are counted. Raises InvalidError where
    nobody in the validation or the test part took to anything new.
    """
    started = time.perf_counter()
    split = data.split
    rehearsal = Cases.of(split.train, split.validation, most=plan.users, seed=plan.seed)
    known = join(split.train, split.validation) if data.fits_on_validation else split.train
    cases = Cases.of(known, split.test)
    if not len(rehearsal) or not len(cases):
        raise InvalidError(
            "Nobody in the validation or the test part took to anything new: too little to "
            "measure. Give both parts users with items that their train part has not."
        )
    vectors = _vectors(data, plan, progress, encode)
    tuned, spent = _tuned(data, vectors, rehearsal, progress)
    progress("weighing")
    weighed = _weighed(tuned, rehearsal, seed=plan.seed)
    members = {}
    for name, one in tuned.items():
        progress(f"fitting {name}")
        members[name] = one.setting.fitted(name, known) if known is not split.train else one.member
    outcomes = _outcomes(members, tuned, weighed, spent, known, cases, progress)
    met = matrix(known)
    result = Measured(
        split=split,
        cases=cases,
        counts=np.bincount(met.indices, minlength=known.n_items).astype(np.float32),
        lengths=np.diff(met.indptr)[cases.users].astype(np.int64),
        vectors=vectors,
        outcomes=outcomes,
        seconds=time.perf_counter() - started,
    )
    part = measured_report(_described(data, plan, result), result, seed=plan.seed)
    return {**part, "splits": {split.name: part}}


def _vectors(
    data: Published, plan: Plan, progress: Progress, encode: Encode | None
) -> Floats | None:
    has_words = np.array([bool(text) for text in data.texts])
    if not plan.with_content or has_words.mean() < LEAST_SHARE:
        return None
    progress("texts")
    if encode is None:
        return word_vectors(data.texts, seed=plan.seed)
    return encode(data.texts)


def _tuned(
    data: Published, vectors: Floats | None, rehearsal: Cases, progress: Progress
) -> tuple[dict[str, Tuned], dict[str, float]]:
    found, spent = {}, {}
    log, in_order = data.split.train, data.shape == "sequences"
    for name, settings in families(log.n_items, vectors, in_order=in_order).items():
        progress(f"tuning {name}")
        started = time.perf_counter()
        found[name] = tune(name, settings, log, rehearsal)
        spent[name] = time.perf_counter() - started
    return found, spent


def _weighed(tuned: Mapping[str, Tuned], rehearsal: Cases, *, seed: int) -> Weighed:
    scored = [standardised(rehearsal, one.scores) for one in tuned.values()]
    return weigh(gather_opinions(rehearsal, scored), list(tuned), seed=seed)


def _outcomes(
    members: Mapping[str, Member],
    tuned: Mapping[str, Tuned],
    weighed: Weighed,
    spent: Mapping[str, float],
    known: Log,
    cases: Cases,
    progress: Progress,
) -> dict[str, Outcome]:
    """Rank for all test users, some at a time, each member alone and all of them blended."""
    tallies = {name: Tally(seconds=spent[name]) for name in members} | {OURS: Tally()}
    weights = [weighed.weights[name] for name in members]
    for start in range(0, len(cases), USERS_AT_ONCE):
        progress(f"ranking for {len(cases) - start:,} users")
        part = cases.some(np.arange(start, min(start + USERS_AT_ONCE, len(cases))))
        scored = []
        for name, member in members.items():
            began = time.perf_counter()
            scores = member.score(known, part.users)
            tallies[name].add(part, scores)
            scored.append(standardised(part, scores))
            tallies[name].seconds += time.perf_counter() - began
        tallies[OURS].add(part, combined(weights, scored))
    tallies[OURS].seconds = sum(one.seconds for one in tallies.values())
    found = {
        name: tallies[name].outcome(
            {"setting": one.setting.label, "tried": _rounded(one.merits)}, len(one.merits)
        )
        for name, one in tuned.items()
    }
    choices = {
        "scale": "z-scores of each user's open items",
        "weights": weighed.weights,
        "merit_on_users_left_out": round(weighed.merit, 5),
        "merit_alone": _rounded(weighed.alone),
    }
    tries = weighed.tries + sum(len(one.merits) for one in tuned.values())
    return found | {OURS: tallies[OURS].outcome(choices, tries)}


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in figures.items()}


def _described(data: Published, plan: Plan, result: Measured) -> dict[str, Any]:
    split, after = data.split, data.fits_on_validation
    return {
        "name": data.name,
        "shape": data.shape,
        "sha256": data.digest,
        "users": split.train.n_users,
        "items": split.train.n_items,
        "interactions": sum(len(part) for part in (split.train, split.validation, split.test)),
        "split": split.name,
        "train": len(split.train),
        "validation": len(split.validation),
        "test": len(split.test),
        "test_users": len(result.cases),
        "final_fit": "train and validation" if after else "train",
        "masked": f"items met in {'train or validation' if after else 'train'}",
        "ties": "count half",
        "ties_within_a_day_shuffled": _about_days(data),
        "left_out": data.left_out,
        "seed": plan.seed,
        "validation_users_at_most": plan.users,
        "hardware": f"{os.cpu_count()} cores, {platform.machine()}",
    }


def _about_days(data: Published) -> str:
    if data.shape == "lines":
        return "not asked: the order of a line is not used"
    return "not possible: the sequences carry no dates, so which items share a day is not known"
