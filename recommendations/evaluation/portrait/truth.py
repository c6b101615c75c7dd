"""Whether what is stated is true: confirmed by what came later, in the reviewer's own words."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.arrays import Doubles, Ids
from language.clauses import clauses, sentences
from language.detect import language_of
from language.sentiment import sentiment_of
from profiles.modelling.choosing import Proposal
from profiles.modelling.foretold import reliability_of
from profiles.modelling.quotes import Judged, Review, quote_of
from profiles.modelling.statements import StatementConfig
from recommendations.engine.log import Log
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.drawing import Portraits, acts_of, mentions_of, rows_of
from recommendations.evaluation.portrait.figures import absent, share
from recommendations.evaluation.portrait.reading import Texts


def reliability_row(
    data: FolderData, texts: Texts, portraits: Portraits, test: Log, config: StatementConfig
) -> dict[str, Any]:
    """Return the expected calibration error of confidence on what users did afterwards.

    The curves are fitted on other users than those they are judged on. `table` has the bins of
    equal numbers for the reliability plot: what was told, what share was confirmed, how many.
    """
    rows = rows_of(data.log, test)
    future = acts_of(data, texts, rows)
    future = replace(future, fade=np.ones(len(future.id)))
    known = portraits.evidence
    table, error = reliability_of(
        known.acts,
        future,
        known.bearings,
        mentions_of(texts, np.arange(len(data.log)), portraits.tags),
        known.everybody,
        config,
    )
    if not table:
        return absent("What came later judges too few statements.")
    return {
        "value": round(error, 5),
        "judged": sum(each.count for each in table),
        "table": [
            {
                "told": round(each.told, 4),
                "confirmed": round(each.confirmed, 4),
                "count": each.count,
            }
            for each in table
        ],
    }


def quotes_row(data: FolderData, texts: Texts, portraits: Portraits) -> dict[str, Any]:
    """Return the share of quotes that stand, letter for letter, in the review as it was sent."""
    acts = portraits.evidence.acts
    quotes = _Quotes.of(data, texts, portraits)
    found = [
        (words, data.words.texts[int(acts.id[line.act])])
        for stated in portraits.statements.values()
        for one in stated
        for line in one.lines
        if acts.is_read[line.act] and line.weight * one.polarity > 0
        for words in [quotes.words(one, int(acts.id[line.act]))]
        if words
    ]
    if not found:
        return absent("Nothing was written that could be quoted.")
    return share(sum(words in raw for words, raw in found), len(found))


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
    return Review(
        text=text,
        raw=data.words.texts[row],
        language=language,
        sentences=tuple((span.start, span.end) for span in sentences(text, language)),
        clauses=tuple((span.start, span.end) for span in clauses(text, language)),
        judged=judged,
    )
