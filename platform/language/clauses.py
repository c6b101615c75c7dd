"""Where sentences and clauses begin and end, as offsets into the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from language.scripts import simplified


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: `text[start:end]`, without spaces or separators at its ends."""

    start: int
    end: int


# A full stop ends a sentence only before a space and something that can begin one, and not
# after an initial or a usual abbreviation.
_ABBREVIATED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|jr|sr|vs|etc|e\.g|i\.e|no|vol|prof|gen|col|lt)|\b[A-Z])\.$", re.I
)
_SENTENCE_END = re.compile(
    r"[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]?[^\sa-z])|[。！？!?；]+[”’」』）)]*|\n+"
)

_WESTERN_BREAK = re.compile(
    r"""[,;:]\s+ | \s+[-–—]+\s+ | — | \.{3,}\s* | …+\s*
      | \s+(?=(?:but|although|though|yet|however|while|whereas|except|despite|unless|
                 nevertheless|even\ though|because|which\ is\ why)\b)
      | \s+(?=and\s+(?:the|it|its|i|he|she|they|we|you|this|that|there|yet|is|was|are|has|had)\b)
    """,
    re.I | re.X,
)
# A comma after "in his uncanny" separates adjectives, not clauses, unless what follows it begins
# a clause of its own.
_ADJECTIVES = re.compile(
    r"(?:\b(?:a|an|his|her|its|their|our|such|of|in|as|is|are|was)|['’]s)"
    r"\s+(?:\w+ly\s+|more\s+|most\s+|very\s+)?[\w-]+,\s*$",
    re.I,
)
_OPENING = re.compile(
    r"(?:the|an?|it|its|he|she|they|we|you|i|this|that|these|there|his|her|their|my|our|who|which|"
    r"when|where|as|if|in|at|for|with|though|although|while|so|or|not|and|but|yet|because|despite|"
    r"\w+ing\s+(?:an?|the|to|into|with|for|us|you))\b",
    re.I,
)
_CHINESE_BREAK = re.compile(
    r"[，、；：,;:]\s*|[—…]+\s*|\s+"
    r"|(?=但是|但(?!凡)|不过|然而|虽然|尽管|可是|只是|却|而且|反而|除了|就是(?!说))"
)
_EDGE = " \t\r\n,;:，、；：—–…"
_TOO_SHORT = 8  # characters; a shorter Western clause says nothing on its own
_TOO_SHORT_CHINESE = 2
# Characters that can be taken in at a glance, at most.
GLANCE = {"zh": 120}
GLANCE_ELSEWHERE = 200


def sentences(text: str, language: str) -> list[Span]:
    """Return the sentences of `text` in order. Together they hold every word of it."""
    cuts = [
        found.span()
        for found in _SENTENCE_END.finditer(text)
        if language == "zh" or not _ABBREVIATED.search(text, 0, found.end())
    ]
    return list(_between(text, [(end, end) for _, end in cuts], 0, len(text)))


def clauses(text: str, language: str) -> list[Span]:
    """Return the clauses of `text` in order, split at punctuation and before contrast words.

    "Slow, but the acting is superb" gives two: praise and complaint in one sentence must be
    quoted apart. A fragment too short to stand alone joins the clause before it.
    """
    is_chinese = language == "zh"
    text = simplified(text) if is_chinese else text
    pattern = _CHINESE_BREAK if is_chinese else _WESTERN_BREAK
    shortest = _TOO_SHORT_CHINESE if is_chinese else _TOO_SHORT
    found: list[Span] = []
    for sentence in sentences(text, language):
        cuts = [
            cut.span()
            for cut in pattern.finditer(text, sentence.start, sentence.end)
            if is_chinese or not _parts_adjectives(text, sentence.start, cut)
        ]
        parts = list(_between(text, cuts, sentence.start, sentence.end))
        found += _joined(parts, shortest)
    return found


def passages(text: str, language: str) -> list[Span]:
    """Return what of `text` can be quoted: its sentences, and the clauses of those too long.

    What is too long to be read at a glance and has one clause alone stays whole.
    """
    longest = GLANCE.get(language, GLANCE_ELSEWHERE)
    whole = sentences(text, language)
    if all(each.end - each.start <= longest for each in whole):
        return whole
    parts = clauses(text, language)
    found: list[Span] = []
    for each in whole:
        within = [part for part in parts if each.start <= part.start and part.end <= each.end]
        found += within if within and each.end - each.start > longest else [each]
    return found


def _parts_adjectives(text: str, start: int, cut: re.Match[str]) -> bool:
    if not cut[0].startswith(",") or _OPENING.match(text, cut.end()):
        return False
    return _ADJECTIVES.search(text[max(start, cut.start() - 60) : cut.end()]) is not None


def _between(text: str, cuts: list[tuple[int, int]], start: int, end: int) -> Iterator[Span]:
    """Yield the trimmed, non-empty stretches between `cuts`."""
    for left, right in [*cuts, (end, end)]:
        part = text[start:left]
        begin = start + len(part) - len(part.lstrip(_EDGE))
        stop = begin + len(part.strip(_EDGE))
        if stop > begin:
            yield Span(begin, stop)
        start = right


def _joined(parts: list[Span], shortest: int) -> list[Span]:
    """Join fragments below `shortest` characters to their neighbour within the sentence."""
    whole: list[Span] = []
    for part in parts:
        is_fragment = whole and min(part.end - part.start, _size(whole[-1])) < shortest
        if is_fragment:
            whole[-1] = Span(whole[-1].start, part.end)
        else:
            whole.append(part)
    return whole


def _size(span: Span) -> int:
    return span.end - span.start
