"""Chinese key words: nouns of the dictionary, weighed by how rare they are."""

import math
from collections import Counter
from functools import lru_cache
from pathlib import Path

import jieba

from language.chinese import word_spans
from language.lexicon import load_words
from language.lexicon_zh import STRENGTHS
from language.scripts import simplified

_FOLDER = Path(jieba.__file__).parent
_NOUNS = frozenset({"n", "nz", "vn", "an", "ns", "nt"})  # tags of common nouns, places, bodies
_LISTS = load_words("phrases")
_GENERIC = frozenset(_LISTS["zh_generic"].split())
_SUBJECTS = frozenset(_LISTS["zh_subjects"].split())


def chinese_candidates(text: str) -> list[tuple[str, float, int, int]]:
    """Return every noun of two characters or more with its score and first place.

        score = (1 + log count) * inverse document frequency * earliness

    The frequencies are those that jieba ships; names of people carry another tag and are left out.
    A word is returned as the text first writes it, in simplified or traditional characters.
    """
    places: dict[str, tuple[int, int]] = {}
    counts: Counter[str] = Counter()
    idf = _noun_idf()
    for word, start, end in word_spans(simplified(text)):
        if word in idf:
            places.setdefault(word, (start, end))
            counts[word] += 1
    return [
        (
            text[start:end],
            (1.0 + math.log(counts[word])) * idf[word] * (1.0 - 0.3 * start / max(1, len(text))),
            start,
            end,
        )
        for word, (start, end) in places.items()
    ]


@lru_cache(maxsize=1)
def _noun_idf() -> dict[str, float]:
    """Return the inverse document frequency of every telling noun in jieba's dictionary."""
    with (_FOLDER / "dict.txt").open(encoding="utf-8") as dictionary:
        tagged = (line.split(" ") for line in dictionary)
        nouns = {word for word, _, tag in tagged if tag.strip() in _NOUNS and len(word) > 1}
    nouns = (nouns | _SUBJECTS) - _GENERIC - STRENGTHS.keys()
    with (_FOLDER / "analyse" / "idf.txt").open(encoding="utf-8") as table:
        rows = (line.strip().split(" ") for line in table)
        return {row[0]: float(row[1]) for row in rows if row[0] in nouns}
