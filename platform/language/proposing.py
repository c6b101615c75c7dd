"""Tags proposed by a generator: kept only where the text bears them out."""

import re
from collections.abc import Sequence

from language.clean import words_of
from language.scripts import simplified
from language.synonyms import stem

VERSION = "proposing-1"
MOST_PROPOSED = 6
MOST_TOKENS = 40
LONGEST_TEXT = 700  # characters of a text that are shown to the generator
LONGEST_TAG = 3  # words
LONGEST_TAG_ZH = 6  # characters

_HAN = re.compile(r"[㐀-鿿]")
_PARTED = re.compile(r"[,，、;；\n|/]+")
_EDGES = " .。:：-*•\"'“”#()[]0123456789"

_ASKED = {
    "en": (
        "Text: Two sisters restore an old bakery by the harbour and learn to forgive.\n"
        "Topics: sisters, bakery, harbour, forgiveness\n\n"
        "Text: {text}\nTopics:"
    ),
    "zh": (
        "文字：姐妹俩修好了港口边的老面包房，也学会了原谅。\n主题：姐妹、面包房、港口、原谅\n\n"
        "文字：{text}\n主题："
    ),
}


def prompts_for(texts: Sequence[str], languages: Sequence[str]) -> list[str]:
    """Return what to ask a generator for each text; a completion ends at the first line's end."""
    return [
        _ASKED["zh" if language == "zh" else "en"].format(text=text[:LONGEST_TEXT])
        for text, language in zip(texts, languages, strict=True)
    ]


def supported(completion: str, text: str) -> list[str]:
    """Return the proposed tags that `text` bears out, in lower case, at most MOST_PROPOSED.

    A tag of Western words needs each of its words in the text, in singular or plural; a Chinese
    one has to stand there whole. Whatever else a generator writes is not the item's.
    """
    found: list[str] = []
    for part in _PARTED.split(completion.lower()):
        tag = part.strip(_EDGES)
        if tag and tag not in found and _fits(tag) and _is_said(tag, text):
            found.append(tag)
    return found[:MOST_PROPOSED]


def _fits(tag: str) -> bool:
    if _HAN.search(tag):
        return 1 < len(tag) <= LONGEST_TAG_ZH
    words = tag.split()
    return len(words) <= LONGEST_TAG and all(len(word) > 1 for word in words) and len(tag) > 2


def _is_said(tag: str, text: str) -> bool:
    if _HAN.search(tag):
        return simplified(tag) in simplified(text)
    said = {stem(word) for word in words_of(text)}
    return all(stem(word) in said for word in words_of(tag))
