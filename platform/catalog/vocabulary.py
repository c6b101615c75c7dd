"""Which of the words found in a workspace's items are worth a tag. Pure: knows no database."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from catalog.keys import key_of
from core.arrays import Floats
from language import synonyms
from language.noise import says_nothing
from language.sensitive import topic_of
from language.synonyms import synonyms_of
from language.telling import LEAST_TEXTS, diverse, standing

LEAST_ITEMS = 3
LARGEST_SHARE = 0.2
LEAST_ITEMS_OF_ATTRIBUTE = 2
LARGEST_SHARE_OF_ATTRIBUTE = 0.5
MOST_PHRASES = 1_000
LONGEST_VALUE = 60
# A phrase of which so many items have one maker is a name of theirs, or their advertising.
ONE_MAKERS_SHARE = 0.8
LEAST_MADE = 3
# How far from its usual place a phrase has to stand to say what an item is about. Of 110 pairs of
# the demo's books and phrases judged by hand, 37 % told something; of those above it 69 %.
LEAST_STANDING = 2.0
LEAST_TELLING = 2
MOST_OF_ITEM = 8
# Of how many words, the commonest first, the vectors are looked at. Encoding costs some seconds
# a thousand on two cores, once a word.
MOST_MEANT = 3_000
LEAST_MEANT = 2

# Attributes that say who made or sells an item, by the names that catalogues use.
MAKERS = ("author", "authors", "artist", "director", "creator", "brand", "seller", "manufacturer")

Origin = Literal["given", "attribute", "phrase", "written", "said"]
FOUND: frozenset[Origin] = frozenset({"phrase", "written", "said"})
# What was found in an item's own text, and can be held against what the item is about.
OWN: frozenset[Origin] = frozenset({"phrase", "written"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word that an item may be tagged with, as it was found. Units: confidence in [0, 1]."""

    item_id: int
    key: str
    name: str
    confidence: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class Meanings:
    """Where words and items stand in one space.

    `words` and `items` are rows of `word_vectors` (W, D) and `item_vectors` (N, D), unit rows;
    `languages` (N) are the items'.
    """

    words: Mapping[str, int]
    word_vectors: Floats
    items: Mapping[int, int]
    item_vectors: Floats
    languages: Sequence[str]

    def of(self, keys: Sequence[str]) -> Floats:
        """Return the vectors of words that have one. Shapes: returns (len(keys), D)."""
        return self.word_vectors[[self.words[key] for key in keys]]


def given_words(item_id: int, tags: Iterable[str]) -> Iterator[Word]:
    """Yield the tags that an item was sent with, but for those that say nothing: "n/a", a link."""
    for name in tags:
        if (key := key_of(name)) and not says_nothing(name):
            yield Word(item_id, key, name.strip(), 1.0, "given")


def attribute_words(item_id: int, attributes: Mapping[str, Any]) -> Iterator[Word]:
    """Yield the values of an item's attributes that name a category: a genre, an author.

    Numbers, dates, codes, links, fillers and sentences are no names: a value needs three
    characters (two in Chinese), no digit, and at most LONGEST_VALUE characters. "A|B" are two
    values.
    """
    for value in attributes.values():
        for name in _names_in(value):
            yield Word(item_id, key_of(name), name, 1.0, "attribute")


def phrase_words(item_id: int, phrases: Iterable[Sequence[Any]]) -> Iterator[Word]:
    """Yield the key phrases found in an item's text, written by a generator, or said in reviews.

    A phrase is its words, how far to trust it, and "written" where a generator proposed it or
    "said" where reviews of the item did.
    """
    for name, confidence, *origin in phrases:
        if (key := key_of(name)) and not says_nothing(name):
            yield Word(item_id, key, name, confidence, origin[0] if origin else "phrase")


def maker_of(attributes: Mapping[str, Any]) -> str:
    """Return who made an item, as far as its attributes say; empty where they do not."""
    for name in MAKERS:
        if value := attributes.get(name):
            return key_of(str(value[0] if isinstance(value, list) else value))
    return ""


def renamed(words: Iterable[Word], keys: Mapping[str, str]) -> list[Word]:
    """Return the words under the keys that stand for theirs."""
    return [replace(word, key=keys.get(word.key, word.key)) for word in words]


def worth_encoding(words: Iterable[Word], fixed: Collection[str]) -> list[str]:
    """Return the keys whose vectors are worth having, sorted: no names of makers, and none alone.

    `fixed` are the keys of tags that are not given up for a synonym.
    """
    counts = Counter(word.key for word in words if word.origin != "attribute")
    often = [key for key, count in counts.items() if count >= LEAST_MEANT or key in fixed]
    often.sort(key=lambda key: (key not in fixed, -counts[key], key))
    return sorted(often[:MOST_MEANT])


def standing_for(
    words: Iterable[Word],
    meanings: Meanings | None,
    *,
    fixed: Collection[str],
    private: Collection[str] = (),
) -> dict[str, str]:
    """Return which key stands for each that is given up: by spelling, and by meaning for some.

    What is `fixed` is not given up, and for what is `private` nothing else is either. A word of
    a sensitive topic stands for none of another.
    """
    words = list(words)
    counts = Counter(word.key for word in words)
    names = {word.key for word in words if word.origin == "attribute"} - set(fixed)
    keys = (counts.keys() | set(fixed)) - names - set(private)
    known = {key: synonyms.Word(key, counts[key], key in fixed) for key in sorted(keys)}
    found = synonyms_of(list(known.values()))
    if meanings is not None:
        rest = [known[key] for key in sorted(meanings.words) if key in known and key not in found]
        near = synonyms_of(rest, meanings.of([word.key for word in rest]))
        found = near | {key: near.get(other, other) for key, other in found.items()}
    return {key: other for key, other in found.items() if topic_of([key]) == topic_of([other])}


def choose_words(
    words: Iterable[Word],
    meanings: Meanings | None,
    *,
    items: int,
    known: frozenset[str],
    makers: Mapping[int, str],
) -> list[Word]:
    """Return the words that items are tagged with: worth a tag and, where meanings tell, telling.

    This is the whole choice, once words are under the keys that stand for them.
    """
    worth = worth_a_tag(words, items=items, known=known, makers=makers)
    return telling(worth, meanings, known) if meanings else worth


def surest_last(words: Iterable[Word]) -> list[Word]:
    """Return the words by item; of those for one key the last tells how surely it is borne.

    What was found in a text gives way to what was said outright.
    """
    return sorted(
        words,
        key=lambda word: (word.item_id, word.origin not in FOUND, word.confidence, word.key),
    )


def worth_a_tag(
    words: Iterable[Word],
    *,
    items: int,
    known: frozenset[str],
    makers: Mapping[int, str] | None = None,
) -> list[Word]:
    """Return the words that say something about an item among `items`, one per item and key.

    A word that only one item has compares it with nothing, and one that most have tells it from
    nothing: a phrase must stand in at least 3 items and in at most a fifth of them, an
    attribute's value in at least 2 and in at most half. A phrase that nearly only one maker's
    items have is advertising. Given tags and phrases that are `known` keys are kept however often
    they stand, and of the other phrases the MOST_PHRASES commonest.
    """
    unique = {(word.item_id, word.key): word for word in _surest_last(words)}
    counts = Counter((word.key, word.origin) for word in unique.values())
    kept = {pair for pair, count in counts.items() if _tells(pair[1], count, items)}
    kept -= {(key, origin) for origin in FOUND for key in _of_one_maker(unique.values(), makers)}
    phrases = {key for key, origin in kept if origin in FOUND} - known
    common = sorted(phrases, key=lambda key: (-_found(counts, key), key))
    kept -= {(key, origin) for origin in FOUND for key in common[MOST_PHRASES:]}
    kept |= {(key, origin) for origin in FOUND for key in known}
    return [word for word in unique.values() if (word.key, word.origin) in kept]


def telling(words: Sequence[Word], meanings: Meanings, known: Collection[str]) -> list[Word]:
    """Return the words without the phrases that say nothing of their item; see `standing`.

    The others get a confidence by how telling they are, .5 for the least of them and .8 for
    standing 5 or more, and an item keeps the MOST_OF_ITEM that tell most and differ most. A
    phrase that tells something of one item alone goes, unless it is a `known` key. What was
    given, attributes, what reviews say, and whatever has no vector stay as they were.
    """
    rows = [
        row
        for row, word in enumerate(words)
        if word.origin in OWN and word.key in meanings.words and word.item_id in meanings.items
    ]
    if len(meanings.items) < LEAST_TEXTS or not rows:
        return list(words)
    standings = standing(
        meanings.word_vectors,
        meanings.item_vectors,
        np.array([meanings.words[words[row].key] for row in rows]),
        np.array([meanings.items[words[row].item_id] for row in rows]),
        meanings.languages,
    )
    of_item: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for row, value in zip(rows, standings.tolist(), strict=True):
        if value >= LEAST_STANDING:
            of_item[words[row].item_id].append((row, value))
    chosen: dict[int, float] = {}
    for pairs in of_item.values():
        vectors = meanings.of([words[row].key for row, _ in pairs])
        picked = diverse([value for _, value in pairs], vectors, limit=MOST_OF_ITEM)
        chosen |= {pairs[place][0]: pairs[place][1] for place in picked}
    judged = set(rows)
    kept = [
        replace(word, confidence=_confidence(chosen[row])) if row in chosen else word
        for row, word in enumerate(words)
        if row in chosen or row not in judged
    ]
    counts = Counter(word.key for word in kept)
    often = {key for key, count in counts.items() if count >= LEAST_TELLING or key in known}
    return [word for word in kept if word.origin not in OWN or word.key in often]


def _confidence(standing_of_word: float) -> float:
    return round(min(0.8, 0.3 + 0.1 * standing_of_word), 2)


def _of_one_maker(words: Iterable[Word], makers: Mapping[int, str] | None) -> set[str]:
    """Return the phrases nearly all of whose items have one maker."""
    if not makers:
        return set()
    of_phrase: dict[str, Counter[str]] = defaultdict(Counter)
    for word in words:
        if word.origin in FOUND:
            of_phrase[word.key][makers.get(word.item_id, "")] += 1
    return {
        key
        for key, counted in of_phrase.items()
        if max((n for maker, n in counted.items() if maker), default=0)
        >= max(LEAST_MADE, ONE_MAKERS_SHARE * counted.total())
    }


def _found(counts: Mapping[tuple[str, Origin], int], key: str) -> int:
    return sum(counts.get((key, origin), 0) for origin in FOUND)


def _tells(origin: Origin, count: int, items: int) -> bool:
    if origin == "given":
        return True
    if origin == "attribute":
        return LEAST_ITEMS_OF_ATTRIBUTE <= count <= LARGEST_SHARE_OF_ATTRIBUTE * items
    return LEAST_ITEMS <= count <= LARGEST_SHARE * items


_ORDER: dict[Origin, int] = {"said": 0, "written": 1, "phrase": 2, "attribute": 3, "given": 4}


def _surest_last(words: Iterable[Word]) -> list[Word]:
    return sorted(words, key=lambda word: (_ORDER[word.origin], word.confidence, word.name))


def _names_in(value: object) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    for each in values:
        if isinstance(each, str):
            yield from (name for part in each.split("|") if _is_name(name := part.strip()))


def _is_name(text: str) -> bool:
    least = 3 if text.isascii() else 2
    fits = least <= len(text) <= LONGEST_VALUE
    says = bool(key_of(text)) and not says_nothing(text)
    return fits and says and not any(map(str.isdigit, text))
