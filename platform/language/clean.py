"""Make a text fit to be read: repaired, tagless, on one line, without personal data."""

import hashlib
import html
import re
from collections.abc import Collection
from dataclasses import dataclass

import ftfy

from language.detect import language_of
from language.duplicates import bands_of
from language.mask import mask

VERSION = "clean-3"

# Quotes, ligatures and full-width forms stay: what is quoted later must stand in the original.
_REPAIR = ftfy.TextFixerConfig(
    unescape_html=False,
    uncurl_quotes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    normalization="NFC",
    explain=False,
)
_UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.I | re.S)
_MARKUP = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]")
_KNOWN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_WHITESPACE = re.compile(r"\s+")
_OPENING = re.compile(
    r"""\s*\[?\s*(?:full\ review|review)\s+in\s+[a-z]+\s*\]?\s*[:.]?\s*(?=\S{2})
      | \s*(?:此|[该該])?用[户戶](?:[没沒]有|未)(?:及[时時])?
        (?:填[写寫]|作出)[评評][价價](?:[内內]容)?[。.!！]?\s*$
    """,
    re.I | re.X,
)
_CLOSING = re.compile(
    r"""\s*\[\s*(?:full|original|read)\b[^\]]{0,60}\breview\b[^\]]{0,40}\]\s*$
      | \s*-{1,2}\s*(?:©|\(c\))\s*[^.!?]{1,40}\s*$
      | \s*(?:…|\.{3})?\s*(?:\(|\[)?(?:read\ more|see\ more|show\ more)(?:\)|\])?\s*[.…»>]*\s*$
      | \s*(?:\.{3}|…)?\s*(?:展[开開]全文|[阅閱][读讀]全文|查看全文|展[开開])\s*$
    """,
    re.I | re.X,
)
_TAIL = 140  # characters that the longest closing line may have


@dataclass(frozen=True, slots=True)
class Clean:
    """A text as the models may read it.

    `language` is an ISO 639-1 code or "und"; `masked` counts the personal data replaced;
    `content_hash` is the SHA-256 of `text`, in hex; `bands` are what near-duplicates share.
    """

    text: str
    language: str
    masked: int
    content_hash: str
    bands: tuple[int, ...] = ()


def clean(text: str, known: Collection[str] = ()) -> Clean:
    """Return `text` repaired, with its language told and its personal data masked.

    Broken encodings are mended and characters composed (NFC), HTML is taken away, control
    characters and runs of whitespace are folded, platform boilerplate is trimmed from both
    ends. Ordinary words, quotes, dashes and letter case are left exactly as written. `known` are
    the words, in lower case, of the item that a review is about: no name among them is private.
    """
    bare = _one_line(_without_markup(ftfy.fix_text(text, _REPAIR)))
    trimmed = _trimmed(bare)
    language = language_of(trimmed)
    kept, masked = mask(trimmed, language, known)
    digest = hashlib.sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()
    return Clean(
        text=kept,
        language=language,
        masked=masked,
        content_hash=digest,
        bands=tuple(bands_of(kept)),
    )


def words_of(*texts: str) -> frozenset[str]:
    """Return the words of an item's texts as `clean` wants to know them; Chinese ones in pairs.

    Chinese names are known by every run of two to four characters.
    """
    known: set[str] = set()
    for text in texts:
        for found in _KNOWN.finditer(text.lower()):
            word = found[0]
            known.add(word)
            if not word.isascii():
                known.update(
                    word[at : at + size] for size in (2, 3, 4) for at in range(len(word) - size + 1)
                )
    return frozenset(known)


def _trimmed(text: str) -> str:
    """Return the text without what the platform that it comes from put at its ends."""
    opening = _OPENING.match(text)
    text = text[opening.end() :] if opening else text
    closing = _CLOSING.search(text, max(0, len(text) - _TAIL))
    return (text[: closing.start()] if closing else text).strip()


def _without_markup(text: str) -> str:
    if "<" in text:
        text = _MARKUP.sub(" ", _UNSEEN.sub(" ", text))
    return html.unescape(text) if "&" in text else text


def _one_line(text: str) -> str:
    return _WHITESPACE.sub(" ", _CONTROL.sub("", text)).strip()
