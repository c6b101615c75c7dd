"""The models that are measured: likeness, what it must beat, and controls that must not help."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, as_floats
from recommendations.engine.factors import FactorsConfig
from recommendations.engine.history import NEWEST, HistoryConfig, histories
from recommendations.engine.learned import Content, Learned, score_batch
from recommendations.engine.learning import Budget, learn, refit
from recommendations.engine.log import Log, join, newest
from recommendations.engine.neighbourhood import NeighbourhoodConfig
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import Popular, PopularityConfig
from recommendations.engine.recommender import Recommender
from recommendations.engine.served import scores_of, served_lists
from recommendations.engine.splits import Split
from recommendations.engine.text_taste import TextTaste
from recommendations.engine.tuning import Setting, tune
from recommendations.engine.validation import Cases
from recommendations.evaluation.families import factors, linked, users

POPULARITIES = {
    "popular": PopularityConfig(),
    "recent-popular-2%": PopularityConfig(window_share=0.02),
    "recent-popular-5%": PopularityConfig(window_share=0.05),
    "recent-popular-10%": PopularityConfig(window_share=0.1),
}
PEERS: Mapping[str, tuple[Setting, ...]] = {
    "item-knn": tuple(
        linked(NeighboursConfig("cosine", shrink=one)) for one in (0.0, 5.0, 20.0, 100.0)
    ),
    "user-knn": tuple(
        users(NeighbourhoodConfig(most=most, damping=damping))
        for most in (50, 200)
        for damping in (0.0, 0.3)
    ),
    "rp3beta": tuple(
        linked(NeighboursConfig("rp3beta", alpha=alpha, beta=beta))
        for alpha in (0.5, 0.7, 1.0)
        for beta in (0.2, 0.4, 0.6)
    ),
    "ease": tuple(
        linked(NeighboursConfig("ease", ridge=one)) for one in (30.0, 100.0, 300.0, 1000.0)
    ),
    "ials": tuple(
        factors(FactorsConfig(dimensions=size, trust=trust, ridge=ridge))
        for size in (32, 128)
        for trust, ridge in ((5.0, 5.0), (20.0, 10.0), (20.0, 50.0))
    ),
}
LONGEST_LIST = 20
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model ready to rank: `score(cases)` gives (B, I).

    `choices` are those made on validation, out of `tries` that were looked at there.
    """

    score: Callable[[Cases], Floats]
    choices: dict[str, Any]
    tries: int


def fit_popularity(split: Split, config: PopularityConfig) -> Fitted:
    """Count on train and validation; there is nothing to tune."""
    return _fitted(Popular(config), _everything(split), {}, tries=0)


def fit_peer(split: Split, settings: tuple[Setting, ...], budget: Budget) -> Fitted:
    """Tune one model on validation as likeness is, then fit it on train and validation.

    All links are used, not only the nearest that serving would keep: a peer is given its best.
    """
    cases = Cases.of(split.train, split.validation, most=budget.users, seed=budget.seed)
    best = tune("peer", settings, split.train, cases)
    choices = {"config": best.setting.label}
    return _fitted(best.setting.make(), _everything(split), choices, tries=len(settings))


def fit_text(split: Split, vectors: Floats) -> Fitted:
    """Compare items with the mean of what a user met, by the words of their texts (TF-IDF).

    Nothing is learnt. Shapes: vectors (I, D) of unit rows.
    """
    return _fitted(TextTaste(vectors), _everything(split), {}, tries=0)


def fit_tag_histogram(split: Split, tags: csr_array) -> Fitted:
    """Compare the counts of the tags a user met with those of each item; nothing is learnt.

    Shapes: tags (I, G).
    """
    past = _past(_everything(split))
    return Fitted(
        lambda cases: as_floats((past[cases.users] @ tags @ tags.T).toarray()), {}, tries=0
    )


@dataclass(frozen=True, slots=True)
class Likeness:
    """Likeness, learnt on validation and fitted on train and validation.

    `known` is what it was fitted on. Shapes: past (U, I), everybody's faded history; served_past
    (U, I), of the newest interactions alone, as a request reads them.
    """

    learned: Learned
    content: Content | None
    known: Log
    past: csr_array
    served_past: csr_array

    @classmethod
    def of(
        cls,
        split: Split,
        content: Content | None,
        budget: Budget,
        step: Step,
        *,
        asked_with: Log | None = None,
    ) -> "Likeness":
        """Learn, and fit on train and validation.

        Where a published split has its test users ask with a past of its own, `asked_with`, all
        is fitted on train alone.
        """
        learned = learn(
            split.train, split.validation, content=content, budget=budget, progress=step
        )
        log = _everything(split) if asked_with is None else split.train
        past = log if asked_with is None else asked_with
        fitted = refit(learned, log, content=content)
        return cls(
            learned=fitted,
            content=content,
            known=log,
            past=histories(past, fitted.history),
            served_past=histories(newest(past, NEWEST), fitted.history),
        )

    def ranked(self) -> Fitted:
        """Rank the whole catalogue by the blend, and the ranker where one was kept."""
        learned = self.learned
        choices = {
            "neighbours": repr(learned.neighbours.config),
            "history": repr(learned.history),
            "recent": repr(learned.recent_config),
            "blend": learned.blend.as_json(),
            "validation": learned.report,
        }
        return Fitted(
            lambda cases: self._score(learned, cases, self.content), choices, learned.tries
        )

    def served(self) -> Fitted:
        """Show what a request would: shortlists, a floor for statements, and a list spread out."""

        def score(cases: Cases) -> Floats:
            past = csr_array(self.served_past[cases.users])
            lists = served_lists(
                self.learned, past, self.content, barred=cases.met, length=LONGEST_LIST
            )
            return scores_of(lists, past.shape[1])

        return Fitted(score, {}, self.learned.tries)

    def shuffled(self, seed: int) -> Fitted:
        """Rank by the same choices, with every item's text and tags given to another item."""
        content = self.content or Content()
        order = np.random.default_rng(seed).permutation(self.past.shape[1])
        moved = Content(
            vectors=None if content.vectors is None else content.vectors[order],
            tags=None if content.tags is None else csr_array(content.tags[order]),
        )
        learned = self.learned
        if learned.neighbours.config.next_text:
            learned = refit(learned, self.known, content=moved)
        return Fitted(lambda cases: self._score(learned, cases, moved), {}, learned.tries)

    def _score(self, learned: Learned, cases: Cases, content: Content | None) -> Floats:
        past = csr_array(self.past[cases.users])
        return score_batch(learned, past, content, barred=cases.met)


def _fitted(model: Recommender, log: Log, choices: dict[str, Any], *, tries: int) -> Fitted:
    known, fitted = _past(log), model.fit(log)
    return Fitted(lambda cases: fitted.score(csr_array(known[cases.users])), choices, tries)


def _everything(split: Split) -> Log:
    return join(split.train, split.validation)


def _past(log: Log) -> csr_array:
    return histories(log, HistoryConfig())
