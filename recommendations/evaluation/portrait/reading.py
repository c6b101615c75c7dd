"""Everything that is read in a folder's texts, each text by itself, before anything is drawn.

No text is read in the light of another, so that nothing of a held-out review can reach a portrait
that leaves its row out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from catalog.keys import key_of
from catalog.said import is_silent, may_be_said
from catalog.vocabulary import Word, attribute_words, given_words, maker_of, phrase_words
from core.arrays import Bools, Doubles, Indices
from language.aspects import for_scenario
from language.clean import Clean, clean
from language.match import Matcher
from language.phrases import key_phrases
from language.read import LEXICON, Heads, Passage, Reading, read
from recommendations.evaluation.folder import FolderData
from recommendations.evaluation.portrait.senses import Encode, Senses, clean_item

# The scenario whose aspects a folder's reviews are read for, by the kinds that only it has.
SCENARIO_OF_KIND = {
    "recommend": "video",
    "listen": "music",
    "borrow": "reading",
    "purchase": "e-commerce",
}
READ_AT_ONCE = 500
# Phrases of a text that are looked at, as a workspace's; those that tell most become tags.
CANDIDATES = 16
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Texts:
    """What was read in the reviews and in the texts of items.

    Shapes: sentiment (T,), NaN where nothing was written; has_text (T,); review (M,), the row of
    the log that judges an aspect; aspect (M,), positions in `aspects`; polarity (M,). `words` are
    the tags an item may bear by what it was given, its attributes and its own text; `makers` who
    made an item; `senses` where items and words stand, where an encoder was given. `phrases_of_row`
    are those of each review whose item says nothing of itself. `cleaned` are the reviews as the
    models read them, `bands` what those that nearly repeat each other share; `passages_of_row` what
    a trained head says of each passage, nothing where the lexicon reads.
    """

    scenario: str
    aspects: tuple[str, ...]
    sentiment: Doubles
    has_text: Bools
    review: Indices
    aspect: Indices
    polarity: Doubles
    start: Indices
    end: Indices
    words: tuple[Word, ...]
    makers: Mapping[int, str]
    phrases_of_row: Mapping[int, tuple[tuple[str, float], ...]]
    cleaned: tuple[str, ...]
    bands: tuple[tuple[int, ...], ...]
    senses: Senses | None = None
    passages_of_row: Mapping[int, Sequence[Passage]] = field(default_factory=dict)


def read_texts(
    data: FolderData,
    progress: Step = lambda step: None,
    heads: Heads = LEXICON,
    encode: Encode | None = None,
) -> Texts:
    """Clean and read every text of a folder. A minute for 30,000 short reviews.

    Items are given tags by what they carry, by their attributes and by the key phrases of their
    text; of reviews of an item with neither text nor given tags the key phrases are kept, too. With
    an encoder words are compared by what they mean, as in a workspace.
    """
    progress("reading items")
    of_items = [clean_item(item) for item in data.items]
    words = list(_words_of_items(data, of_items))
    senses = None
    if encode is not None:
        progress("encoding items")
        senses = Senses.of(data.items, of_items, encode)
    progress("reading reviews")
    cleaned = [clean(text) if text else None for text in data.words.texts]
    is_review = _are_reviews(data)
    scenario = _scenario_of(data.words.kinds)
    readings = _readings(data, cleaned, is_review, _Reader(scenario, heads))
    aspects = sorted({found.key for reading in readings.values() for found in reading.aspects})
    rows = [(row, found) for row, reading in readings.items() for found in reading.aspects]
    sentiment = np.full(len(cleaned), np.nan)
    for row, reading in readings.items():
        sentiment[row] = reading.sentiment
    place = {key: number for number, key in enumerate(aspects)}
    return Texts(
        scenario=scenario,
        aspects=tuple(aspects),
        sentiment=sentiment,
        has_text=is_review,
        review=np.array([row for row, _ in rows], dtype=np.intp),
        aspect=np.array([place[found.key] for _, found in rows], dtype=np.intp),
        polarity=np.array([found.polarity for _, found in rows], dtype=np.float64),
        start=np.array([found.start for _, found in rows], dtype=np.intp),
        end=np.array([found.end for _, found in rows], dtype=np.intp),
        words=tuple(words),
        makers=_makers(data),
        phrases_of_row=_phrases_by_row(data, cleaned, is_review),
        cleaned=tuple(text.text if text else "" for text in cleaned),
        bands=tuple(text.bands if text else () for text in cleaned),
        senses=senses,
        passages_of_row={
            row: reading.passages
            for row, reading in readings.items()
            if reading.passages is not None
        },
    )


def _scenario_of(kinds: Sequence[str]) -> str:
    """Return the scenario that the kinds tell, or "" for one that reads for every aspect."""
    return next((SCENARIO_OF_KIND[kind] for kind in kinds if kind in SCENARIO_OF_KIND), "")


def _are_reviews(data: FolderData) -> Bools:
    """Say which rows carry an opinion in words; a free tag is none."""
    kinds = np.array([kind != "tagged" for kind in data.words.kinds])
    has_text = np.array([bool(text) for text in data.words.texts], dtype=bool)
    return np.asarray(has_text & kinds[data.words.kind])


def _makers(data: FolderData) -> dict[int, str]:
    found = {row: maker_of(item.get("attributes") or {}) for row, item in enumerate(data.items)}
    return {row: maker for row, maker in found.items() if maker}


def _words_of_items(data: FolderData, cleaned: Sequence[Clean]) -> Iterator[Word]:
    for row, (item, text) in enumerate(zip(data.items, cleaned, strict=True)):
        yield from given_words(row, map(str, item.get("tags") or ()))
        yield from attribute_words(row, item.get("attributes") or {})
        if item.get("text"):
            yield from phrase_words(row, _phrases(text))


def _phrases(text: Clean) -> list[tuple[str, float]]:
    """Return key phrases with how far to trust them: .7 for the most telling of a text."""
    found = key_phrases(text.text, text.language, limit=CANDIDATES)
    top = max((phrase.score for phrase in found), default=1.0)
    return [(phrase.text, round(0.3 + 0.4 * phrase.score / top, 3)) for phrase in found]


def _phrases_by_row(
    data: FolderData, cleaned: Sequence[Clean | None], is_review: Bools
) -> dict[int, tuple[tuple[str, float], ...]]:
    silent = np.array(
        [is_silent(str(item.get("text") or ""), item.get("tags") or ()) for item in data.items],
        dtype=bool,
    )
    return {
        row: tuple(pair for pair in _phrases(text) if may_be_said(pair[0]))
        for row, text in enumerate(cleaned)
        if text is not None and is_review[row] and silent[data.log.items[row]]
    }


@dataclass(frozen=True, slots=True)
class _Reader:
    """What reviews are read for, and with."""

    scenario: str
    heads: Heads


def _readings(
    data: FolderData, cleaned: Sequence[Clean | None], is_review: Bools, reader: "_Reader"
) -> dict[int, Reading]:
    """Read the reviews for the scenario's aspects and the tags that items carry."""
    matcher = _matcher(data, reader.scenario)
    rows = [row for row in np.flatnonzero(is_review).tolist() if cleaned[row] is not None]
    found: dict[int, Reading] = {}
    for start in range(0, len(rows), READ_AT_ONCE):
        part = rows[start : start + READ_AT_ONCE]
        texts: list[Any] = [cleaned[row] for row in part]
        spoken, languages = [text.text for text in texts], [text.language for text in texts]
        read_ones = read(spoken, languages, matcher, reader.heads)
        found |= dict(zip(part, read_ones, strict=True))
    return found


def _matcher(data: FolderData, scenario: str) -> Matcher:
    aspects = for_scenario(scenario)
    words = {aspect.key: list(chain(*aspect.words.values())) for aspect in aspects}
    given = {key_of(name): [name] for name in data.tag_names if key_of(name)}
    return Matcher(given | words)
