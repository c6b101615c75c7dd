"""A learned ranker over the best candidates of a blend: gradient-boosted trees for whole lists."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import optuna

from core.arrays import Bools, Doubles, Floats, Ids, Indices, as_floats
from recommendations.engine.clues import Clues
from recommendations.engine.gate import Gate, is_sure, judge
from recommendations.engine.validation import (
    CANDIDATES,
    LEADERS,
    Cases,
    open_scores,
    worth_among,
)

FOLDS = 3
# In standard errors over users.
SURE = 3.0
FIXED: Mapping[str, Any] = {
    "lambdarank_truncation_level": 30,
    "max_bin": 63,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
USUAL: Mapping[str, Any] = {
    "objective": "lambdarank",
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_data_in_leaf": 200,
    "rounds": 100,
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of some users, and what is known of each.

    Shapes: items (B, K); is_open (B, K), false where a user had fewer to choose from; features
    (B, K, F); is_wanted (B, K); wanted (B,), how many each user is to find.
    """

    items: Indices
    is_open: Bools
    features: Floats
    is_wanted: Bools
    wanted: Ids

    def some(self, rows: Indices) -> "Candidates":
        """Keep some of the users, by position."""
        return Candidates(
            self.items[rows],
            self.is_open[rows],
            self.features[rows],
            self.is_wanted[rows],
            self.wanted[rows],
        )

    def gains(self, scores: Floats) -> Doubles:
        """Return what the ranking is worth to each user, a candidate left out being unfound.

        Shapes: scores (B, K); returns (B,).
        """
        opened = np.where(self.is_open, scores, -np.inf)
        users, places = np.nonzero(self.is_wanted)
        return worth_among(opened, users, places, self.wanted)

    @property
    def blended(self) -> Floats:
        """Return the blend's own scores, the first feature. Shapes: returns (B, K)."""
        return as_floats(self.features[:, :, 0])


def gather_candidates(
    cases: Cases,
    blended: Floats,
    scored: Sequence[Floats],
    counts: Floats,
    clues: Clues | None = None,
) -> Candidates:
    """Take each user's hundred best of the blend, and describe them.

    Features: the blend's score; each member's score and its place among the candidates; how many
    users took to the item, how many items the user took to, and how popular those are, in logs;
    and the clues, where there are any.

    Shapes: blended and the M scored (B, I), standardised; counts (I,).
    """
    opened = open_scores(cases, blended)
    most = min(CANDIDATES, opened.shape[1])
    items = np.argpartition(-opened, most - 1, axis=1)[:, :most]
    values = np.take_along_axis(opened, items, axis=1)
    tables = [np.where(np.isfinite(values), values, 0.0)]
    for scores in scored:
        own = np.take_along_axis(scores, items, axis=1)
        tables += [own, np.argsort(np.argsort(-own, axis=1, kind="stable"), axis=1)]
    popular = np.log1p(counts)
    lengths = np.maximum(np.diff(cases.met.indptr), 1)
    tables.append(popular[items])
    tables += [
        np.broadcast_to(one[:, None], items.shape)
        for one in (np.log(lengths), (cases.met @ popular) / lengths)
    ]
    features = as_floats(np.stack(tables, axis=2))
    if clues is not None:
        order = np.argsort(-values, axis=1, kind="stable")[:, :LEADERS]
        leaders = np.take_along_axis(items, order, axis=1)
        joined = clues.features(cases.users, items, leaders)
        features = np.concatenate([features, joined], axis=2)
    wanted = np.zeros(opened.shape, dtype=bool)
    wanted[cases.wanted.nonzero()] = True
    return Candidates(
        items=items,
        is_open=np.isfinite(values),
        features=features,
        is_wanted=np.take_along_axis(wanted, items, axis=1),
        wanted=cases.counts(),
    )


def stacked(parts: Sequence[Candidates]) -> Candidates:
    """Put the candidates of several groups of users together."""
    return Candidates(
        *(
            np.concatenate([getattr(one, name) for one in parts])
            for name in ("items", "is_open", "features", "is_wanted", "wanted")
        )
    )


@dataclass(frozen=True, slots=True)
class Ranker:
    """Trees over a blend's candidates, by LightGBM: by LambdaMART (Burges, 2010), or by the cross
    entropy of whole lists (XE-NDCG; Bruch, WWW 2021), whichever validation prefers.
    """

    booster: lightgbm.Booster
    settings: Mapping[str, Any]

    @classmethod
    def fit(cls, lessons: Candidates, settings: Mapping[str, Any], *, seed: int = 0) -> "Ranker":
        """Learn to put what was wanted first, list by list; lists without any teach nothing."""
        rounds = int(settings["rounds"])
        knobs = {name: value for name, value in settings.items() if name != "rounds"}
        taught = np.flatnonzero(lessons.is_wanted.any(axis=1))
        lessons = lessons.some(taught) if len(taught) else lessons
        table = lightgbm.Dataset(
            lessons.features[lessons.is_open],
            label=lessons.is_wanted[lessons.is_open].astype(np.int32),
            group=lessons.is_open.sum(axis=1),
        )
        booster = lightgbm.train({**FIXED, **knobs, "seed": seed}, table, rounds)
        return cls(booster, settings)

    def rate(self, candidates: Candidates) -> Floats:
        """Score the candidates. Shapes: returns (B, K)."""
        count, most, width = candidates.features.shape
        rows = candidates.features.reshape(count * most, width)
        return as_floats(self.booster.predict(rows, num_threads=1)).reshape(count, most)

    def score(self, candidates: Candidates, blended: Floats) -> Floats:
        """Put the candidates in the ranker's order, above all that the blend left below them.

        Shapes: blended (B, I); returns (B, I).
        """
        scores = blended - blended.max(axis=1, keepdims=True) - 1.0
        rated = 1.0 / (1.0 + np.exp(-self.rate(candidates).astype(np.float64)))
        np.put_along_axis(scores, candidates.items, as_floats(rated), axis=1)
        return as_floats(scores)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The ranker where it earns its keep, else None; the decision, and what was tried."""

    ranker: Ranker | None
    gate: Gate
    settings: dict[str, Any]
    tries: int


@dataclass(frozen=True, slots=True)
class Search:
    """Where settings are looked for: those to begin with, and a draw of others.

    Where `must_win`, others are taken only if they surely do better than the first ones: with few
    users to try on, the best of several tries is mostly the luckiest.
    """

    usual: Mapping[str, Any]
    draw: Callable[[optuna.Trial], dict[str, Any]]
    must_win: bool = False


def _drawn(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "objective": trial.suggest_categorical("objective", ["lambdarank", "rank_xendcg"]),
        "num_leaves": trial.suggest_int("num_leaves", 7, 31),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.1, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 50, 800, log=True),
        "rounds": trial.suggest_int("rounds", 50, 200),
    }


WIDE = Search(USUAL, _drawn)


def choose_ranker(
    lessons: Candidates,
    *,
    users: Ids | None = None,
    moments: Ids | None = None,
    seed: int = 0,
    trials: int = 6,
    seconds: float = 300.0,
    search: Search = WIDE,
) -> Chosen:
    """Tune a ranker by Optuna, and keep it where users it was not learnt from surely gain.

    Settings are tried on the first fold's users alone; the decision rests on all folds, each
    measured by a ranker that was learnt on the others. At most `trials` settings are tried, and
    none is begun after `seconds`, so a machine that keeps up chooses the same every time.

    What is in vogue at a moment is so for all users, and a popularity names an item: whoever has
    learnt from some users of a moment knows what the others took to. So where there are several
    `moments`, each is judged by rankers that were learnt on others.

    Shapes: users (B,), whose candidates they are, where somebody has several rows: nobody is
    judged by a ranker that learnt from them; moments (B,), when.
    """
    fold = _folds(len(lessons.wanted), users, seed)
    first = lessons.some(np.flatnonzero(fold == 0))
    settings, tries = _tuned(first, search, seed=seed, trials=trials, seconds=seconds)
    gained = np.zeros(len(fold))
    for learnt_on, rest in crossed(fold, moments):
        learnt = Ranker.fit(lessons.some(learnt_on), settings, seed=seed)
        part = lessons.some(rest)
        gained[rest] = part.gains(learnt.rate(part))
    gate = judge(gained, lessons.gains(lessons.blended), seed=seed)
    ranker = Ranker.fit(lessons, settings, seed=seed) if gate.is_open else None
    return Chosen(ranker, gate, settings, tries)


def crossed(fold: Ids, moments: Ids | None) -> Iterator[tuple[Indices, Indices]]:
    """Pair rows to learn from with rows to judge, of other users and, of several, other moments.

    Shapes: fold (B,), all rows of a user being in one; moments (B,).
    """
    when = np.zeros(len(fold), dtype=np.int64) if moments is None else moments
    several = len(np.unique(when)) > 1
    for judged in np.unique(fold):
        for moment in np.unique(when):
            is_judged = (fold == judged) & (when == moment)
            is_learnt = (fold != judged) & ((when != moment) | ~np.bool_(several))
            if is_judged.any() and is_learnt.any():
                yield np.flatnonzero(is_learnt), np.flatnonzero(is_judged)


def _folds(count: int, users: Ids | None, seed: int) -> Ids:
    """Deal rows out to folds by their users. Shapes: users (B,) or None; returns (B,)."""
    draw = np.random.default_rng(seed)
    if users is None:
        return np.asarray(draw.permutation(count) % FOLDS, dtype=np.int64)
    named, place = np.unique(users, return_inverse=True)
    return np.asarray(draw.permutation(len(named))[place] % FOLDS, dtype=np.int64)


def _tuned(
    lessons: Candidates, search: Search, *, seed: int, trials: int, seconds: float
) -> tuple[dict[str, Any], int]:
    """Learn on one half of the users, and take what serves the other half best.

    Where others than the usual settings must win, both ways round.
    """
    everybody = np.arange(len(lessons.wanted))
    half = len(everybody) // 2
    halves = [lessons.some(everybody[:half]), lessons.some(everybody[half:])]
    ways = [halves, halves[::-1]] if search.must_win else [halves]
    found: list[Doubles] = []
    tried: list[dict[str, Any]] = []

    def height(trial: optuna.Trial) -> float:
        tried.append(search.draw(trial))
        settings = {**search.usual, **tried[-1]}
        rankers = [Ranker.fit(learnt, settings, seed=seed) for learnt, _ in ways]
        found.append(
            np.concatenate(
                [
                    judged.gains(ranker.rate(judged))
                    for ranker, (_, judged) in zip(rankers, ways, strict=True)
                ]
            )
        )
        return float(found[-1].mean())

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(dict(search.usual))
    ends = time.monotonic() + seconds
    for _ in range(trials):
        if time.monotonic() < ends:
            study.optimize(height, n_trials=1)
    if not found:
        return dict(search.usual), 0
    best = int(np.argmax([one.mean() for one in found]))
    if search.must_win and not is_sure(found[best], found[0], SURE):
        best = 0
    return {**search.usual, **tried[best]}, len(found)
