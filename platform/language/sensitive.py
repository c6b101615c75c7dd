"""What a portrait never says of a person: health, faith, politics, descent, sexuality, income.

The rule. A work may be about anything, so an item keeps every tag it was given and can be found
by it. A portrait speaks of a person, and who is said to like `Buddhism` or `antidepressants` has
been told from others by faith or illness. So a tag that names one of these topics stands in no
portrait, whatever it was learnt from, and no sentence about a user may name one. A genre or a
culture's works (`political thriller`, `Islamic art`) say nothing of whoever likes them and are
free; so are ordinary senses of the same words (`great depression`, `Christian Bale`).

The words are in `words/sensitive.toml` (English, Chinese) and `words/sensitive_abroad.toml` (ten
more). A list is no judge: it errs on both sides, and the test that measures it says how often.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from language import sensitive_abroad
from language.disclosing import is_of_oneself
from language.lexicon import load_words
from language.match import Matcher
from language.scripts import plain, simplified

VERSION = "sensitive-3"

_LISTS = load_words("sensitive")
_HARMLESS = ""
_ENGLISH = "en"
_ABROAD = tuple(sorted(sensitive_abroad.LANGUAGES))
_HAN = re.compile(r"[㐀-鿿]")

TOPICS: tuple[str, ...] = tuple(_LISTS["topics"])


@dataclass(frozen=True, slots=True)
class Hit:
    """`text[start:end]` names the sensitive `topic`, one of TOPICS."""

    topic: str
    start: int
    end: int


def find_sensitive(text: str, language: str, lifted: Collection[str] = ()) -> list[Hit]:
    """Return what in `text`, said of a person, names a sensitive topic, in order of place.

    `language` is an ISO 639-1 code; English words are looked for in any. Topics in `lifted` are
    let through.
    """
    abroad = (language,) if language in sensitive_abroad.LANGUAGES else ()
    return [hit for hit in _found(text, language, abroad) if hit.topic not in lifted]


def _found(text: str, language: str, abroad: Sequence[str]) -> list[Hit]:
    """Return the hits of the English and Chinese lists, and beside them those of `abroad`."""
    found = _matcher().find(text, "zh" if _HAN.search(text) else language)
    hits = [Hit(one.key, one.start, one.end) for one in found if one.key != _HARMLESS]
    if not (text.isascii() and language == _ENGLISH):
        hits = [hit for hit in hits if _counts(text[hit.start : hit.end], language)]
    if abroad:
        taken = [(one.start, one.end) for one in found]
        others = sensitive_abroad.find_abroad(text, abroad)
        hits += [Hit(*hit) for hit in others if not _overlaps(hit[1], hit[2], taken)]
        hits.sort(key=lambda hit: (hit.start, hit.end, hit.topic))
    return hits


def _counts(words: str, language: str) -> bool:
    """Return whether English words mean the same in a text of this language, `goût` as `gout`."""
    is_other = not words.isascii() or language in sensitive_abroad.LANGUAGES
    return not (is_other and plain(words) in _only_english())


@lru_cache(maxsize=1)
def _only_english() -> frozenset[str]:
    return frozenset(_entries(_LISTS["only_english"]["words"]))


def _overlaps(start: int, end: int, others: Iterable[tuple[int, int]]) -> bool:
    return any(start < other_end and other < end for other, other_end in others)


def discloses(text: str, language: str, lifted: Collection[str] = ()) -> bool:
    """Return whether the writer of `text` says something sensitive of themselves or their own.

    "As a diabetic, I love it" does; "a Catholic boarding school, and a good one" speaks of a work.
    """
    return any(
        is_of_oneself(text, hit.start, hit.end, language)
        for hit in find_sensitive(text, language, lifted)
    )


def topic_of(names: Iterable[str], lifted: Collection[str] = ()) -> str:
    """Return the sensitive topic that a tag of these names belongs to, or "" where it is free.

    Stricter than `find_sensitive`: a bare `race` or `信仰` is an ambiguous word in a sentence
    and a topic as a tag. A tag tells no language, so the words of all are looked for.
    """
    for name in names:
        whole = _whole().get(simplified(" ".join(name.casefold().split())), _HARMLESS)
        if whole != _HARMLESS and whole not in lifted:
            return whole
        for topic in _topics_in(name):
            if topic not in lifted:
                return topic
    return _HARMLESS


@lru_cache(maxsize=65_536)
def _topics_in(name: str) -> tuple[str, ...]:
    return tuple(hit.topic for hit in _found(name, "en", _ABROAD))


@lru_cache(maxsize=1)
def _matcher() -> Matcher:
    harmless = _LISTS["harmless"]
    works = product(_entries(harmless["adjectives"]), _entries(harmless["heads"]))
    surfaces = {
        topic: [*_entries(words["en"]), *_entries(words["zh"])]
        for topic, words in _LISTS["topics"].items()
    }
    surfaces[_HARMLESS] = [
        *_entries(harmless["en"]),
        *_entries(harmless["zh"]),
        *map(" ".join, works),
    ]
    return Matcher(surfaces)


@lru_cache(maxsize=1)
def _whole() -> dict[str, str]:
    return {
        word: topic
        for topic, words in _LISTS["topics"].items()
        for word in _entries(words.get("whole", ""))
    }


def _entries(text: str) -> list[str]:
    """Return the entries of a list in the file, whose lines may be broken anywhere."""
    return [" ".join(entry.split()) for entry in text.split(",") if entry.strip()]
