"""Which words of a vocabulary mean the same: by spelling, by a short list, by their vectors."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.arrays import Floats
from language.lexicon import load_words
from language.scripts import simplified

VERSION = "synonyms-2"
# Cosine from which two words' vectors say the same, where each is the other's nearest. On the
# labelled pairs of tests/catalog/cases no two different words stand as near as this.
NEAR = 0.955

_LISTS = load_words("synonyms")
_WORKS = frozenset(_LISTS["works"].split())
_WORKS_ZH = tuple(_LISTS["works_zh"].split())
_TELLING = frozenset(_LISTS["telling"].split())
_SPELLINGS = tuple(tuple(pair.strip().split(":")) for pair in _LISTS["spellings"].split(","))
_OPPOSITES = frozenset(
    frozenset(word.strip() for word in pair.split(",")) for pair in _LISTS["opposites"]
)
_APART = re.compile(r"[\s\-–—'’.&/]+")
_HAN = re.compile(r"[㐀-鿿]")
_NUMBERS = re.compile(r"\d+|\b[ivx]+\b")
_LEAST_STEM = 4
_LEAST_HAN = 2


@dataclass(frozen=True, slots=True)
class Word:
    """A word that may be one with another.

    `count` is how many items have it. One that is `fixed` is never given up for another, but
    others may be for it.
    """

    key: str
    count: int
    fixed: bool = False


def synonyms_of(words: Sequence[Word], vectors: Floats | None = None) -> dict[str, str]:
    """Return for each word that another stands for the key of that one; nobody's is given up.

    Words of one spelling, or of one group of the list, are one: the fixed one's key stands, else
    the commonest's. Of the rest two are one where their vectors are nearest to each other and
    nearer than NEAR, unless numbers, opposites or differing parts tell them apart. The order of
    `words` does not matter.

    Shapes: vectors (W, D), unit rows, or None to go by spelling alone.
    """
    order = sorted(range(len(words)), key=lambda at: _rank(words[at]))
    found: dict[str, str] = {}
    first_of: dict[str, Word] = {}
    for at in order:
        word = words[at]
        first = first_of.setdefault(sense_of(word.key), word)
        if first is not word and not word.fixed:
            found[word.key] = first.key
    if vectors is not None:
        kept = [at for at in order if words[at].key not in found]
        found |= _by_vectors([words[at] for at in kept], vectors[kept])
    return {key: _end(found, key) for key in found}


def sense_of(key: str) -> str:
    """Return what all spellings of one word share: `Sci-Fi`, `scifi` and `science fiction`."""
    folded = _folded(key)
    return _senses().get(folded, folded)


def _rank(word: Word) -> tuple[bool, int, int, str]:
    return not word.fixed, -word.count, len(word.key), word.key


def _by_vectors(words: Sequence[Word], vectors: Floats) -> dict[str, str]:
    """Join the pairs that are each other's nearest. Shapes: vectors (W, D), in order of rank."""
    if len(words) <= 1:
        return {}
    near = np.round(vectors @ vectors.T, 4)
    np.fill_diagonal(near, -1)
    nearest = near.argmax(axis=1)
    found = {}
    for at, other in enumerate(nearest.tolist()):
        if nearest[other] != at or other < at or near[at, other] < NEAR or words[other].fixed:
            continue
        if not are_told_apart(words[at].key, words[other].key):
            found[words[other].key] = words[at].key
    return found


def are_told_apart(one: str, other: str) -> bool:
    """Return whether two words that look alike differ in a number, or in words opposed."""
    if _NUMBERS.findall(one) != _NUMBERS.findall(other):
        return True
    if bool(_HAN.search(one)) != bool(_HAN.search(other)):
        return True
    parts, others = set(_parts(one)), set(_parts(other))
    mine, theirs = parts - others, others - parts
    opposed = any(frozenset((a, b)) in _OPPOSITES for a in mine for b in theirs)
    return opposed or (bool(parts & others) and bool(mine) and bool(theirs))


def _parts(word: str) -> list[str]:
    return [stem(part) for part in _APART.split(word) if part]


def _folded(key: str) -> str:
    if _HAN.search(key):
        return _folded_chinese(key)
    parts = [part for part in _APART.split(key.casefold()) if part]
    if parts[:1] == ["the"]:
        parts = parts[1:]
    is_work = len(parts) > 1 and parts[-1] in _WORKS and parts[0] not in _TELLING
    stems = [stem(part) for part in (parts[:-1] if is_work else parts)]
    return "".join([*stems, "~"] if is_work else stems)


def _folded_chinese(key: str) -> str:
    key = simplified(key)
    for ending in _WORKS_ZH:
        if key.endswith(ending) and len(key) - len(ending) >= _LEAST_HAN:
            return key.removesuffix(ending) + "~"
    return key


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the word without its plural and in American spelling."""
    if len(word) >= _LEAST_STEM and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if word.endswith("ies") else word[:-1]
        word = word[:-1] if word.endswith(("che", "she", "xe", "sse", "oe")) else word
    for british, american in _SPELLINGS:
        if len(word) > len(british) + 1 and british in word:
            word = word.replace(british, american)
    return word


@lru_cache(maxsize=1)
def _senses() -> dict[str, str]:
    """Return the sense of every word of the list's groups: the folded first of its group."""
    senses: dict[str, str] = {}
    for group in _LISTS["groups"]:
        words = [_folded(word.strip()) for word in group.split(",")]
        senses |= dict.fromkeys(words, words[0])
    return senses


def _end(found: Mapping[str, str], key: str) -> str:
    """Return the word at the end of a chain of words that stand for each other."""
    while key in found:
        key = found[key]
    return key
