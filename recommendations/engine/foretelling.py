"""Decide whether what a sequence model awaits adds to a ranking, and how much it counts there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.arrays import Doubles, Floats, Ids, as_floats
from recommendations.engine.blend import SCALES, BlendConfig, Bucket, Scale, scaled
from recommendations.engine.blending import halves
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.gate import Gate, judge
from recommendations.engine.history import histories_of
from recommendations.engine.learned import Content, Learned, ask_all, liked_counts
from recommendations.engine.reranking import Ask
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

        return replace(
            blend,
            weights=with_own(blend.weights),
            scales=blend.scales | {SOURCE: self.scale},
            buckets=tuple(Bucket(one.least, with_own(one.weights)) for one in blend.buckets),
        )


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
    them. Returns None where no rehearsal is late enough.
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
    starts = np.cumsum([0, *(len(one.cases) for one in parts)])
    with_it = [
        one.added(best_of, half[start : start + len(one.cases)])
        for one, start in zip(parts, starts, strict=False)
    ]
    today = np.concatenate([one.today for one in parts])
    added = np.concatenate(with_it)
    alone = np.concatenate([measure(one.cases, one.told) for one in parts])
    columns = {"alone": alone, "today": today, "added": added}
    return Foretold(
        best=_best(table),
        gate=judge(worth(added), worth(today)),
        figures={name: round(float(one[:, NDCG].mean()), 5) for name, one in columns.items()},
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One rehearsal. Shapes: told (B, I); heaviest (B,); today (B, 4)."""

    learned: Learned
    cases: Cases
    ask: Ask
    told: Floats
    heaviest: Floats
    today: Doubles

    @classmethod
    def of(cls, learned: Learned, one: Rehearsal, content: Content | None, told: Floats) -> "_Part":
        cases = one.fold.cases
        history = histories_of(one.fold.past, cases.users, learned.history)
        fitted = one.fitted(learned)
        ask = ask_all(fitted, history, content, barred=cases.met, portrayed=one.own)
        weights = [learned.blend.weights_for(int(count)) for count in liked_counts(history)]
        heaviest = as_floats([heaviest_of(own) for own in weights])
        today = measure(cases, _ranked(learned, ask))
        return cls(learned, cases, ask, told, heaviest, today)

    def tried(self) -> Doubles:
        """Return what users get by each weight, before a ranker. Shapes: returns (W, B)."""
        rows = [worth(measure(self.cases, self.ask.total + self._term(one))) for one in TRIED]
        return np.stack(rows)

    def added(self, best_of: dict[int, Weighed], half: Ids) -> Doubles:
        """Measure each user by the weight that the other half chose. Shapes: returns (B, 4)."""
        found = np.empty_like(self.today)
        for judged, best in best_of.items():
            ask = replace(self.ask, total=self.ask.total + self._term(best))
            rows = half == judged
            found[rows] = measure(self.cases, _ranked(self.learned, ask))[rows]
        return found

    def _term(self, weighed: Weighed) -> Floats:
        opened = scaled(open_scores(self.cases, self.told), weighed.scale)
        term: Floats = np.float32(weighed.share) * self.heaviest[:, None] * opened
        return term


def heaviest_of(weights: Mapping[str, float]) -> float:
    """Return what the weightiest of the other sources counts."""
    return max((one for source, one in weights.items() if source != SOURCE), default=0.0)


def _ranked(learned: Learned, ask: Ask) -> Floats:
    return ask.total if learned.ranker is None else ask.dealt(learned.ranker)


def _best(table: Doubles) -> Weighed:
    """Return the weight of greatest merit; no users at all choose the first."""
    return TRIED[int(table.mean(axis=1).argmax())] if table.shape[1] else TRIED[0]
