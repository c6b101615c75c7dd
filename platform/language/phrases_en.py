"""English noun phrases, found by what they are not."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from language.lexicon import load_words
from language.rarity import rarity

_LISTS = load_words("phrases")
_ORIGINS = frozenset(_LISTS["origins"].split())
_TOKEN = re.compile(r"[^\W\d_](?:\w|['’-](?=\w))*|\d[\w'’-]*|[^\w\s]")
# Endings of words that cannot close a noun phrase.
_NOT_NOUN = re.compile(r"(?:ly|ed|-old|ous|ful|ive|able|ible|less|est|ish|ian's)$")
_GERUND = re.compile(r"ing$")
_GERUND_NOUNS = frozenset(_LISTS["gerund_nouns"].split())
_NO_PLURALS = ("ss", "us", "is", "os", "ics", "lves", "wives", "series", "species")
# A word before one of these is their verb, not a noun: "detractors laugh at", "smashes the".
_OBJECTS = frozenset(_LISTS["objects"].split())
_LONGEST = 3
_BONUS = {1: 1.0, 2: 1.3, 3: 1.25}  # two words say more than one; three are often an accident


def _plural(word: str) -> str:
    return word[:-1] + "ies" if word.endswith("y") else word + "s"


def _forms(verb: str) -> set[str]:
    """Return the regular forms of `verb`, and the doubled consonant's."""
    stem = verb[:-1] if verb.endswith("e") else verb
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "o")) else "s")
    if verb.endswith("y") and verb[-2] not in "aeiou":
        third = verb[:-1] + "ies"
    doubled = verb + verb[-1]
    return {verb, third, stem + "ed", stem + "ing", doubled + "ed", doubled + "ing", verb + "ied"}


_STOP = frozenset(_LISTS["stop"].split()) | {
    form for verb in _LISTS["verbs"].split() for form in _forms(verb)
}
_ADJECTIVES = frozenset(_LISTS["adjectives"].split()) | _ORIGINS
_GENERIC = {form for noun in _LISTS["generic"].split() for form in (noun, _plural(noun))}

_Word = tuple[str, int, int]


def english_candidates(text: str) -> list[tuple[str, float, int, int]]:
    """Return every candidate phrase with its score and first place.

        score = mean rarity of its words * (1 + log count) * bonus of its length * earliness

    Earliness falls from 1 at the beginning of the text to .7 at its end.
    """
    places: dict[str, tuple[int, int]] = {}
    counts: Counter[str] = Counter()
    for run in _runs(text):
        for phrase, start, end in _grams(run):
            places.setdefault(phrase, (start, end))
            counts[phrase] += 1
    scored = []
    for phrase, (start, end) in places.items():
        words = phrase.split()
        weight = sum(rarity(word) for word in words) / len(words)
        earliness = 1.0 - 0.3 * start / max(1, len(text))
        score = weight * (1.0 + math.log(counts[phrase])) * _BONUS[len(words)] * earliness
        if score > 0:
            scored.append((phrase, score, start, end))
    return scored


def _runs(text: str) -> Iterator[list[_Word]]:
    """Yield the unbroken runs of words that may be part of a phrase."""
    names = _names(text)
    run: list[_Word] = []
    for found in _TOKEN.finditer(text):
        word = found[0].replace("’", "'")
        if _breaks(word, names):
            yield run[:-1] if word in _OBJECTS else run
            run = []
        else:
            run.append((word.lower(), found.start(), found.end()))
    yield run


def _names(text: str) -> set[str]:
    """Return the words that are never written small: names, and what opens a sentence once.

    Losing a few sentence openers costs less than taking `Michelle` for a subject.
    """
    words = {found[0] for found in _TOKEN.finditer(text)}
    capital = {word.lower() for word in words if word[:1].isupper()}
    return capital - {word for word in words if word.islower()} - _ORIGINS


def _breaks(word: str, names: set[str]) -> bool:
    low = word.lower()
    is_word = len(word) > 2 and word[0].isalpha() and "'" not in word
    return not is_word or low in names or low in _STOP


def _grams(run: list[_Word]) -> Iterator[_Word]:
    """Yield the phrases that end where the run ends: English nouns follow their adjectives."""
    for first in range(max(0, len(run) - _LONGEST), len(run)):
        words = [word for word, _, _ in run[first:]]
        if _is_noun_phrase(words):
            yield " ".join([*words[:-1], _singular(words[-1])]), run[first][1], run[-1][2]


def _singular(word: str) -> str:
    """Return the singular of a plural, told by its being about as common or commoner."""
    if len(word) < 5 or not word.endswith("s") or word.endswith(_NO_PLURALS):
        return word
    if word.endswith("ies"):
        single = word[:-3] + "y"
    else:
        single = word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]
    return single if rarity(single) <= rarity(word) + 0.1 else word


def _is_noun_phrase(words: list[str]) -> bool:
    head = words[-1]
    if head in _GENERIC or _NOT_NOUN.search(head) or head in _ADJECTIVES:
        return False
    if _GERUND.search(head) and head not in _GERUND_NOUNS:
        return False
    if len(words) > 1 and words[0].endswith("ly"):
        return False
    return len(words) == 1 or not any(word in _GENERIC for word in words)
