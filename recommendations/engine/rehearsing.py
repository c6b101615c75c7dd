"""Learn a ranker over the blend from rehearsals, and keep it where held-out users surely gain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna import Trial

from core.arrays import Doubles, Floats, Ids, Indices
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.history import histories_of
from recommendations.engine.learned import Content, Learned, ask_all
from recommendations.engine.ranker import Candidates, Ranker, Search, choose_ranker, stacked
from recommendations.engine.reranking import FEATURES, Ask, Described, ServedRanker
from recommendations.engine.validation import CANDIDATES, Cases

# With fewer lists, a ranker would learn chance.
LEAST_LISTS = 300
MOST_LISTS = 6_000
# The latest of them tell of what is liked now.
MOST_REHEARSALS = 4
NAMED = 12
# Small trees: there are a few thousand lists to learn from, not a few hundred thousand.
USUAL = {
    "objective": "lambdarank",
    "num_leaves": 7,
    "learning_rate": 0.03,
    "min_data_in_leaf": 200,
    "lambda_l2": 10.0,
    "rounds": 100,
    "max_depth": 6,
}


@dataclass(frozen=True, slots=True)
class RankerBudget:
    """How much is tried: settings, at most, and none begun after so many seconds."""

    trials: int = 6
    seconds: float = 120.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """The ranker where it earns its keep, else None, and what to report of it."""

    ranker: ServedRanker | None
    report: dict[str, Any]
    tries: int


def choose_served_ranker(
    learned: Learned,
    rehearsals: Sequence[Rehearsal],
    content: Content | None,
    budget: RankerBudget,
    *,
    by_user: bool = False,
) -> Decision | None:
    """Learn from the lists that the blend would have shown, and what their users took to next.

    Users who took to nothing before are served by the blend alone, so nothing is learnt of them.
    Rehearsals are moments, and each is judged by what others teach, unless users are cut one by
    one. Returns None where there are too few lists to learn from, or one moment alone.
    """
    # Moments lie half a validation apart: of every two, one looks ahead to what no other sees.
    rehearsals = (rehearsals if by_user else rehearsals[::2])[:MOST_REHEARSALS]
    if sum(len(one.fold.cases) for one in rehearsals) < LEAST_LISTS:
        return None
    parts, users = [], []
    for one in rehearsals:
        found, whose = lessons_of(learned, one, content)
        parts.append(found)
        users.append(whose)
    lessons, whose = stacked(parts), np.concatenate(users)
    when = np.repeat(np.arange(len(users)), [len(one) for one in users])
    is_alone = not by_user and len(np.unique(when)) < 2  # nobody could judge what was learnt at it
    if len(whose) < LEAST_LISTS or is_alone or not lessons.is_wanted.any():
        return None
    if len(whose) > MOST_LISTS:
        rows = np.random.default_rng(budget.seed).choice(len(whose), MOST_LISTS, replace=False)
        rows = np.sort(rows)
        lessons, whose, when = lessons.some(rows), whose[rows], when[rows]
    chosen = choose_ranker(
        lessons,
        users=whose,
        moments=None if by_user else when,
        seed=budget.seed,
        trials=budget.trials,
        seconds=budget.seconds,
        search=Search(USUAL, drawn, must_win=True),
    )
    report: dict[str, Any] = {
        "gate": chosen.gate.as_json(),
        "tried": chosen.tries,
        "users": len(np.unique(whose)),
        "lists": len(whose),
        "settings": dict(chosen.settings),
    }
    ranker = None
    if chosen.ranker is not None:
        ranker = served(chosen.ranker)
        report["features"] = _features(chosen.ranker.booster.feature_importance("gain"))
    return Decision(ranker, report, chosen.tries)


def served(ranker: Ranker) -> ServedRanker:
    """Return a ranker as it serves."""
    return ServedRanker.parse(ranker.booster.model_to_string(), ranker.settings)


def drawn(trial: Trial) -> dict[str, Any]:
    """Draw settings in the neighbourhood of the usual ones."""
    return {
        "objective": trial.suggest_categorical("objective", ["lambdarank", "rank_xendcg"]),
        "num_leaves": trial.suggest_int("num_leaves", 4, 15),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.08, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 100, 800, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 1.0, 100.0, log=True),
        "rounds": trial.suggest_int("rounds", 60, 160),
    }


def lessons_of(learned: Learned, one: Rehearsal, content: Content | None) -> tuple[Candidates, Ids]:
    """Describe the candidates of a rehearsal's users, as serving would, fitted on its past alone.

    Returns the candidates of those who have any, and who they are.
    """
    cases, past = one.fold.cases, one.fold.past
    history = histories_of(past, cases.users, learned.history)
    fitted = one.fitted(learned)
    ask = ask_all(fitted, history, content, barred=cases.met, portrayed=one.own)
    found, rows = lessons_in(ask, cases)
    return found, cases.users[rows]


def lessons_in(ask: Ask, cases: Cases) -> tuple[Candidates, Indices]:
    """Describe the candidates of those users who have any. Returns these, and which cases."""
    found = list(ask.described())
    rows = np.array([row for row, _ in found], dtype=np.intp)
    return _laid([own for _, own in found], cases.some(rows)), rows


def _laid(found: Sequence[Described], cases: Cases) -> Candidates:
    shape = (len(found), CANDIDATES)
    items: Indices = np.zeros(shape, dtype=np.intp)
    is_open = np.zeros(shape, dtype=np.bool_)
    features = np.zeros((*shape, len(FEATURES)), dtype=np.float32)
    is_wanted = np.zeros(shape, dtype=np.bool_)
    for row, own in enumerate(found):
        count = len(own.places)
        items[row, :count], is_open[row, :count] = own.places, True
        features[row, :count] = own.features
        is_wanted[row, :count] = np.isin(own.places, cases.relevant(row))
    return Candidates(items, is_open, features, is_wanted, cases.counts())


def _features(gained: Floats | Doubles) -> dict[str, float]:
    """Return what the trees go by most, as shares of all that their splits gain."""
    shares = gained / max(float(gained.sum()), 1e-12)
    order = np.argsort(-shares, kind="stable")[:NAMED]
    return {FEATURES[place]: round(float(shares[place]), 4) for place in order}
