"""Measure published splits: every family tuned by itself, and likeness, which blends them all."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.arrays import Floats
from core.errors import InvalidError
from recommendations.engine.clues import Clues
from recommendations.engine.ensemble import (
    Member,
    Weighed,
    combined,
    gather_opinions,
    standardised,
    weigh,
)
from recommendations.engine.learned import Content
from recommendations.engine.log import Log, join, matrix
from recommendations.engine.ranker import (
    Candidates,
    Chosen,
    choose_ranker,
    gather_candidates,
    stacked,
)
from recommendations.engine.splits import Split
from recommendations.engine.tuning import Tuned, tune
from recommendations.engine.validation import Cases
from recommendations.evaluation.content import LEAST_SHARE, word_vectors
from recommendations.evaluation.families import (
    families,
    left_out_peers,
    library_peers,
)
from recommendations.evaluation.machine import hardware
from recommendations.evaluation.models import Likeness
from recommendations.evaluation.published import Published
from recommendations.evaluation.report import measured_report
from recommendations.evaluation.run import USERS_AT_ONCE, Measured, Outcome, Plan, Tally
from recommendations.services.learning import budget_for

RANKER_USERS = 8_000
OURS, BLEND, WORKSPACE = "likeness", "likeness-blend", "likeness-workspace"
Encode = Callable[[tuple[str, ...]], Floats]
Progress = Callable[[str], None]


@dataclass(slots=True)
class Mixture:
    """Fitted members, how much each counts, and the ranker over their blend where one was kept.

    Shapes: counts (I,), the users of each item among what was fitted on.
    """

    members: dict[str, Member]
    weighed: Weighed
    counts: Floats
    chosen: Chosen | None = None

    def scored(
        self, known: Log, part: Cases, tallies: Mapping[str, Tally] | None = None
    ) -> dict[str, Floats]:
        """Ask every member, and measure it alone where there are tallies.

        Shapes: returns (B, I) each, standardised.
        """
        found = {}
        for name, member in self.members.items():
            began = time.perf_counter()
            scores = member.score(known, part.users)
            found[name] = standardised(part, scores)
            if tallies is not None:
                tallies[name].add(part, scores)
                tallies[name].seconds += time.perf_counter() - began
        return found

    def blended(self, scored: Sequence[Floats]) -> Floats:
        """Add the members up. Shapes: M tables (B, I); returns (B, I)."""
        return combined([self.weighed.weights[name] for name in self.members], scored)

    def ranked(
        self,
        part: Cases,
        blended: Floats,
        scored: Sequence[Floats],
        clues: Clues,
    ) -> Floats:
        """Let the ranker put the blend's best in order, where one was kept. Returns (B, I)."""
        if self.chosen is None or self.chosen.ranker is None:
            return blended
        found = gather_candidates(part, blended, scored, self.counts, clues)
        return self.chosen.ranker.score(found, blended)


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
    known = join(split.train, split.validation) if data.asks_with_validation else split.train
    cases = Cases.of(known, split.test)
    if not len(rehearsal) or not len(cases):
        raise InvalidError(
            "Nobody in the validation or the test part took to anything new: too little to "
            "measure. Give both parts users with items that their train part has not."
        )
    vectors = _vectors(data, plan, progress, encode)
    tuned, spent = _tuned(data, vectors, rehearsal, plan, progress)
    progress("weighing")
    weighed = _weighed(tuned, rehearsal, seed=plan.seed)
    clues = Clues.of(split.train, vectors, is_ordered=data.in_order)
    mixture = _mixture(split, clues, tuned, weighed, plan, progress)
    outcomes = _outcomes(mixture, tuned, spent, known, clues.asked_with(known), cases, progress)
    outcomes = {WORKSPACE: _workspace(split, known, vectors, cases, plan, progress), **outcomes}
    if plan.with_peers:
        outcomes = {**_peers(split.train, known, rehearsal, cases, progress), **outcomes}
    result = Measured(
        split=split,
        cases=cases,
        counts=_counts(split.train),
        lengths=np.diff(matrix(known).indptr)[cases.users].astype(np.int64),
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
    data: Published, vectors: Floats | None, rehearsal: Cases, plan: Plan, progress: Progress
) -> tuple[dict[str, Tuned], dict[str, float]]:
    found, spent = {}, {}
    log = data.split.train
    tried = dict(families(log.n_items, vectors, in_order=data.in_order))
    if data.in_order and plan.causal_epochs:
        from recommendations.evaluation.transformer import (  # noqa: PLC0415 - it loads torch
            transformer_family,
        )

        tried |= transformer_family(vectors, plan.causal_epochs)
    for name, settings in tried.items():
        progress(f"tuning {name}")
        started = time.perf_counter()
        found[name] = tune(name, settings, log, rehearsal)
        spent[name] = time.perf_counter() - started
    return found, spent


def _weighed(tuned: Mapping[str, Tuned], rehearsal: Cases, *, seed: int) -> Weighed:
    scored = [standardised(rehearsal, one.scores) for one in tuned.values()]
    return weigh(gather_opinions(rehearsal, scored), list(tuned), seed=seed)


def _mixture(
    split: Split,
    clues: Clues,
    tuned: Mapping[str, Tuned],
    weighed: Weighed,
    plan: Plan,
    progress: Progress,
) -> Mixture:
    """Learn a ranker over the blend, on all users of the validation that there is time for."""
    members = {name: one.member for name, one in tuned.items()}
    mixture = Mixture(members, weighed, _counts(split.train))
    everybody = Cases.of(split.train, split.validation, most=RANKER_USERS, seed=plan.seed)
    parts: list[Candidates] = []
    for part in everybody.parts(USERS_AT_ONCE):
        progress(f"ranker: {len(parts) * USERS_AT_ONCE:,} users")
        scored = list(mixture.scored(split.train, part).values())
        blended = mixture.blended(scored)
        parts.append(gather_candidates(part, blended, scored, mixture.counts, clues))
    progress("ranker: learning")
    mixture.chosen = choose_ranker(stacked(parts), seed=plan.seed)
    return mixture


def _outcomes(
    mixture: Mixture,
    tuned: Mapping[str, Tuned],
    spent: Mapping[str, float],
    known: Log,
    clues: Clues,
    cases: Cases,
    progress: Progress,
) -> dict[str, Outcome]:
    """Rank for all test users, some at a time: each member alone, all blended, and re-ranked."""
    tallies = {name: Tally(seconds=spent[name]) for name in tuned}
    tallies |= {BLEND: Tally(), OURS: Tally()}
    for part in cases.parts(USERS_AT_ONCE):
        progress(f"ranking for user {int(part.users[0]):,} and on")
        scored = list(mixture.scored(known, part, tallies).values())
        blended = mixture.blended(scored)
        tallies[BLEND].add(part, blended)
        tallies[OURS].add(part, mixture.ranked(part, blended, scored, clues))
    for name in (BLEND, OURS):
        tallies[name].seconds = sum(tallies[one].seconds for one in tuned)
    found = {
        name: tallies[name].outcome(_choices(one), len(one.merits)) for name, one in tuned.items()
    }
    tries = mixture.weighed.tries + sum(len(one.merits) for one in tuned.values())
    found[BLEND] = tallies[BLEND].outcome(_weights(mixture.weighed), tries)
    chosen = mixture.chosen
    choices = _weights(mixture.weighed)
    if chosen is not None:
        choices |= {"ranker": chosen.settings, "ranker_gate": chosen.gate.as_json()}
        tries += chosen.tries
    return found | {OURS: tallies[OURS].outcome(choices, tries)}


def _workspace(
    split: Split,
    known: Log,
    vectors: Floats | None,
    cases: Cases,
    plan: Plan,
    progress: Progress,
) -> Outcome:
    """Let a workspace's own learning choose, within its own budget, and show what it would serve.

    But for the moments of the choices: a published split has no dates, so each user's own next
    likings are foretold.
    """
    started, tally = time.perf_counter(), Tally()
    content = None if vectors is None else Content(vectors=vectors)
    budget = replace(budget_for(split.train), origins=1, by_user=True, seed=plan.seed)
    likeness = Likeness.of(
        split, content, budget, lambda what: progress(f"workspace, {what}"), asked_with=known
    )
    served, ranked = likeness.served(), likeness.ranked()
    for part in cases.parts(USERS_AT_ONCE):
        tally.add(part, served.score(part))
    tally.seconds = time.perf_counter() - started
    return tally.outcome(ranked.choices, ranked.tries)


def _peers(
    train: Log, known: Log, rehearsal: Cases, cases: Cases, progress: Progress
) -> dict[str, Outcome]:
    """Tune and measure another library's models, which the blend knows nothing of."""
    found = {}
    for name, settings in library_peers(train.n_items).items():
        progress(f"tuning {name}")
        started = time.perf_counter()
        one = tune(name, settings, train, rehearsal)
        tally = Tally()
        for part in cases.parts(USERS_AT_ONCE):
            tally.add(part, one.member.score(known, part.users))
        tally.seconds = time.perf_counter() - started
        found[name] = tally.outcome(_choices(one), len(one.merits))
    return found


def _choices(one: Tuned) -> dict[str, Any]:
    return {"setting": one.setting.label, "tried": _rounded(one.merits)}


def _weights(weighed: Weighed) -> dict[str, Any]:
    return {
        "scale": "z-scores of each user's open items",
        "weights": weighed.weights,
        "merit_on_users_left_out": round(weighed.merit, 5),
        "merit_alone": _rounded(weighed.alone),
    }


def _counts(log: Log) -> Floats:
    return np.bincount(matrix(log).indices, minlength=log.n_items).astype(np.float32)


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in figures.items()}


def _described(data: Published, plan: Plan, result: Measured) -> dict[str, Any]:
    split, after = data.split, data.asks_with_validation
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
        "final_fit": "train",
        "asked_with": "train and validation" if after else "train",
        "masked": f"items met in {'train or validation' if after else 'train'}",
        "ties": "count half",
        "ties_within_a_day_shuffled": _about_days(data),
        "left_out": data.left_out,
        "seed": plan.seed,
        "validation_users_at_most": plan.users,
        "left_out_peers": left_out_peers(wanted=plan.with_peers),
        "hardware": hardware(),
    }


def _about_days(data: Published) -> str:
    if data.shape == "lines":
        return "not asked: the order of a line is not used"
    return "not possible: the sequences carry no dates, so which items share a day is not known"
