"""Which of the words found in a workspace's items are worth a tag. Pure: knows no database."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from catalog.keys import key_of

LEAST_ITEMS = 3
LARGEST_SHARE = 0.2
LEAST_ITEMS_OF_ATTRIBUTE = 2
LARGEST_SHARE_OF_ATTRIBUTE = 0.5
MOST_PHRASES = 1_000
LONGEST_VALUE = 60

Origin = Literal["attribute", "phrase"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word that an item may be tagged with. Units: confidence in [0, 1]."""

    item_id: int
    key: str
    name: str
    confidence: float
    origin: Origin


def attribute_words(item_id: int, attributes: Mapping[str, Any]) -> Iterator[Word]:
    """Yield the values of an item's attributes that name a category: a genre, an author.

    Numbers, dates, codes and sentences are no names: a value needs three characters (two in
    Chinese), no digit, and at most LONGEST_VALUE characters. "A|B" are two values.
    """
    for value in attributes.values():
        for name in _names_in(value):
            yield Word(item_id, key_of(name), name, 1.0, "attribute")


def phrase_words(item_id: int, phrases: Iterable[tuple[str, float]]) -> Iterator[Word]:
    """Yield the key phrases that were found in an item's text."""
    for name, confidence in phrases:
        if key := key_of(name):
            yield Word(item_id, key, name, confidence, "phrase")


def worth_a_tag(words: Iterable[Word], *, items: int, known: frozenset[str]) -> list[Word]:
    """Return the words that say something about an item among `items`, one per item and key.

    A word that only one item has compares it with nothing, and one that most have tells it from
    nothing: a phrase must stand in at least 3 items and in at most a fifth of them, an
    attribute's value in at least 2 and in at most half. Phrases that are `known` keys already
    are kept however often they stand, and of the others the MOST_PHRASES surest.
    """
    unique = {(word.item_id, word.key): word for word in _surest_last(words)}
    counts = Counter((word.key, word.origin) for word in unique.values())
    kept = {pair for pair, count in counts.items() if _tells(pair[1], count, items)}
    phrases = {key for key, origin in kept if origin == "phrase"} - known
    for key in sorted(phrases, key=lambda key: (-counts[key, "phrase"], key))[MOST_PHRASES:]:
        kept.discard((key, "phrase"))
    kept |= {(key, "phrase") for key in known}
    return [word for word in unique.values() if (word.key, word.origin) in kept]


def _tells(origin: Origin, count: int, items: int) -> bool:
    if origin == "phrase":
        return LEAST_ITEMS <= count <= LARGEST_SHARE * items
    return LEAST_ITEMS_OF_ATTRIBUTE <= count <= LARGEST_SHARE_OF_ATTRIBUTE * items


def _surest_last(words: Iterable[Word]) -> list[Word]:
    return sorted(words, key=lambda word: (word.confidence, word.origin == "attribute", word.name))


def _names_in(value: object) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    for each in values:
        if isinstance(each, str):
            yield from (name for part in each.split("|") if _is_name(name := part.strip()))


def _is_name(text: str) -> bool:
    least = 3 if text.isascii() else 2
    fits = least <= len(text) <= LONGEST_VALUE
    return fits and bool(key_of(text)) and not any(map(str.isdigit, text))
