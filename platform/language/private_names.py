"""Find the names of private people in a text: those that the writer introduces as such.

A review is full of names that belong there: actors, authors, characters. A name counts as a
private person's only where the writer says whose it is ("my daughter Anna", "我同事张伟") or signs
with it; and what is named by the item itself is public and stays.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

import probablepeople

from language.chinese import tag_words
from language.lexicon import load_words
from language.private_abroad import LANGUAGES, find_names_abroad
from language.scripts import simplified

_LISTS = load_words("private")
_KIN = "|".join(_LISTS["kin"]["en"].replace("\n", " ").strip().split(", "))
_NOT_NAMES = frozenset(_LISTS["not_names"].split())
_KIN_ZH = "|".join(_LISTS["kin"]["zh"].split())

_SURNAMES = frozenset(_LISTS["surnames"].split())
_LONG_SURNAMES = tuple(_LISTS["long_surnames"].split())
_GIVEN = "nabz"  # parts of speech that a given name may be taken for: nouns, adjectives, states

_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞŁŚŽ", "a-zß-öø-ÿłśž"
_WORD = rf"[{_UPPER}][{_LOWER}]+"
_ONE = rf"(?:[OD]['’])?{_WORD}(?:[-'’]{_WORD})?"
_NAME = rf"{_ONE}(?:\s+(?:[A-Z]\.\s+)?{_ONE}){{0,2}}"
_TITLE = r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?\s+)?"
_INTRODUCED = re.compile(
    rf"\b[Mm]y\s+name(?:\s+is|['’]s)\s+(?P<told>{_NAME})"
    rf"|\bI(?:\s+am|['’]m)\s+(?P<self>{_ONE}\s+{_ONE})(?=\s+from\b|,\s+(?:and\s+)?I\b)"
    rf"|\b(?:[Mm]y|[Oo]ur)\s+(?:[a-z]+(?:-[a-z]+)?(?:['’]s)?\s+){{0,2}}(?:{_KIN})\s*,?\s+"
    rf"(?:called\s+|named\s+)?{_TITLE}(?P<kin>{_NAME})"
)
_SIGNED = re.compile(
    rf"(?:^|(?<=[.!?…])\s*|(?<=[.!?…]\s))(?:--|—|–|[-~])\s*"
    rf"(?P<dash>[A-Z][a-z]+\s+(?:[A-Z]\.\s+)?[A-Z][a-z]+)\s*\.?$"
    rf"|\b(?:[Bb]est(?:\s+wishes)?|[Rr]egards|[Cc]heers|[Ss]incerely|[Yy]ours(?:\s+truly)?|"
    rf"[Tt]hanks|[Tt]hank\s+you)\s*[,!.—-]+\s*(?P<close>{_NAME})\s*\.?$"
)
_MAYBE = re.compile(
    r"\b[Mm]y\s|\bI(?: am|['’]m)\s+[A-Z]|\b[Oo]ur\s"
    r"|[-—–~]\s*[A-Z][a-z]+\s+[A-Z][\w. ]*$|,\s*[A-Z]\w+[\w. ]*$"
)

_INTRODUCED_ZH = re.compile(
    rf"(?:我(?:的名字|本人)?(?:叫做|叫|名叫|姓名是)|(?:我|我们|俺|咱)(?:家)?(?:的)?(?:好|老|小|大|男|女|前)?"
    rf"(?:{_KIN_ZH})(?:叫做|叫|名叫|，|,)?|(?:——|--|署名[:：]|落款[:：])\s*)(?=[一-鿿])"
)
_CALLED_ZH = re.compile(rf"[小老阿](?:{'|'.join(_SURNAMES)})(?![一-鿿]?[子鼠虎师板])")
_MAYBE_ZH = re.compile(r"我|俺|咱|——|--|署名|落款")
_CLOSERS = "——--署名落款"
_LONGEST_ZH = 4


def find_names(text: str, language: str, known: Collection[str] = ()) -> list[tuple[int, int]]:
    """Return where in `text` names of private people stand, as [start, end), in order.

    `known` are words in lower case that the item itself uses: names among them are public.
    """
    if language == "zh":
        found = _chinese(simplified(text)) if _MAYBE_ZH.search(text) else iter(())
    elif language in LANGUAGES:
        found = find_names_abroad(text, language)
    else:
        found = _western(text) if _MAYBE.search(text) else iter(())
    return [span for span in found if not _is_public(text[slice(*span)], known)]


def _western(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_INTRODUCED, _SIGNED):
        for found in pattern.finditer(text):
            group = str(found.lastgroup)
            if group == "dash" and text[: found.start(group)].rstrip(" -—–~")[-1:] in "\"”'’»":
                continue  # a quotation's author
            end = found.start(group) + _name_length(found[group])
            if end > found.start(group):
                yield found.start(group), end


def _name_length(words: str) -> int:
    """Return how many characters of `words` are a person's name; 0 where none are."""
    end = 0
    for found in re.finditer(r"\S+", words):
        if found[0].lower().rstrip(".") in _NOT_NAMES:
            break
        end = found.end()
    return end if end and _is_person(words[:end]) else 0


@lru_cache(maxsize=4_096)
def _is_person(name: str) -> bool:
    try:
        _, kind = probablepeople.tag(name)
    except probablepeople.RepeatedLabelError:
        return False
    return bool(kind == "Person")


def _chinese(text: str) -> Iterator[tuple[int, int]]:
    for found in _INTRODUCED_ZH.finditer(text):
        rest = text[found.end() : found.end() + 12]
        length = _name_length_zh(rest)
        if not length:
            continue
        is_signed = found[0][0] in _CLOSERS
        if not is_signed or not rest[length:].strip(" 。.!！"):
            yield found.end(), found.end() + length


def _name_length_zh(text: str) -> int:
    """Return how many characters at the beginning of `text` are a name; 0 where none are."""
    if text[:1] and (text[0] == text[1:2] or _CALLED_ZH.match(text)):  # 朵朵, 小李
        return 2
    for surname in _LONG_SURNAMES:
        if text.startswith(surname) and text[2:3].isalpha():
            return min(_LONGEST_ZH, 2 + len(tag_words(text[2:])[0][0]))
    length = 0
    for word, part in tag_words(text):
        is_name = part.startswith("nr") or (not length and word in _SURNAMES)
        is_given = length == 1 and len(word) <= 2 and part[0] in _GIVEN
        if not (is_name or is_given) or length + len(word) > _LONGEST_ZH:
            break
        length += len(word)
    return length if length > 1 else 0  # a surname alone names nobody


def _is_public(name: str, known: Collection[str]) -> bool:
    words = name.lower().split()
    return bool(known) and (name.lower() in known or all(word in known for word in words))
