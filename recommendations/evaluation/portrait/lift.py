"""What the portrait adds to a ranking: with against without, user by user, on the test part."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Ids
from recommendations.engine.fitting import refit
from recommendations.engine.history import histories
from recommendations.engine.learned import Content, Learned, Portrayed, score_batch
from recommendations.engine.learning import Budget, learn, mix, no_progress
from recommendations.engine.log import Log, join
from recommendations.engine.metrics import Interval, paired_bootstrap
from recommendations.engine.splits import Split
from recommendations.engine.validation import NDCG_AT_20, Cases, measure
from recommendations.evaluation.figures import Figure, rounded, value

USERS_AT_ONCE = 500
Portray = Callable[[Log, Ids], Portrayed]
Progress = Callable[[str], None]


def portrait_lift(
    split: Split,
    content: Content,
    portray: Portray,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Return what the ranking gains by the portrait, with 95 % intervals paired by user.

    `portray(log, users)` must draw from the log's rows alone. Every ranking here has the same
    neighbours and popularity; what is mixed with them, and how, is learnt on validation:

    - without: nothing else; with: where the user's taste in text points, the tags of what they
      met, and what is stated of them, where validation says that it adds to those;
    - over_history: with, against the same without statements;
    - shuffled: with another user's statements, and another item's text and tags. It should gain
      nothing.

    `value`, `low` and `high` are shares of the NDCG@20 without. Raises InvalidError where there is
    nothing to validate on.
    """
    drawn = replace(content, portray=remembering(portray))
    plain = replace(content, portray=None)
    moved = shuffled(drawn, seed)
    quiet = replace(budget or Budget(), may_feel=False, may_rank=False)
    progress("lift: without the portrait")
    base = learn(split.train, split.validation, budget=quiet)
    bench = _Bench(split, base, quiet, progress)
    without = bench.measured(base, None)
    found = {
        name: bench.mixed(name, one)
        for name, one in (("with", drawn), ("history", plain), ("shuffled", moved))
    }
    rng = np.random.default_rng(seed)
    ours = found["with"].gained
    return {
        **relative(ours, without, rng),
        "ndcg@20": {
            "with": value(ours, rng),
            "without": value(without, rng),
        },
        "over_history": relative(ours, found["history"].gained, rng),
        "shuffled": relative(found["shuffled"].gained, without, rng),
        "gate": found["with"].learned.report["gates"].get("portrait"),
        "shuffled_gate": found["shuffled"].learned.report["gates"].get("portrait"),
        "weights": found["with"].learned.blend.weights,
        "users": len(without),
    }


@dataclass(frozen=True, slots=True)
class Mixed:
    """A mixture, and the NDCG@20 that each test user gets from it. Shapes: gained (B,)."""

    learned: Learned
    gained: Doubles


@dataclass(frozen=True, slots=True)
class _Bench:
    """A split on which mixtures of the same sources are compared."""

    split: Split
    base: Learned
    budget: Budget
    progress: Progress

    def mixed(self, name: str, content: Content) -> Mixed:
        """Mix the sources anew with this content, and measure."""
        self.progress(f"lift: {name}")
        train, validation = self.split.train, self.split.validation
        learned = mix(self.base, train, validation, content=content, budget=self.budget)
        return Mixed(learned, self.measured(learned, content))

    def measured(self, learned: Learned, content: Content | None) -> Doubles:
        """Fit on train and validation, and rank for the test users. Shapes: returns (B,)."""
        known = join(self.split.train, self.split.validation)
        cases = Cases.of(known, self.split.test)
        portrayed = None
        if content is not None and content.portray is not None:
            portrayed = content.portray(known, cases.users)
        fitted = refit(learned, known, portrayed=portrayed, content=content)
        return ndcg_of(fitted, content, known, cases, portrayed)


def ndcg_of(
    fitted: Learned,
    content: Content | None,
    known: Log,
    cases: Cases,
    portrayed: Portrayed | None = None,
) -> Doubles:
    """Return each user's NDCG@20. Shapes: returns (B,); portrayed all users of the log."""
    past = histories(known, fitted.history)
    found = []
    for part in cases.parts(USERS_AT_ONCE):
        own = None if portrayed is None else portrayed.of(part.users)
        scores = score_batch(
            fitted, csr_array(past[part.users]), content, barred=part.met, portrayed=own
        )
        found.append(measure(part, scores)[:, NDCG_AT_20])
    return np.concatenate(found)


def remembering(portray: Portray) -> Portray:
    """Draw the portraits of the same rows once only."""
    kept: dict[tuple[int, float, int], Portrayed] = {}

    def drawn(log: Log, users: Ids) -> Portrayed:
        name = (len(log), float(log.times.sum()), int((log.users * log.items).sum()))
        if name not in kept:
            kept[name] = portray(log, users)
        return kept[name]

    return drawn


def shuffled(content: Content, seed: int) -> Content:
    """Give every user another's statements, and every item another's text and tags."""
    rng = np.random.default_rng(seed)
    portray, vectors, tags = content.portray, content.vectors, content.tags
    content = replace(
        content,
        vectors=None if vectors is None else vectors[rng.permutation(len(vectors))],
        tags=None if tags is None else csr_array(tags[rng.permutation(tags.shape[0])]),
    )
    if portray is None:
        return content

    def moved(log: Log, users: Ids) -> Portrayed:
        found = portray(log, users)
        return found.of(np.random.default_rng(seed).permutation(log.n_users))

    return replace(content, portray=moved)


def relative(gained: Doubles, without: Doubles, rng: np.random.Generator) -> Figure:
    """Return the mean difference and its 95 % interval as shares of the mean without.

    Shapes: both (B,), the same users. 0 where nobody gets anything without.
    """
    level = float(without.mean()) or 1.0
    found = paired_bootstrap(gained, without, rng)
    return rounded(Interval(*(one / level for one in found)))
