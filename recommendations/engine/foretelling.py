"""Decide whether what a sequence model awaits adds to a ranking, and how much it counts there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.arrays import Doubles, Floats, Ids, as_floats
from recommendations.engine.blend import SCALES, BlendConfig, Scale, scaled
from recommendations.engine.blending import halves
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.gate import Gate, judge
from recommendations.engine.history import histories_of
from recommendations.engine.learned import Content, Learned, ask_all, liked_counts
from recommendations.engine.ranker import Ranker, crossed, stacked
from recommendations.engine.rehearsing import USUAL, lessons_in, served
from recommendations.engine.reranking import Ask, ServedRanker
from recommendations.engine.sequence import SOURCE, Foreteller
from recommendations.engine.validation import MEASURES, Cases, measure, open_scores, worth

# Of the weightiest source; whether more than that would be better is left open.
SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 4.0)
NDCG = MEASURES.index("ndcg@20")


@dataclass(frozen=True, slots=True)
class Weighed:
    """How much the model counts, as a share of the weightiest source, and on which scale."""

    share: float
    scale: Scale

    def within(self, blend: BlendConfig) -> BlendConfig:
        """Give the model its weight for users of every kind."""

        def with_own(weights: dict[str, float]) -> dict[str, float]:
            return weights | {SOURCE: self.share * heaviest_of(weights)}

        return replace(blend, scales=blend.scales | {SOURCE: self.scale}).reweighed(with_own)


TRIED = tuple(Weighed(share, scale) for scale in SCALES for share in SHARES)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What was found: the weight that would be best, the gate, and what users get.

    `figures` are mean NDCG@20 by the model alone, by today's ranking, and by both.
    """

    best: Weighed
    gate: Gate
    figures: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """Return the decision as plain values."""
        return {
            **self.gate.as_json(),
            "share": self.best.share,
            "scale": self.best.scale,
            "ndcg@20": self.figures,
        }


def choose_sequence(
    learned: Learned,
    rehearsals: Sequence[Rehearsal],
    content: Content | None,
    foreteller: Foreteller,
) -> Foretold | None:
    """Find how much the model would best count beside all else, and whether it may count at all.

    Only rehearsals at moments from the model's cut-off on are asked, so that nothing was learnt of
    what is to be foretold. The weight is chosen on one half of the users and measured on the
    other, both ways round, by lists as they would be ranked; it is returned as is best on all of
    them. Where a ranker decides, others stand in for it that were taught in the same way by other
    users, at other moments: it has learnt of these lists, as they are without the model, what is to
    be found in them. Returns None where no rehearsal is late enough.
    """
    parts = [
        _Part.of(learned, one, content, told)
        for one in rehearsals
        if (told := foreteller.rows(one.fold.past, one.fold.cases.users)) is not None
    ]
    if not parts:
        return None
    users = np.concatenate([one.cases.users for one in parts])
    table = np.concatenate([one.tried() for one in parts], axis=1)
    half = halves(users)
    best_of = {judged: _best(table[:, half == 1 - judged]) for judged in (0, 1)}
    ends = np.cumsum([len(one.cases) for one in parts])
    own_halves = np.split(half, ends[:-1])
    rankers = _stand_ins(learned, parts, own_halves)
    asked = list(zip(parts, own_halves, rankers, strict=True))
    today = np.concatenate([one.ranked(own, by) for one, own, by in asked])
    added = np.concatenate([one.ranked(own, by, best_of) for one, own, by in asked])
    alone = np.concatenate([measure(one.cases, one.told) for one in parts])
    columns = {"alone": alone, "today": today, "added": added}
    return Foretold(
        best=_best(table),
        gate=judge(worth(added), worth(today)),
        figures={name: round(float(one[:, NDCG].mean()), 5) for name, one in columns.items()},
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One rehearsal. Shapes: told (B, I); heaviest (B,)."""

    cases: Cases
    ask: Ask
    told: Floats
    heaviest: Floats

    @classmethod
    def of(cls, learned: Learned, one: Rehearsal, content: Content | None, told: Floats) -> "_Part":
        cases = one.fold.cases
        history = histories_of(one.fold.past, cases.users, learned.history)
        fitted = one.fitted(learned)
        ask = ask_all(fitted, history, content, barred=cases.met, portrayed=one.own)
        weights = [learned.blend.weights_for(int(count)) for count in liked_counts(history)]
        heaviest = as_floats([heaviest_of(own) for own in weights])
        return cls(cases, ask, told, heaviest)

    def tried(self) -> Doubles:
        """Return what users get by each weight, before a ranker. Shapes: returns (W, B)."""
        rows = [worth(measure(self.cases, self.ask.total + self._term(one))) for one in TRIED]
        return np.stack(rows)

    def ranked(
        self,
        half: Ids,
        rankers: Mapping[int, ServedRanker],
        best_of: Mapping[int, Weighed] | None = None,
    ) -> Doubles:
        """Measure each half by what the other taught: a ranker, and the model's weight if any.

        Shapes: half (B,); returns (B, 4).
        """
        found = np.empty((len(self.cases), len(MEASURES)))
        for judged in np.unique(half).tolist():
            ask = self.ask
            if best_of is not None:
                ask = replace(ask, total=ask.total + self._term(best_of[judged]))
            scores = ask.dealt(rankers[judged]) if judged in rankers else ask.total
            rows = half == judged
            found[rows] = measure(self.cases, scores)[rows]
        return found

    def _term(self, weighed: Weighed) -> Floats:
        opened = scaled(open_scores(self.cases, self.told), weighed.scale)
        term: Floats = np.float32(weighed.share) * self.heaviest[:, None] * opened
        return term


def heaviest_of(weights: Mapping[str, float]) -> float:
    """Return what the weightiest of the other sources counts."""
    return max((one for source, one in weights.items() if source != SOURCE), default=0.0)


def _stand_ins(
    learned: Learned, parts: Sequence[_Part], own_halves: Sequence[Ids]
) -> list[dict[int, ServedRanker]]:
    """Teach rankers in place of the one in use: for each part one to judge each half of its users.

    None where the blend decides alone, nor where there is nobody else to learn from.
    """
    rankers: list[dict[int, ServedRanker]] = [{} for _ in parts]
    if learned.ranker is None:
        return rankers
    found = [lessons_in(one.ask, one.cases) for one in parts]
    lessons = stacked([own for own, _ in found])
    when = np.repeat(np.arange(len(parts)), [len(rows) for _, rows in found])
    half = np.concatenate([own[rows] for own, (_, rows) in zip(own_halves, found, strict=True)])
    settings = {**USUAL, **learned.ranker.settings}
    for learnt_on, judged in crossed(half, when):
        own = lessons.some(learnt_on)
        if own.is_wanted.any():
            part, whose = int(when[judged[0]]), int(half[judged[0]])
            rankers[part][whose] = served(Ranker.fit(own, settings))
    return rankers


def _best(table: Doubles) -> Weighed:
    """Return the weight of greatest merit; no users at all choose the first."""
    return TRIED[int(table.mean(axis=1).argmax())] if table.shape[1] else TRIED[0]
