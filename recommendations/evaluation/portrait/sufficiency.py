"""How much of what a whole history is worth a portrait alone is worth, and what it must beat."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array

from core.arrays import Doubles, Floats
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Learned
from recommendations.engine.log import join, matrix
from recommendations.engine.neighbours import fit_neighbours
from recommendations.engine.popular import popularity, popularity_by
from recommendations.engine.splits import Split
from recommendations.engine.validation import Cases, measure
from recommendations.evaluation.content import content_of
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.drawing import (
    DrawConfig,
    Portraits,
    draw,
    fresh_weights,
)
from recommendations.evaluation.portrait.figures import absent, difference, ratio, value
from recommendations.evaluation.portrait.reading import Texts
from recommendations.evaluation.portrait.scoring import Crowd, Profiles, Scorer

NDCG_AT_20 = 1
# Days in which a statement that nothing bears out any more counts half; None never fades.
FRESHNESS = (None, 365.0, 90.0)
UNUSED = "On validation popularity alone ranked best: the portrait had no part in the ranking."
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A split with the portraits that its train rows, and all its known rows, give.

    `learned` are the choices of the full model; its neighbours and its idea of what is recent
    serve the portraits too. Shapes: vectors (I, D), of the items' texts, or None.
    """

    data: FolderData
    split: Split
    learned: Learned
    rehearsal: Portraits
    final: Portraits
    validation: Cases
    test: Cases
    vectors: Floats | None

    @classmethod
    def of(
        cls,
        data: FolderData,
        texts: Texts,
        split: Split,
        learned: Learned,
        config: DrawConfig | None = None,
        *,
        most: int = 2_000,
        seed: int = 0,
    ) -> "Drawn":
        """Draw twice: from train to choose by, and from train and validation to be measured."""
        known = join(split.train, split.validation)
        return cls(
            data=data,
            split=split,
            learned=learned,
            rehearsal=draw(data, texts, split.train, config=config),
            final=draw(data, texts, known, config=config),
            validation=Cases.of(split.train, split.validation, most=most, seed=seed),
            test=Cases.of(known, split.test),
            vectors=content_of(data.texts, data.tags, seed=seed).vectors,
        )

    def crowd(self, *, final: bool) -> Crowd:
        """Return what the rows known by then teach."""
        known = join(self.split.train, self.split.validation) if final else self.split.train
        now = float(known.times.max()) if len(known) else 0.0
        return Crowd(
            met=matrix(known),
            links=fit_neighbours(known, self.learned.neighbours.config).table(),
            popular=popularity(known, now=now),
            recent=popularity_by(known, self.learned.recent_config, now=now),
            vectors=self.vectors,
        )


def sufficiency(drawn: Drawn, full: dict[str, Doubles], *, seed: int = 0) -> dict[str, Any]:
    """Return PSR@20 with its controls.

    `full` are the measures (B, 3) of the models that see the whole history, on the same test
    users; the best of them by its mean is what the portrait is held against. The portrait, the
    histogram of tags and popularity go through a scorer of the same kind, each tuned by itself
    on validation; shuffled portraits go through the portrait's own. Where that scorer gives
    the portrait no weight there is no PSR: a popularity as good as the best would pass for one.
    """
    rng = np.random.default_rng(seed)
    rehearsal, final = drawn.crowd(final=False), drawn.crowd(final=True)
    best = max(sorted(full), key=lambda name: float(full[name][:, NDCG_AT_20].mean()))
    whole = full[best][:, NDCG_AT_20]
    freshness, scorer, tried = _best_freshness(drawn, rehearsal)
    portrait = profiles_of(drawn.final, freshness)
    plain = Scorer.learn(drawn.validation, None, rehearsal)
    own = _gains(drawn.test, scorer, portrait, final)
    popular = _gains(drawn.test, plain, None, final)
    shuffled = _gains(drawn.test, scorer, portrait.shuffled(seed), final)
    found = {
        "psr@20": ratio(own, whole, rng) if scorer.uses_profiles else absent(UNUSED),
        "ndcg@20": value(own, rng),
        "best_full_history": {"model": best, "ndcg@20": value(whole, rng)},
        "popularity": {
            "ndcg@20": value(popular, rng),
            "portrait_minus": difference(own, popular, rng),
        },
        "shuffled": {
            "ndcg@20": value(shuffled, rng),
            "minus_popularity": difference(shuffled, popular, rng),
            "psr@20": ratio(shuffled, whole, rng),
        },
        "statements_a_user": round(float(np.diff(drawn.final.weights.indptr).mean()), 2),
        "test_users_without_statements": _unstated(drawn),
        "choices": {"half_life_days": freshness, **scorer.as_json(), "tried": tried},
    }
    return found | {"metadata_histogram": _against_histogram(drawn, own, rehearsal, final, rng)}


def _against_histogram(
    drawn: Drawn, own: Doubles, rehearsal: Crowd, final: Crowd, rng: np.random.Generator
) -> dict[str, Any]:
    counts = (tag_counts(drawn, final=False), tag_counts(drawn, final=True))
    scorer = Scorer.learn(drawn.validation, counts[0], rehearsal)
    same = _gains(drawn.test, scorer, counts[1], final)
    assert counts[1].items is not None
    raw_scores = (counts[1].users[drawn.test.users] @ counts[1].items.T).toarray()
    raw = measure(drawn.test, raw_scores.astype(np.float32))[:, NDCG_AT_20]
    return {
        "tags": "given" if has_given_tags(drawn.final) else "attributes and phrases",
        "raw": {"ndcg@20": value(raw, rng), "portrait_over": ratio(own, raw, rng)},
        "same_scorer": {"ndcg@20": value(same, rng), "portrait_over": ratio(own, same, rng)},
        "choices": scorer.as_json(),
    }


def _best_freshness(
    drawn: Drawn, rehearsal: Crowd
) -> tuple[float | None, Scorer, list[dict[str, Any]]]:
    """Choose on validation how fast statements age. What has no dates does not."""
    tried: list[tuple[float, float | None, Scorer]] = []
    for half_life in FRESHNESS if drawn.data.is_dated else (None,):
        profiles = profiles_of(drawn.rehearsal, half_life)
        scorer = Scorer.learn(drawn.validation, profiles, rehearsal)
        height = float(_gains(drawn.validation, scorer, profiles, rehearsal).mean())
        tried.append((height, half_life, scorer))
    _, best, scorer = max(tried, key=lambda one: one[0])
    heights = [{"half_life_days": days, "ndcg@20": round(high, 5)} for high, days, _ in tried]
    return best, scorer, heights


def profiles_of(portraits: Portraits, half_life_days: float | None = None) -> Profiles:
    """Return the portraits as a scorer takes them."""
    if half_life_days is None:
        return Profiles(portraits.weights, portraits.item_tags)
    return Profiles(fresh_weights(portraits, half_life_days), portraits.item_tags)


def has_given_tags(portraits: Portraits) -> bool:
    """Say whether items carry tags of their own."""
    return "given" in portraits.sources


def tag_counts(drawn: Drawn, *, final: bool) -> Profiles:
    """Return the share of each tag in what a user took to: what a histogram of metadata knows.

    The tags are those that items carry or, where they carry none, the words of their texts.
    """
    portraits = drawn.final if final else drawn.rehearsal
    wanted = {"given"} if has_given_tags(portraits) else {"attribute", "phrase"}
    columns = [place for place, source in enumerate(portraits.sources) if source in wanted]
    borne = csr_array(portraits.item_tags[:, columns])
    borne.data = np.ones_like(borne.data)
    known = join(drawn.split.train, drawn.split.validation) if final else drawn.split.train
    counts = csr_array(histories(known, HistoryConfig()) @ borne)
    whole = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1.0)
    return Profiles(csr_array(diags_array(1.0 / whole) @ counts), borne)


def _gains(cases: Cases, scorer: Scorer, profiles: Profiles | None, crowd: Crowd) -> Doubles:
    """Return each test user's NDCG@20. Shapes: returns (B,)."""
    return measure(cases, scorer.score(cases, profiles, crowd))[:, NDCG_AT_20]


def _unstated(drawn: Drawn) -> int:
    return int((np.diff(drawn.final.weights.indptr)[drawn.test.users] == 0).sum())
