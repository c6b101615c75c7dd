"""The telling words of a text: what it is about, in its own words."""

from collections.abc import Iterator
from dataclasses import dataclass

import yake

from language.mask import without_masks
from language.phrases_en import english_candidates
from language.phrases_zh import chinese_candidates

VERSION = "phrases-2"

_YAKE_LANGUAGES = frozenset({"de", "fr", "es", "it", "pt", "nl", "ru", "pl", "tr", "ar"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A key phrase: `text` in canonical lower case, first met at `[start, end)` of the source.

    Units: score above 0, higher is more telling; it compares within one text only.
    """

    text: str
    score: float
    start: int
    end: int


def key_phrases(text: str, language: str, *, limit: int = 8) -> list[Phrase]:
    """Return at most `limit` phrases, most telling first, none inside another.

    Names of people, numbers, stop words and what was masked are left out, as far as they can be
    told. English
    and Chinese have rules of their own; ten more languages go to YAKE (Campos et al., 2020),
    which is slower; for any other there are none.
    """
    text = without_masks(text)
    if language == "en":
        ranked = _ranked(english_candidates(text))
    elif language == "zh":
        ranked = _ranked(chinese_candidates(text))
    elif language in _YAKE_LANGUAGES:
        ranked = _ranked(list(_by_yake(text, language, limit)))
    else:
        return []
    return _apart(ranked, limit)


def _ranked(candidates: list[tuple[str, float, int, int]]) -> list[Phrase]:
    phrases = [Phrase(*candidate) for candidate in candidates]
    return sorted(phrases, key=lambda phrase: (-phrase.score, phrase.start, phrase.text))


def _apart(ranked: list[Phrase], limit: int) -> list[Phrase]:
    """Keep the best phrases that share no word with a better one."""
    kept: list[Phrase] = []
    used: set[str] = set()
    for phrase in ranked:
        words = {word.removesuffix("s") for word in phrase.text.split()}
        if words & used:
            continue
        kept.append(phrase)
        used |= words
        if len(kept) == limit:
            break
    return kept


def _by_yake(text: str, language: str, limit: int) -> Iterator[tuple[str, float, int, int]]:
    lowered = text.lower()
    extractor = yake.KeywordExtractor(lan=language, n=2, top=limit * 2)
    for phrase, cost in extractor.extract_keywords(text):
        start = lowered.find(phrase.lower())
        if start >= 0 and not phrase.istitle():
            yield phrase.lower(), float(1.0 / (1.0 + cost)), start, start + len(phrase)
