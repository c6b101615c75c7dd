"""Whether the sentiment of reviews earns its keep as a weight in a ranking."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.arrays import Doubles, Floats, as_floats
from profiles.modelling.strength import SENTIMENT_WEIGHT
from recommendations.engine.fitting import refit
from recommendations.engine.learned import Learned
from recommendations.engine.learning import Budget, learn, no_progress
from recommendations.engine.log import Log, feelings, join
from recommendations.engine.splits import Split
from recommendations.engine.validation import Cases
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.lift import Progress, ndcg_of, relative

# With fewer reviews there is nothing to ask about.
LEAST_WRITTEN = 100


def with_feelings(data: FolderData, sentiment: Doubles) -> FolderData:
    """Return the folder with the sentiment of each row in its log, before it is split.

    Shapes: sentiment (T,), in the order of the log, NaN where nothing was written.
    """
    return replace(data, log=replace(data.log, felt=as_floats(sentiment)))


def sentiment_gain(
    split: Split,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Any] | None:
    """Return what the words of reviews bring, as shares of the NDCG@20 without, paired by user.

    The split's logs carry `felt`. Rankings are by neighbours and popularity, the same ones with
    and without:

    - value, low, high: histories weighed by words, as strongly as does best on validation, whether
      or not the gate opened;
    - is_on: whether the platform would weigh by words here, as `gate` found on validation;
      as_served: what that brings, which is 0 where it would not;
    - shuffled: the words of another review. It should gain nothing;
    - alone: where neither stars nor verdicts are known and words are the only sign, against
      taking every review for a liking.

    None where hardly anything was written. Raises InvalidError where nothing is there to validate
    on.
    """
    known = join(split.train, split.validation)
    if int(np.isfinite(feelings(known)).sum()) < LEAST_WRITTEN:
        return None
    progress("sentiment: learning")
    learned = learn(split.train, split.validation, budget=budget)
    found = learned.report["gates"]["sentiment"]
    bench = _Bench(learned, known, Cases.of(known, split.test))
    progress("sentiment: comparing")
    rng = np.random.default_rng(seed)
    without = bench.weighed(known, 0.0)
    gain = relative(bench.weighed(known, found["best"]), without, rng)
    moved = replace(known, felt=_shuffled(feelings(known), seed))
    nothing = {"value": 0.0, "low": 0.0, "high": 0.0}
    return {
        **gain,
        "is_on": found["is_open"],
        "as_served": gain if found["is_open"] else nothing,
        "feeling": found["best"],
        "gate": found,
        "shuffled": relative(bench.weighed(moved, found["best"]), without, rng),
        "alone": relative(
            bench.learnt_from(by_words(known)), bench.learnt_from(all_liked(known)), rng
        ),
        "reviews": int(np.isfinite(feelings(known)).sum()),
        "users": len(without),
    }


@dataclass(frozen=True, slots=True)
class _Bench:
    """Choices to fit, the rows that are known, and the users who are asked about."""

    learned: Learned
    known: Log
    cases: Cases

    def weighed(self, known: Log, feeling: float) -> Doubles:
        """Weigh the users' own histories by words, and nothing else. Shapes: returns (B,)."""
        history = replace(self.learned.history, feeling=feeling)
        fitted = replace(refit(self.learned, self.known), history=history)
        return ndcg_of(fitted, None, known, self.cases)

    def learnt_from(self, known: Log) -> Doubles:
        """Fit on other strengths of the same rows. Shapes: returns (B,)."""
        plain = replace(self.learned, history=replace(self.learned.history, feeling=0.0))
        return ndcg_of(refit(plain, known), None, known, self.cases)


def by_words(log: Log) -> Log:
    """Let words be the only strength: what nothing was written about says nothing."""
    said = SENTIMENT_WEIGHT * np.nan_to_num(feelings(log))
    return replace(log, weights=as_floats(said), felt=None)


def all_liked(log: Log) -> Log:
    """Take every review for a liking."""
    written = np.isfinite(feelings(log))
    return replace(log, weights=as_floats(SENTIMENT_WEIGHT * written), felt=None)


def _shuffled(felt: Floats, seed: int) -> Floats:
    """Give every review the sentiment of another one."""
    moved = felt.copy()
    written = np.flatnonzero(np.isfinite(felt))
    moved[written] = felt[np.random.default_rng(seed).permutation(written)]
    return moved
