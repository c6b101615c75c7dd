"""Whether what is stated is true: confirmed by what came later, in the reviewer's own words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from core.arrays import Bools, Doubles, Ids
from language.clauses import passages
from language.detect import language_of
from language.sentiment import sentiment_of
from profiles.modelling.calibration import (
    LEAST_OUTCOMES,
    Outcomes,
    calibration_error,
    cross_fitted,
    reliability,
    told_of,
)
from profiles.modelling.choosing import OBSERVED, Proposal, bounds_of, trusting
from profiles.modelling.curves import GROUPS, LONE, SHIPPED, group_of
from profiles.modelling.foretold import outcomes_of
from profiles.modelling.quotes import CONTRARY, Judged, Passage, Review, quote_of
from profiles.modelling.statements import StatementConfig
from recommendations.engine.log import Log
from recommendations.evaluation.figures import absent, share
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.drawing import Portraits, acts_of, mentions_of, rows_of
from recommendations.evaluation.portrait.reading import Texts


def reliability_row(
    data: FolderData, texts: Texts, portraits: Portraits, test: Log
) -> dict[str, Any]:
    """Return the expected calibration error of confidence on what users did afterwards.

    The curves are fitted on other users than those they are judged on, as for the plot that staff
    see. `table` has the bins of equal numbers for it: what was told, what share was confirmed, how
    many. `as_told` is the error of what the portraits told, by curves of what had happened before:
    these looked ahead by three tenths of histories, and here what is left judges, so where people
    only say yes, and may or may not come back by then, it is the larger the less is left.

    `by_pieces` is what would be proposed were one interaction enough everywhere: `one`, what a
    single interaction bears, beside `more`, what more of them bear.
    """
    rows = rows_of(data.log, test)
    future = acts_of(data, texts, rows)
    future = replace(future, fade=np.ones(len(future.id)))
    known = portraits.evidence
    asked = (
        known.acts,
        future,
        known.bearings,
        mentions_of(texts, np.arange(len(data.log)), portraits.tags),
        known.everybody,
    )
    outcomes = outcomes_of(*asked, known.config)
    if len(outcomes.raw) < LEAST_OUTCOMES:
        return absent("What came later judges too few statements.")
    table = reliability(cross_fitted(outcomes, SHIPPED), outcomes.is_confirmed)
    as_told = reliability(told_of(outcomes, known.curves), outcomes.is_confirmed)
    return {
        "value": round(calibration_error(table), 5),
        "as_told": round(calibration_error(as_told), 5),
        "judged": len(outcomes.raw),
        "by_pieces": by_pieces(outcomes_of(*asked, trusting(known.config, LONE)), known.config),
        "table": [
            {
                "told": round(each.told, 4),
                "confirmed": round(each.confirmed, 4),
                "count": each.count,
            }
            for each in table
        ],
    }


def by_pieces(outcomes: Outcomes, config: StatementConfig) -> dict[str, dict[str, Any]]:
    """Return how far to trust what one interaction bears, and what more of them bear.

    Asked of what behaviour says, where it is sure enough to be proposed: `told` is the mean
    confidence by curves fitted on other users, `confirmed` the share that came true, `value` the
    expected calibration error.
    """
    told = cross_fitted(outcomes, SHIPPED)
    least = {"one": np.full(len(GROUPS), np.inf), "more": np.full(len(GROUPS), np.inf)}
    for sign, is_judging, is_lone in product((1, -1), (True, False), (True, False)):
        group = group_of(OBSERVED, sign, is_judging=is_judging, is_lone=is_lone)
        bound, _ = bounds_of(OBSERVED, sign, config, is_judging=is_judging)
        least["one" if is_lone else "more"][GROUPS.index(group)] = bound
    return {
        name: _trust(told[rows], outcomes.is_confirmed[rows])
        for name, bound in least.items()
        for rows in [np.flatnonzero(told >= bound[outcomes.group])]
    }


def _trust(told: Doubles, is_confirmed: Bools) -> dict[str, Any]:
    if len(told) < LEAST_OUTCOMES:
        return absent("What came later judges too few of them.")
    return {
        "value": round(calibration_error(reliability(told, is_confirmed)), 5),
        "told": round(float(told.mean()), 4),
        "confirmed": share(int(is_confirmed.sum()), len(told)),
    }


def quotes_row(data: FolderData, texts: Texts, portraits: Portraits) -> dict[str, Any]:
    """Return the share of quotes that stand, letter for letter, in the review as it was sent.

    Where a trained head read, `unread` says of how many of the quotes that would be chosen without
    asking it of passages it clearly reads the opposite.
    """
    acts = portraits.evidence.acts
    quotes = _Quotes.of(data, texts, portraits)
    wanted = [
        (one, int(acts.id[line.act]))
        for stated in portraits.statements.values()
        for one in stated
        for line in one.lines
        if acts.is_read[line.act] and line.weight * one.polarity > 0
    ]
    found = [
        (words, data.words.texts[row])
        for one, row in wanted
        for words in [quotes.words(one, row)]
        if words
    ]
    if not found:
        return absent("Nothing was written that could be quoted.")
    kept = share(sum(words in raw for words, raw in found), len(found))
    return kept | {"unread": _unread(quotes, wanted)} if texts.passages_of_row else kept


def _unread(quotes: "_Quotes", wanted: Sequence[tuple[Proposal, int]]) -> dict[str, Any]:
    """Return how many quotes the head contradicts where it was not asked of passages."""
    blind = quotes.unread()
    chosen = [
        (one.polarity, told.polarity)
        for one, row in wanted
        for words in [blind.words(one, row)]
        if words
        for told in quotes.reviews[row].passages
        if told.polarity is not None and quotes.reviews[row].text[told.start : told.end] == words
    ]
    contrary = sum(sign * felt <= -CONTRARY for sign, felt in chosen)
    return share(contrary, len(chosen)) if chosen else absent("No passage was quoted.")


@dataclass(frozen=True, slots=True)
class _Quotes:
    """Reviews to quote from, by row of the log."""

    reviews: dict[int, Review]
    tags: tuple[str, ...]

    @classmethod
    def of(cls, data: FolderData, texts: Texts, portraits: Portraits) -> "_Quotes":
        acts = portraits.evidence.acts
        rows = {
            int(acts.id[line.act])
            for stated in portraits.statements.values()
            for one in stated
            for line in one.lines
            if acts.is_read[line.act]
        }
        judged = _judged(texts, portraits)
        return cls(
            {row: _review(data, texts, row, judged.get(row, ())) for row in sorted(rows)},
            portraits.tags,
        )

    def unread(self) -> "_Quotes":
        """Return the same reviews as if no head had said anything of their passages."""
        blind = {
            row: replace(
                each, passages=tuple(replace(told, polarity=None) for told in each.passages)
            )
            for row, each in self.reviews.items()
        }
        return replace(self, reviews=blind)

    def words(self, one: Proposal, row: int) -> str:
        return quote_of(
            self.reviews[row],
            tag=one.tag,
            names=(self.tags[one.tag],),
            polarity=one.polarity,
            feel=sentiment_of,
        )


def _judged(texts: Texts, portraits: Portraits) -> dict[int, tuple[Judged, ...]]:
    places = {tag: place for place, tag in enumerate(portraits.tags)}
    found: dict[int, list[Judged]] = {}
    columns: tuple[Ids | Doubles | np.ndarray, ...] = (
        texts.review,
        texts.start,
        texts.end,
        texts.aspect,
        texts.polarity,
    )
    for row, start, end, aspect, polarity in zip(*(each.tolist() for each in columns), strict=True):
        tag = places.get(texts.aspects[aspect])
        if tag is not None:
            found.setdefault(row, []).append(Judged(start, end, tag, polarity))
    return {row: tuple(each) for row, each in found.items()}


def _review(data: FolderData, texts: Texts, row: int, judged: tuple[Judged, ...]) -> Review:
    text = texts.cleaned[row]
    language = language_of(text)
    read = texts.passages_of_row.get(row)
    told = (
        tuple(Passage(span.start, span.end) for span in passages(text, language))
        if read is None
        else tuple(Passage(one.start, one.end, one.polarity) for one in read)
    )
    return Review(
        text=text, raw=data.words.texts[row], language=language, passages=told, judged=judged
    )
