"""Find postal addresses of private places in a text.

A street and a number alone are often a work's: `221B Baker Street`, `贝克街221号`. They count as
an address where something beside them says so: a postal code, a town and a state, a flat, or
words such as "I live at" and "寄到".
"""

import re
from collections.abc import Iterator

import usaddress

from language.lexicon import load_words
from language.private_abroad import LANGUAGES, find_addresses_abroad
from language.scripts import simplified

_LISTS = load_words("private")
_STREETS = "|".join(_LISTS["streets"]["en"].split())
_STATES = "|".join(_LISTS["states"].split())

_STREET = re.compile(
    rf"(?<![\w.])\d{{1,5}}[A-Za-z]?,?\s+(?:[NSEW]\.?\s+)?(?:[A-Z0-9][\w'’.-]*\s+){{1,4}}"
    rf"(?:{_STREETS})\b"
)
_BOX = re.compile(r"\bP\.?\s?O\.?\s+Box\s+\d+", re.I)
_TOLD = re.compile(
    r"\b(?:liv(?:e|es|ed|ing)\s+(?:at|on)|address(?:\s+is)?|ship(?:ped|s)?\s+(?:it\s+)?to|(?:moved|went)\s+to|"
    r"sen[dt]\s+(?:it\s+)?to|deliver(?:ed|y)?\s+(?:it\s+)?to|my\s+house\s+(?:at|is)|my\s+home\s+(?:at|is)|"
    r"reach\s+me\s+at|mail(?:ed)?\s+(?:it\s+)?to|shop\s+at|flat\s+at|office\s+at|come\s+(?:by|to))\W*$",
    re.I,
)
_POSTAL = re.compile(
    rf"\b(?:{_STATES})\b\.?\s*\d{{5}}(?:-\d{{4}})?\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b"
    rf"|,\s*[A-Z][a-z]+,?\s+(?:{_STATES})\b|\b(?:Apt|Apartment|Unit|Suite|Flat)\b\.?\s*#?\w+"
)
_CODE = re.compile(
    rf"\b(?:{_STATES})\b\.?\s*\d{{5}}(?:-\d{{4}})?\b|\b[A-Z]{{1,2}}\d[A-Z\d]?\s*\d[A-Z]{{2}}\b"
)
_REACH = 70  # characters after the street in which the rest of an address may stand
_NOT_PARTS = frozenset({"NotAddress", "Recipient", "BuildingName", "IntersectionSeparator"})

_HAN = "[一-鿿]"
_STREET_ZH = re.compile(
    rf"(?:{_HAN}{{2,10}}?(?:省|自治区))?(?:{_HAN}{{2,10}}?市)?(?:{_HAN}{{1,8}}?(?:区|县|旗))?"
    rf"(?:{_HAN}{{1,8}}?(?:镇|乡|街道))?"
    rf"(?:[一-鿿A-Za-z]{{1,12}}?(?:大道|大街|胡同|路|街|巷|弄|道)\s*(?:[一二三四五六七八九十]段)?[\d一二三四五六七八九十百]{{1,5}}\s*[号弄]"
    rf"|{_HAN}{{2,10}}(?:小区|花园|公寓|家园|新村|苑|大厦)(?=\s*\d))"
    r"(?:\s*[-\d一二三四五六七八九十A-Za-z]{1,5}\s*(?:号楼|号院|栋|幢|座|单元|层|楼|室|号|院))*(?:\s*\d{3,4}(?!\d))?"
)
_TOLD_ZH = re.compile(
    r"(?:家住|住在|住址|住|地址|寄到|寄往|送到|搬到|发到|快递到|家在|位于)(?:是|为|:|：)?\s*$"
)
_LEAD_ZH = re.compile(
    r"^.*(?:家住|住在|住址|住|地址|寄到|寄往|送到|搬到|发到|快递到|家在|位于)(?:是|为)?"
)
_SURE_ZH = re.compile(r"(?:省|市|区|县).+[路街巷弄道]|\d+\s*(?:室|单元|栋|幢|号楼)")


def find_addresses(text: str, language: str) -> list[tuple[int, int]]:
    """Return where in `text` private addresses stand, as [start, end), in order."""
    if language == "zh":
        return list(_chinese(simplified(text)))
    if language in LANGUAGES:
        return list(find_addresses_abroad(text, language))
    return sorted([*_western(text), *((m.start(), m.end()) for m in _BOX.finditer(text))])


def _western(text: str) -> Iterator[tuple[int, int]]:
    for found in _STREET.finditer(text):
        after = text[found.end() : found.end() + _REACH]
        told = _TOLD.search(text[max(0, found.start() - 40) : found.start()])
        if told or _POSTAL.match(after.lstrip(" ,")) or _POSTAL.search(after.split(". ")[0]):
            yield found.start(), found.end() + _rest(found[0], after)


def _rest(street: str, after: str) -> int:
    """Return how many characters after the street still belong to its address."""
    postal = _CODE.search(after.split(". ", maxsplit=1)[0])
    if postal:
        return postal.end()
    labels = [label for _, label in usaddress.parse(street + after)]
    tokens = [found.span() for found in re.finditer(r"\S+", street + after)]
    if len(labels) != len(tokens):  # the parser splits some tokens; then trust the street alone
        return 0
    end = len(street)
    for (start, stop), label in zip(tokens, labels, strict=True):
        if start < len(street):
            continue
        word = (street + after)[start:stop]
        if label in _NOT_PARTS or not (word[0].isupper() or word[0].isdigit() or word[0] == "#"):
            break
        end = stop - (word[-1] in ".,;!?")
        if word[-1] in ".;!?":
            break
    return max(0, end - len(street))


def _chinese(text: str) -> Iterator[tuple[int, int]]:
    for found in _STREET_ZH.finditer(text):
        lead = _LEAD_ZH.match(found[0])
        start = found.start() + (lead.end() if lead else 0)
        told = lead or _TOLD_ZH.search(text[max(0, start - 8) : start])
        if start < found.end() and (told or _SURE_ZH.search(text[start : found.end()])):
            yield start, found.end()
