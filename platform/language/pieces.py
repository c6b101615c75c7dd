"""Take a sentence about taste apart: the tags in it, what it says of them, and what is unknown."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from language.lexicon import load_words
from language.match import Matcher

_TOKEN = re.compile(r"[㐀-鿿]|[^\W_㐀-鿿]+(?:['’][^\W_㐀-鿿]+)*|[^\s\w]")
_HAN = re.compile(r"[㐀-鿿]")
_STOPS = frozenset(";；，。.!?！？—–")  # in English, commas part the members of a list
_JOINTS = frozenset([",", ")", "and", "or", "、", "和", "与", "及", "以及", "或"])
# Behind these, a word that is both a tag and a verb is the verb: "they love love".
_SUBJECTS = frozenset(
    ["they", "you", "who", "also", "really", "especially", "to", "still", "would"]
)


class Kind(StrEnum):
    """What a piece of a sentence does."""

    TAG = "tag"
    LIKES = "likes"
    DISLIKES = "dislikes"
    LIKES_BEFORE = "likes_before"
    DISLIKES_BEFORE = "dislikes_before"
    EXCEPT = "except"
    NEGATION = "negations"
    CONTRAST = "contrasts"
    TOWARDS = "towards"
    HEDGE = "hedges"
    SAID = "said"
    REVIEWED = "reviewed"
    GLUE = "glue"
    FILLER = "fillers"
    STOP = "stop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a sentence, `text` as written. A tag's `tag` is its name as it was given."""

    kind: Kind
    text: str
    tag: str = ""


class TagFinder:
    """The names of some tags, ready to be found in sentences of either language."""

    def __init__(self, names: Iterable[str]) -> None:
        known = sorted({name for name in names if name.strip()})
        self._western = Matcher({name: [name] for name in known if not _HAN.search(name)})
        self._chinese = sorted((name for name in known if _HAN.search(name)), key=len)

    def find(self, text: str) -> dict[int, tuple[int, str]]:
        """Return where tags begin, each with its end and name; the longest at each place.

        Of two names that differ by a hyphen, the one that is spelt as the text is.
        """
        found: dict[int, tuple[int, str]] = {}
        for name in self._chinese:
            for place in re.finditer(re.escape(name), text):
                found[place.start()] = (place.end(), name)
        for mention in self._western.find(text, "en"):
            end, _ = found.get(mention.start, (0, ""))
            is_spelt_so = text[mention.start : mention.end].casefold() == mention.key.casefold()
            if mention.end > end or (mention.end == end and is_spelt_so):
                found[mention.start] = (mention.end, mention.key)
        return found


def pieces_of(sentence: str, language: str, tags: TagFinder) -> list[Piece]:
    """Return the sentence's pieces in order; together they hold every word of it.

    A tag is preferred to a phrase of its length, except for a verb behind its subject. Words
    that no list knows are UNKNOWN, next to each other as one piece.
    """
    spoken = "zh" if language == "zh" else "en"
    found = tags.find(sentence)
    tokens = [(each.start(), each.end()) for each in _TOKEN.finditer(sentence)]
    pieces: list[Piece] = []
    at = 0
    while at < len(tokens):
        piece, at = _next(sentence, tokens, at, found, _lexicon(spoken), pieces)
        pieces.append(piece)
    return _joined(pieces)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Take fillers that stand alone for what they are, and join unknown words to one piece."""
    joined: list[Piece] = []
    for place, piece in enumerate(pieces):
        is_alone = piece.kind is Kind.FILLER and _ends_a_list_member(pieces, place)
        if not is_alone and piece.kind is not Kind.UNKNOWN:
            joined.append(piece)
        elif joined and joined[-1].kind is Kind.UNKNOWN:
            joined[-1] = Piece(Kind.UNKNOWN, f"{joined[-1].text} {piece.text}")
        else:
            joined.append(Piece(Kind.UNKNOWN, piece.text))
    return joined


def _ends_a_list_member(pieces: list[Piece], place: int) -> bool:
    """Whether nothing follows that the filler could stand with."""
    if place + 1 == len(pieces):
        return True
    follows = pieces[place + 1]
    return follows.kind in (Kind.STOP, Kind.CONTRAST) or _fold(follows.text) in _JOINTS


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Phrases as folded tokens, and the most tokens of a phrase by its first one."""

    kinds: dict[tuple[str, ...], Kind]
    longest: dict[str, int]


@lru_cache(maxsize=2)
def _lexicon(language: str) -> _Lexicon:
    kinds: dict[tuple[str, ...], Kind] = {}
    lists = load_words("claims")[language]
    for name, phrases in lists.items():
        for phrase in phrases.replace("\n", " ").split(","):
            words = tuple(_fold(each) for each in _TOKEN.findall(phrase))
            if words:
                kinds.setdefault(words, Kind(name))
    longest: dict[str, int] = {}
    for words in kinds:
        longest[words[0]] = max(len(words), longest.get(words[0], 0))
    return _Lexicon(kinds, longest)


def _next(
    text: str,
    tokens: list[tuple[int, int]],
    at: int,
    tags: dict[int, tuple[int, str]],
    lexicon: _Lexicon,
    before: list[Piece],
) -> tuple[Piece, int]:
    """Return the piece that begins at token `at`, and the token behind it."""
    start = tokens[at][0]
    kind, size = _phrase(text, tokens, at, lexicon)
    end, name = tags.get(start, (start, ""))
    tag_size = sum(1 for left, right in tokens[at:] if right <= end)
    is_verb = kind not in (Kind.GLUE, Kind.FILLER) and _follows_a_subject(before)
    if tag_size and (tag_size > size or (tag_size == size and not is_verb)):
        return Piece(Kind.TAG, text[start:end], name), at + tag_size
    size = max(1, size)
    return Piece(kind, text[start : tokens[at + size - 1][1]]), at + size


def _follows_a_subject(before: list[Piece]) -> bool:
    return bool(before) and _fold(before[-1].text) in _SUBJECTS


def _phrase(
    text: str, tokens: list[tuple[int, int]], at: int, lexicon: _Lexicon
) -> tuple[Kind, int]:
    """Return the kind of the longest phrase at a token and its size, 0 where there is none."""
    words = [_fold(word) for word in _words(text, tokens, at, lexicon)]
    for size in range(len(words), 0, -1):
        kind = lexicon.kinds.get(tuple(words[:size]))
        if kind is not None:
            return kind, size
    mark = text[slice(*tokens[at])]
    if mark in _STOPS:
        return Kind.STOP, 1
    return (Kind.UNKNOWN if mark[0].isalnum() else Kind.GLUE), 1


def _words(text: str, tokens: list[tuple[int, int]], at: int, lexicon: _Lexicon) -> Iterator[str]:
    first = text[slice(*tokens[at])]
    for place in tokens[at : at + max(1, lexicon.longest.get(_fold(first), 0))]:
        yield text[slice(*place)]


def _fold(word: str) -> str:
    return word.lower().replace("’", "'")
