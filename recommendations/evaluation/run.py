"""Fit and rank every model on every split, and keep what each user got from it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np

from core.arrays import Doubles, Floats, Ids
from core.errors import InvalidError
from recommendations.engine.learned import Content, Learned
from recommendations.engine.learning import Budget
from recommendations.engine.log import join, matrix
from recommendations.engine.splits import Split, time_split, user_split
from recommendations.engine.validation import Cases, measures_of, open_scores, ranks
from recommendations.evaluation.content import content_of
from recommendations.evaluation.families import library_peers
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.models import (
    POPULARITIES,
    Fitted,
    Likeness,
    fit_grid,
    fit_peer,
    fit_popularity,
    fit_tag_histogram,
    fit_text,
)
from recommendations.evaluation.peers import TRIES, peers_of

USERS_AT_ONCE = 1_000
PLACES = 20
MOSTLY = 0.5
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run. `splits` names "time", "user" or
    "user-shuffled-ties"; without peers and controls it is quicker. `peer_tries` settings of each
    peer are tried. On sequences a causal transformer learns for `causal_epochs`, where there are
    any.
    """

    splits: tuple[str, ...]
    with_peers: bool = True
    with_controls: bool = True
    with_content: bool = True
    seed: int = 0
    users: int = 2_000
    dense_limit: int = 10_000
    causal_epochs: int = 0
    peer_tries: int = TRIES

    def budget(self, split: str) -> Budget:
        """Return the budget for a split; only a split by time can be rehearsed earlier on."""
        origins = 4 if split == "time" else 1
        return Budget(
            users=self.users,
            origins=origins,
            dense_limit=self.dense_limit,
            seed=self.seed,
            by_user=split != "time",
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one model gave the test users.

    Shapes: measures (B, 4), as MEASURES name them; ranks (P,) of the wanted items; slates
    (B, 20) of item positions, padded with -1.
    """

    measures: Doubles
    ranks: Doubles
    slates: Ids
    choices: dict[str, Any]
    tries: int
    seconds: float


@dataclass(slots=True)
class Tally:
    """What one model gave so far, part by part of the test users."""

    measures: list[Doubles] = field(default_factory=list)
    ranks: list[Doubles] = field(default_factory=list)
    slates: list[Ids] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, part: Cases, scores: Floats) -> None:
        """Measure some more users. Shapes: scores (B, I)."""
        found = ranks(part, scores)
        self.measures.append(measures_of(found, part.seekers(), part.counts()))
        self.ranks.append(found)
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


@dataclass(frozen=True, slots=True)
class Measured:
    """One split, measured. Shapes: counts (I,), users who took to each item before the test;
    lengths (B,), items each test user took to before; vectors (I, D) or None.
    """

    split: Split
    cases: Cases
    counts: Floats
    lengths: Ids
    vectors: Floats | None
    outcomes: dict[str, Outcome]
    seconds: float


@dataclass(frozen=True, slots=True)
class Result(Measured):
    """A split of a folder in the exchange format. `learned` is likeness, chosen on validation and
    fitted on train and validation.
    """

    learned: Learned


def splits_for(wanted: str, *, is_dated: bool, shuffle_ties: bool = False) -> tuple[str, ...]:
    """Return the splits to run: "both" means both where there are dates, else by user alone.

    With `shuffle_ties`, the split by user is run once more, with the order within a moment drawn.
    Raises InvalidError where a log without dates is asked for what needs them.
    """
    if not is_dated and (wanted == "time" or shuffle_ties):
        raise InvalidError(
            "A split by time, or with ties shuffled, needs a date on every interaction. "
            "Use --split user."
        )
    both = ("time", "user") if is_dated else ("user",)
    names = both if wanted == "both" else (wanted,)
    return (*names, "user-shuffled-ties") if shuffle_ties else names


def run(data: FolderData, plan: Plan, progress: Progress) -> Iterator[Result]:
    """Measure all models on each split of the plan, one result a split."""
    content = content_of(data.texts, data.tags, seed=plan.seed)
    for name in plan.splits:
        split = split_of(data, name, seed=plan.seed)
        yield run_split(split, content, plan, progress)


def split_of(data: FolderData, name: str, *, seed: int) -> Split:
    """Cut the folder's log."""
    if name == "time":
        return time_split(data.log)
    return user_split(
        data.log,
        seed=seed,
        shuffle=not data.is_dated,
        shuffle_ties=name == "user-shuffled-ties",
    )


def run_split(split: Split, content: Content, plan: Plan, progress: Progress) -> Result:
    """Fit every model on train and validation, and rank the catalogue for the test users.

    Raises InvalidError where nobody took to anything new in the test part.
    """
    started = time.perf_counter()
    known = join(split.train, split.validation)
    cases = Cases.of(known, split.test)
    if not len(cases):
        raise InvalidError("Nobody in the test part took to anything new: too little to measure.")
    met = matrix(known)
    outcomes = {}

    @cache
    def likeness() -> Likeness:
        return Likeness.of(
            split,
            content if plan.with_content else None,
            plan.budget(split.name),
            lambda what: progress(f"{split.name}: likeness, {what}"),
        )

    for name, fit in _models(split, content if plan.with_content else None, plan, likeness):
        progress(f"{split.name}: {name}")
        outcomes[name] = _rank(fit, cases)
    return Result(
        split=split,
        cases=cases,
        counts=np.bincount(met.indices, minlength=known.n_items).astype(np.float32),
        lengths=np.diff(met.indptr)[cases.users].astype(np.int64),
        vectors=content.vectors,
        outcomes=outcomes,
        seconds=time.perf_counter() - started,
        learned=likeness().learned,
    )


def _models(
    split: Split, content: Content | None, plan: Plan, likeness: Callable[[], Likeness]
) -> Iterator[tuple[str, Callable[[], Fitted]]]:
    budget = plan.budget(split.name)
    for name, config in POPULARITIES.items():
        yield name, partial(fit_popularity, split, config)
    if plan.with_peers:
        for name, peer in peers_of(split.train, dense_limit=plan.dense_limit).items():
            yield name, partial(fit_peer, split, peer, budget, tries=plan.peer_tries)
        for name, grid in library_peers(split.train.n_items).items():
            yield name, partial(fit_grid, split, grid, budget)
        if content is not None and content.vectors is not None:
            yield "tf-idf", partial(fit_text, split, content.vectors)
    yield "likeness", lambda: likeness().ranked()
    yield "likeness-served", lambda: likeness().served()
    if plan.with_controls and content is not None:
        yield "likeness-shuffled-content", lambda: likeness().shuffled(plan.seed)
        if content.tags is not None:
            yield "tag-histogram", partial(fit_tag_histogram, split, content.tags)


def _rank(fit: Callable[[], Fitted], cases: Cases) -> Outcome:
    started, tally = time.perf_counter(), Tally()
    fitted = fit()
    for part in cases.parts(USERS_AT_ONCE):
        tally.add(part, fitted.score(part))
    tally.seconds = time.perf_counter() - started
    return tally.outcome(fitted.choices, fitted.tries)


def slates_of(cases: Cases, scores: Floats) -> Ids:
    """Return each user's first places. Ties go to the lower position. Shapes: returns (B, 20)."""
    opened = open_scores(cases, scores)
    count = min(PLACES, opened.shape[1])
    items = _first_by_position(opened, count)
    values = np.take_along_axis(opened, items, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    slates: Ids = np.where(np.isfinite(values), items, -1)
    return np.take_along_axis(slates, order, axis=1)


def _first_by_position(opened: Floats, count: int) -> Ids:
    """Return each row's highest, in order of position where the rows tell most items apart.

    Finding the last score that has a place spares sorting those that have none, but equal scores
    are sorted faster than they are parted.
    """
    if (opened == 0).mean() > MOSTLY:
        order: Ids = np.argsort(-opened, axis=1, kind="stable")[:, :count].astype(np.int64)
        return order
    last = -np.partition(-opened, count - 1, axis=1)[:, count - 1 : count]
    picked, level = opened > last, opened == last
    left = count - picked.sum(axis=1, keepdims=True)
    crowded = np.flatnonzero(level.sum(axis=1) > left[:, 0])
    level[crowded] &= np.cumsum(level[crowded], axis=1) <= left[crowded]
    return np.nonzero(picked | level)[1].reshape(len(opened), count).astype(np.int64)
