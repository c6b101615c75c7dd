"""How much of what a whole history is worth a portrait alone is worth, and what it must beat."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array

from core.arrays import Doubles, Floats
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Learned
from recommendations.engine.log import join, last_moment, matrix
from recommendations.engine.neighbours import fit_neighbours
from recommendations.engine.popular import popularity, popularity_by
from recommendations.engine.splits import Split
from recommendations.engine.validation import NDCG_AT_20, Cases, measure, merit
from recommendations.evaluation.content import content_of
from recommendations.evaluation.figures import absent, difference, ratio, value
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.believed import (
    Beliefs,
    Showing,
    beliefs_of,
    in_use,
    shown,
)
from recommendations.evaluation.portrait.drawing import DrawConfig, Portraits, draw
from recommendations.evaluation.portrait.reading import Texts
from recommendations.evaluation.portrait.scoring import Crowd, Profiles, Scorer, source_rows

# Which beliefs are shown: however old or lately borne out, broad or fine.
SHOWINGS = tuple(
    Showing(half_life_days=days, fineness=fineness, only_interests=only)
    for days in (None, 365.0, 90.0)
    for fineness, only in ((0.0, False), (0.5, False), (0.5, True))
)
RIDGE = 30.0
# What is believed of the users of some portraits.
Believed = Callable[[Portraits], Beliefs]
UNUSED = "On validation popularity alone ranked best: the portrait had no part in the ranking."


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
        now = last_moment(known)
        return Crowd(
            met=matrix(known),
            links=fit_neighbours(
                known, self.learned.neighbours.config, vectors=self.vectors
            ).table(),
            popular=popularity(known, now=now),
            recent=popularity_by(known, self.learned.recent_config, now=now),
            vectors=self.vectors,
        )


def sufficiency(drawn: Drawn, full: dict[str, Doubles], *, seed: int = 0) -> dict[str, Any]:
    """Return PSR@20 with its controls.

    `full` are the measures (B, 4) of the models that see the whole history, on the same test
    users; the best of them by its mean is what the portrait is held against. The portrait, the
    histogram of tags and popularity go through a scorer of the same kind, each tuned by itself
    on validation; shuffled portraits go through the portrait's own. Where that scorer gives
    the portrait no weight there is no PSR: a popularity as good as the best would pass for one.

    A portrait is the statements in use, as a workspace holds and serves them. `proposed` is the
    same by all that is clear enough to be proposed, with the credit of interactions unsplit: what
    asking for surer signs, and telling each thing once, costs.
    """
    rng = np.random.default_rng(seed)
    crowds = drawn.crowd(final=False), drawn.crowd(final=True)
    best = max(sorted(full), key=lambda name: float(full[name][:, NDCG_AT_20].mean()))
    whole = full[best][:, NDCG_AT_20]
    plain = Scorer.learn(drawn.validation, None, crowds[0])
    popular = _gains(drawn.test, plain, None, crowds[1])
    histogram = _histogram(drawn, crowds)
    held = _Held(drawn, crowds, whole, popular, histogram[0], rng, seed)
    return {
        **held.row(in_use),
        "best_full_history": {"model": best, "ndcg@20": value(whole, rng)},
        "test_users_without_statements": _unstated(drawn),
        "histogram": histogram[1],
        "proposed": held.row(beliefs_of),
    }


@dataclass(frozen=True, slots=True)
class _Held:
    """All that a portrait is held against. Shapes: whole, popular and histogram (B,)."""

    drawn: Drawn
    crowds: tuple[Crowd, Crowd]
    whole: Doubles
    popular: Doubles
    histogram: dict[str, Doubles]
    rng: np.random.Generator
    seed: int

    def row(self, believed: Believed) -> dict[str, Any]:
        """Measure the portraits that hold what is believed in this way."""
        drawn, rng = self.drawn, self.rng
        showing, rehearsal, tried = best_showing(drawn, self.crowds[0], believed)
        scorer = Scorer.learn(drawn.validation, rehearsal, self.crowds[0])
        beliefs = believed(drawn.final)
        portrait = Profiles(shown(drawn.final, beliefs, showing), drawn.final.item_tags)
        own = _gains(drawn.test, scorer, portrait, self.crowds[1])
        moved = _gains(drawn.test, scorer, portrait.shuffled(self.seed), self.crowds[1])
        return {
            "psr@20": ratio(own, self.whole, rng) if scorer.uses_profiles else absent(UNUSED),
            "ndcg@20": value(own, rng),
            "popularity": {
                "ndcg@20": value(self.popular, rng),
                "portrait_minus": difference(own, self.popular, rng),
            },
            "shuffled": {
                "ndcg@20": value(moved, rng),
                "minus_popularity": difference(moved, self.popular, rng),
                "psr@20": ratio(moved, self.whole, rng),
            },
            "metadata_histogram": {
                name: {"ndcg@20": value(gained, rng), "portrait_over": ratio(own, gained, rng)}
                for name, gained in self.histogram.items()
            },
            "statements_a_user": round(float(np.diff(portrait.users.indptr).mean()), 2),
            "choices": {**asdict(showing), **scorer.as_json(), "tried": tried},
        }


def best_showing(
    drawn: Drawn, rehearsal: Crowd, believed: Believed
) -> tuple[Showing, Profiles, list[dict[str, Any]]]:
    """Choose on validation which beliefs are shown, by the better of links and regression."""
    beliefs, cases = believed(drawn.rehearsal), drawn.validation
    tried: list[tuple[float, Showing, Profiles]] = []
    for showing in SHOWINGS:
        if showing.half_life_days is None or drawn.data.is_dated:
            portrait = shown(drawn.rehearsal, beliefs, showing)
            profiles = Profiles(portrait, drawn.rehearsal.item_tags)
            rows = source_rows(profiles, rehearsal, RIDGE, cases.users)
            height = max(merit(cases, rows[name]) for name in ("linked", "linear"))
            tried.append((height, showing, profiles))
    _, best, profiles = max(tried, key=lambda one: one[0])
    heights = [{**asdict(one), "merit": round(high, 5)} for high, one, _ in tried]
    return best, profiles, heights


def _histogram(
    drawn: Drawn, crowds: tuple[Crowd, Crowd]
) -> tuple[dict[str, Doubles], dict[str, Any]]:
    """Rank by counts of tags, as they are and through a scorer of the portrait's kind."""
    counts = (tag_counts(drawn, final=False), tag_counts(drawn, final=True))
    scorer = Scorer.learn(drawn.validation, counts[0], crowds[0])
    assert counts[1].items is not None
    raw = (counts[1].users[drawn.test.users] @ counts[1].items.T).toarray().astype(np.float32)
    gained = {
        "raw": measure(drawn.test, raw)[:, NDCG_AT_20],
        "same_scorer": _gains(drawn.test, scorer, counts[1], crowds[1]),
    }
    tags = "given" if has_given_tags(drawn.final) else "attributes and phrases"
    return gained, {"tags": tags, "choices": scorer.as_json()}


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
    stated = np.unique(in_use(drawn.final).user)
    return int((~np.isin(drawn.test.users, stated)).sum())
