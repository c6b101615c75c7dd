"""Find the words of a vocabulary in texts."""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from language.chinese import word_spans
from language.scripts import simplified

_LETTERS = r"[^\W_぀-ヿ㐀-鿿豈-﫿]+"  # of scripts that put spaces between words
_WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")


@dataclass(frozen=True, slots=True)
class Mention:
    """Words in a text that stand for an entry: `text[start:end]` mentions `key`."""

    key: str
    start: int
    end: int


class Matcher:
    """A vocabulary, ready to be found in texts.

    Western words match whole, in any letter case, with simple plurals and possessives, and with
    or without hyphens; Chinese words match on the borders of a segmenter's words, in
    simplified or traditional characters. The longest entry wins where several begin at one place.
    Time grows with the text, not with the number of entries: some 20,000 short English reviews a
    second with 5,000 entries.
    """

    def __init__(self, entries: Mapping[str, Sequence[str]]) -> None:
        self._western: dict[tuple[str, ...], list[str]] = {}
        self._chinese: dict[str, list[str]] = {}
        for key, surfaces in entries.items():
            for surface in surfaces:
                self._add(key, surface)
        self._longest = _longest(self._western)
        self._longest_chinese = _longest(self._chinese)

    def _add(self, key: str, surface: str) -> None:
        if _HAN.search(surface):
            _append(self._chinese, simplified(surface.strip()), key)
            return
        words = tuple(_fold(found[0]) for found in _WORD.finditer(surface))
        if words:
            for last in _inflected(words[-1]):
                _append(self._western, (*words[:-1], last), key)

    def find(self, text: str, language: str) -> list[Mention]:
        """Return the mentions in `text`, in order of place; different entries may overlap.

        Chinese characters are looked for only in Chinese text, Western words in any.
        """
        found = list(self._find_western(text)) if self._western else []
        if language == "zh" and self._chinese:
            found += self._find_chinese(simplified(text))
            found.sort(key=lambda mention: (mention.start, mention.end, mention.key))
        return found

    def _find_western(self, text: str) -> Iterator[Mention]:
        places = [(found.start(), found.end()) for found in _WORD.finditer(text)]
        words = [_fold(text[start:end]) for start, end in places]
        at = 0
        while at < len(words):
            for size in range(min(self._longest.get(words[at], 0), len(words) - at), 0, -1):
                keys = self._western.get(tuple(words[at : at + size]))
                if keys:
                    end = places[at + size - 1][1]
                    yield from (Mention(key, places[at][0], end) for key in keys)
                    at += size - 1
                    break
            at += 1

    def _find_chinese(self, text: str) -> Iterator[Mention]:
        borders: set[int] | None = None
        at = 0
        while at < len(text):
            step = 1
            for size in range(self._longest_chinese.get(text[at], 0), 0, -1):
                keys = self._chinese.get(text[at : at + size])
                if keys is None:
                    continue
                borders = borders or _borders(text)
                if _stands_alone(at, at + size, borders):
                    yield from (Mention(key, at, at + size) for key in keys)
                    step = size
                    break
            at += step


def _borders(text: str) -> set[int]:
    """Return where words of `text` begin and end."""
    return {0} | {end for _, _, end in word_spans(text)}


def _stands_alone(start: int, end: int, borders: set[int]) -> bool:
    """Return whether `[start, end)` is whole words, or begins or ends one longer word.

    `情节` is found in `故事情节`, but `和服` is not in `产品和服务`, where it straddles two words.
    A single character must be a word of its own.
    """
    begins, ends = start in borders, end in borders
    if begins and ends:
        return True
    straddles = any(place in borders for place in range(start + 1, end))
    return (begins or ends) and not straddles and end - start > 1


def _longest(surfaces: Iterable[Sequence[str]]) -> dict[str, int]:
    """Return, for each first word or character, the size of the longest entry it begins."""
    longest: dict[str, int] = {}
    for surface in surfaces:
        longest[surface[0]] = max(len(surface), longest.get(surface[0], 0))
    return longest


def _append(table: dict[Any, list[str]], surface: Hashable, key: str) -> None:
    keys = table.setdefault(surface, [])
    if key not in keys:
        keys.append(key)


def _fold(word: str) -> str:
    """Return the word in lower case, without accents and possessive endings."""
    word = word.lower().replace("’", "'").removesuffix("'s").rstrip("'")
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _inflected(word: str) -> set[str]:
    """Return the word with its regular plurals. Too short a word keeps to itself."""
    if len(word) < 3 or not word.isalpha() or word.endswith("s"):
        return {word}
    if word.endswith("y") and word[-2] not in "aeiou":
        return {word, word[:-1] + "ies"}
    if word.endswith(("x", "z", "ch", "sh")):
        return {word, word + "es"}
    return {word, word + "s"}
