"""The models that are measured: likeness, what it must beat, and controls that must not help."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Floats, as_floats
from recommendations.engine.fitting import refit
from recommendations.engine.history import NEWEST, HistoryConfig, histories
from recommendations.engine.learned import Content, Learned, score_batch
from recommendations.engine.learning import Budget, learn
from recommendations.engine.log import Log, join, newest
from recommendations.engine.popular import Popular, PopularityConfig
from recommendations.engine.recommender import Recommender
from recommendations.engine.served import scores_of, served_lists
from recommendations.engine.splits import Split
from recommendations.engine.text_taste import TextTaste
from recommendations.engine.tuning import Setting, Tuned, tune
from recommendations.engine.validation import Cases
from recommendations.evaluation.peers import TRIES, Peer, search_peer

POPULARITIES = {
    "popular": PopularityConfig(),
    "recent-popular-2%": PopularityConfig(window_share=0.02),
    "recent-popular-5%": PopularityConfig(window_share=0.05),
    "recent-popular-10%": PopularityConfig(window_share=0.1),
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


def fit_peer(split: Split, peer: Peer, budget: Budget, *, tries: int = TRIES) -> Fitted:
    """Tune one model on validation as likeness is, then fit it on train and validation.

    All links are used, not only the nearest that serving would keep: a peer is given its best.
    """
    cases = _rehearsal(split, budget)
    best = search_peer("peer", peer, split.train, cases, tries=tries, seed=budget.seed)
    return _of_best(split, best, tries)


def fit_grid(split: Split, settings: tuple[Setting, ...], budget: Budget) -> Fitted:
    """Tune one model of another library by a grid, then fit it on train and validation."""
    best = tune("peer", settings, split.train, _rehearsal(split, budget))
    return _of_best(split, best, len(settings))


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


def _rehearsal(split: Split, budget: Budget) -> Cases:
    return Cases.of(split.train, split.validation, most=budget.users, seed=budget.seed)


def _of_best(split: Split, best: Tuned, tries: int) -> Fitted:
    tried = {label: round(found, 6) for label, found in best.merits.items()}
    choices = {"config": best.setting.label, "tried": tried}
    return _fitted(best.setting.make(), _everything(split), choices, tries=tries)


def _fitted(model: Recommender, log: Log, choices: dict[str, Any], *, tries: int) -> Fitted:
    known, fitted = _past(log), model.fit(log)
    return Fitted(lambda cases: fitted.score(csr_array(known[cases.users])), choices, tries)


def _everything(split: Split) -> Log:
    return join(split.train, split.validation)


def _past(log: Log) -> csr_array:
    return histories(log, HistoryConfig())
