"""Find names and addresses of private people in German, French, Spanish, Italian and their like.

The rule is that of `private_names` and `addresses`: a name counts where the writer says whose it
is or signs with it, a street and a number where a postal code or "I live in" stands beside it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from language.lexicon import load_words

_LISTS = load_words("private_abroad")
LANGUAGES = frozenset(_LISTS)
_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞŁŚŽ", "a-zß-öø-ÿłśž"
_ONE = rf"[{_UPPER}][{_LOWER}]+(?:-[{_UPPER}][{_LOWER}]+)?"
_NAME = rf"{_ONE}(?:\s+(?:[{_UPPER}]\.\s+)?{_ONE}){{0,2}}"
_BEFORE = 60  # characters before a street in which its writer says that somebody lives there


@dataclass(frozen=True, slots=True)
class _Rules:
    """What introduces a name in one language, a street, and what makes it somebody's."""

    names: re.Pattern[str]
    street: re.Pattern[str]
    living: re.Pattern[str]
    place: re.Pattern[str]
    given: frozenset[str]


def find_names_abroad(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield where names of private people stand. `language` is one of LANGUAGES."""
    rules = _rules(language)
    for found in rules.names.finditer(text):
        group = str(found.lastgroup)
        name = found[group]
        if group == "kin" and rules.given:
            name = _given_in(name, rules.given)
        if name:
            yield found.start(group), found.start(group) + len(name)


def find_addresses_abroad(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield where private addresses stand. `language` is one of LANGUAGES."""
    rules = _rules(language)
    for found in rules.street.finditer(text):
        place = rules.place.match(text, found.end())
        if place or rules.living.search(text[max(0, found.start() - _BEFORE) : found.start()]):
            yield found.start(), place.end() if place else found.end()


def _given_in(name: str, given: frozenset[str]) -> str:
    """Return the name if it begins with one of the given names, with one family name at most."""
    words = name.split()
    return " ".join(words[:2]) if words[0].split("-")[0].lower() in given else ""


@lru_cache(maxsize=len(LANGUAGES))
def _rules(language: str) -> _Rules:
    told = _LISTS[language]
    kin = "|".join(re.escape(word) for word in told["kin"].split())
    names = re.compile(
        rf"\b(?i:{told['told']})\s+(?P<told>{_NAME})"
        rf"|\b(?i:{told['mine']})\s+(?:[{_LOWER}]+\s+){{0,2}}(?i:{kin})\s*,?\s+(?P<kin>{_NAME})"
        rf"|\b(?i:{told['close']})\s*[,!.—-]*\s+(?P<close>{_NAME})\s*\.?$"
    )
    return _Rules(
        names=names,
        street=re.compile(rf"(?<!\w){told['street']}"),
        living=re.compile(rf"\b{told['living']}$", re.I),
        place=re.compile(told["place"]),
        given=frozenset(told.get("given", "").split()),
    )
