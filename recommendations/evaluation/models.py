"""The models that are measured: likeness, the popularity it must beat, and tuned simple peers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, as_floats
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Content, score_batch
from recommendations.engine.learning import Budget, last_moment, learn, refit
from recommendations.engine.log import Log, join
from recommendations.engine.neighbours import NeighboursConfig, item_links
from recommendations.engine.popular import PopularityConfig, popularity_by
from recommendations.engine.splits import Split
from recommendations.engine.validation import Cases, merit

POPULARITIES = {
    "popular": PopularityConfig(),
    "recent-popular-2%": PopularityConfig(window_share=0.02),
    "recent-popular-5%": PopularityConfig(window_share=0.05),
    "recent-popular-10%": PopularityConfig(window_share=0.1),
}
PEERS = {
    "item-knn": tuple(NeighboursConfig("cosine", shrink=one) for one in (0.0, 5.0, 20.0, 100.0)),
    "rp3beta": tuple(
        NeighboursConfig("rp3beta", alpha=alpha, beta=beta)
        for alpha in (0.5, 0.7, 1.0)
        for beta in (0.2, 0.4, 0.6)
    ),
    "ease": tuple(NeighboursConfig("ease", ridge=one) for one in (30.0, 100.0, 300.0, 1000.0)),
}
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model ready to rank: `score(users)` gives (B, I), and what was chosen for it."""

    score: Callable[[np.ndarray], Floats]
    choices: dict[str, Any]


def fit_popularity(split: Split, config: PopularityConfig) -> Fitted:
    """Count on train and validation; there is nothing to tune."""
    row = popularity_by(_everything(split), config, now=last_moment(_everything(split)))
    return Fitted(lambda users: as_floats(np.broadcast_to(row, (len(users), len(row)))), {})


def fit_peer(split: Split, grid: tuple[NeighboursConfig, ...], budget: Budget) -> Fitted:
    """Tune one linear model on validation as likeness is, then fit it on train and validation.

    All links are used, not only the nearest that serving would keep: a peer is given its best.
    """
    cases = Cases.of(split.train, split.validation, most=budget.users, seed=budget.seed)
    past = _past(split.train)[cases.users]
    found = [merit(cases, _linear(past, item_links(split.train, one)[1])) for one in grid]
    config = grid[int(np.argmax(found))]
    log = _everything(split)
    links, known = item_links(log, config)[1], _past(log)
    return Fitted(lambda users: _linear(known[users], links), {"config": repr(config)})


def fit_likeness(split: Split, content: Content | None, budget: Budget, step: Step) -> Fitted:
    """Learn on validation, fit on train and validation, rank with the functions that serve."""
    learned = learn(split.train, split.validation, content=content, budget=budget, progress=step)
    log = _everything(split)
    fitted = refit(learned, log)
    past = histories(log, fitted.history)
    return Fitted(
        lambda users: score_batch(fitted, csr_array(past[users]), content),
        {
            "neighbours": repr(fitted.neighbours.config),
            "history": repr(fitted.history),
            "recent": repr(fitted.recent_config),
            "blend": fitted.blend.as_json(),
            "validation": fitted.report,
        },
    )


def _everything(split: Split) -> Log:
    return join(split.train, split.validation)


def _past(log: Log) -> csr_array:
    return histories(log, HistoryConfig())


def _linear(past: csr_array, links: Floats | csr_array) -> Floats:
    scores = past @ links
    return as_floats(scores if isinstance(scores, np.ndarray) else scores.toarray())
