"""The words of `sensitive` in the other languages that tags are drawn in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from language.lexicon import load_words
from language.scripts import plain

_LISTS = load_words("sensitive_abroad")
LANGUAGES = frozenset(_LISTS)
_HARMLESS = "harmless"
_WORD = re.compile(r"\w+")
# "And", "by", "for" and "the" are written at the beginning of an Arabic word.
_AR_BEFORE = re.compile(r"[وف]?[بلك]?(?:ال|لل)?(?=\w{2})")
_AR_GAP = r"[\s-]+(?:ال)?"
_GAP = r"[\s-]+"

Entry = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _List:
    """Entries by what they begin with, each a group of the expression; and endings of words.

    `topics` has the topic of each group.
    """

    found_at: dict[str, re.Pattern[str]]
    topics: dict[str, list[str]]
    endings: dict[str, str]


def find_abroad(text: str, languages: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return the topic, start and end of each hit in `text`, in order of place.

    `languages` are ISO 639-1 codes of LANGUAGES. Where several entries begin at one place an
    ordinary sense wins, and then the longest.
    """
    folded = plain(text)
    words = _list_of(tuple(languages))
    hits: list[tuple[str, int, int]] = []
    at = 0
    for word in _WORD.finditer(folded):
        if word.start() < at:
            continue
        if hit := _hit_at(words, folded, *word.span()):
            at = hit[2]
            hits.append(hit)
    return [hit for hit in hits if hit[0] != _HARMLESS]


def _hit_at(words: _List, folded: str, start: int, end: int) -> tuple[str, int, int] | None:
    for first in {start: 0, _stem_of(folded, start): 0}:
        initial = folded[first]
        pattern = words.found_at.get(initial)
        if pattern and (found := pattern.match(folded, first)) and found.lastindex:
            return words.topics[initial][found.lastindex - 1], start, found.end()
    for ending, topic in words.endings.items():
        if folded.endswith(ending, start, end):
            return topic, start, end
    return None


def _stem_of(folded: str, start: int) -> int:
    """Return where an Arabic word begins without what is written in front of it."""
    before = _AR_BEFORE.match(folded, start)
    return before.end() if before else start


@lru_cache(maxsize=64)
def _list_of(languages: tuple[str, ...]) -> _List:
    entries = sorted(
        {pair for language in languages for pair in _entries(language)},
        key=lambda entry: (entry[0] != _HARMLESS, -len(entry[1]), entry),
    )
    by_first: dict[str, list[Entry]] = {}
    for topic, words in entries:
        if not words.startswith("*"):
            by_first.setdefault(words[0], []).append((topic, words))
    return _List(
        {first: _pattern(of_first) for first, of_first in by_first.items()},
        {first: [topic for topic, _ in of_first] for first, of_first in by_first.items()},
        {words[1:]: topic for topic, words in entries if words.startswith("*")},
    )


def _entries(language: str) -> Iterator[Entry]:
    for topic, words in _LISTS[language].items():
        for entry in words.split(","):
            if folded := plain(" ".join(entry.split())):
                yield topic, folded


def _pattern(entries: Sequence[Entry]) -> re.Pattern[str]:
    groups = (f"({_expression(words)})" for _, words in entries)
    return re.compile(rf"(?:{'|'.join(groups)})(?!\w)")


def _expression(words: str) -> str:
    gap = _AR_GAP if "؀" <= words[0] <= "ۿ" else _GAP
    return gap.join(re.escape(word).replace(r"\*", r"\w*") for word in words.split(" "))
