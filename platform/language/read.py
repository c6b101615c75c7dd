"""What a review says: its sentiment, the aspects it judges and in which words, its safety."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from language import sentiment
from language.clauses import Span, clauses, passages
from language.match import Matcher
from language.safety import safety_of
from language.sentiment import sentiment_of

MODEL = sentiment.MODEL
VERSION = "read-4"  # counts up with the lexicon, too; heads are told beside it
# A head that is less sure than this of a clause leaves it open. On reviews of films by writers
# it never met, what it does say then agrees with their verdicts in more than 85 of 100.
UNCLEAR = 0.3


@dataclass(frozen=True, slots=True)
class AspectReading:
    """One aspect judged in one clause: `text[start:end]` are the words to quote.

    Units: polarity in [-1, 1]; 0.0 where the clause names the aspect without judging it.
    """

    key: str
    start: int
    end: int
    polarity: float


@dataclass(frozen=True, slots=True)
class Passage:
    """How a trained head reads one passage, in its context: `text[start:end]` can be quoted.

    Units: polarity in [-1, 1].
    """

    start: int
    end: int
    polarity: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one text.

    `passages` are None where the lexicon reads: it can be asked again at any time.
    Units: sentiment in [-1, 1]; confidence in [0, 1]; safety in [0, 1], 1 is safe.
    """

    sentiment: float
    confidence: float
    safety: float
    aspects: list[AspectReading] = field(default_factory=list)
    passages: list[Passage] | None = None


class Judged(Protocol):
    """The probability of yes for a text, and for each of its clauses."""

    @property
    def whole(self) -> float: ...
    @property
    def parts(self) -> Sequence[float]: ...


class Judge(Protocol):
    """A trained head, as far as reading needs to know it: this module loads no network."""

    def judge(
        self,
        texts: Sequence[str],
        languages: Sequence[str],
        parts: Sequence[Sequence[Span]] | None = None,
    ) -> Sequence[Judged]:
        """Return the probability of yes for each text and for each of its parts."""
        ...

    def knows(self, language: str) -> bool:
        """Return whether texts of this language were among those that it was fitted on."""
        ...


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads to read with; the lexicon stands in for one that is not there."""

    sentiment: Judge | None = None
    safety: Judge | None = None


LEXICON = Heads()

Mention = tuple[str, Span]


def read(
    texts: Sequence[str], languages: Sequence[str], matcher: Matcher, heads: Heads = LEXICON
) -> list[Reading]:
    """Read each text, in order, finding the aspects that `matcher` knows.

    A text is read the same whatever it is read with.
    """
    found = [
        _mentions(text, language, matcher) for text, language in zip(texts, languages, strict=True)
    ]
    spans = [list(dict.fromkeys(span for _, span in each)) for each in found]
    feelings = (
        _by_lexicon(texts, languages, spans)
        if heads.sentiment is None
        else _by_head(texts, languages, spans, heads.sentiment)
    )
    safeties = _safeties(texts, languages, heads.safety)
    return [
        Reading(
            sentiment=felt.whole,
            confidence=felt.confidence,
            safety=safety,
            aspects=[
                AspectReading(key, span.start, span.end, felt.clauses[span]) for key, span in each
            ],
            passages=felt.passages,
        )
        for each, felt, safety in zip(found, feelings, safeties, strict=True)
    ]


def confidence_of(value: float) -> float:
    """Return how far to trust a sentiment of the lexicon: nine tenths of its strength.

    Fitted by eye to (2 * accuracy - 1) on English sentences: those it scores near zero are
    right half the time, those above .8 nine times in ten.
    """
    return 0.9 * abs(value)


@dataclass(frozen=True, slots=True)
class _Felt:
    """How pleased a text sounds, as a whole and clause by clause."""

    whole: float
    confidence: float
    clauses: dict[Span, float]
    passages: list[Passage] | None = None


def _by_lexicon(
    texts: Sequence[str], languages: Sequence[str], spans: Sequence[Sequence[Span]]
) -> list[_Felt]:
    wholes = [sentiment_of(text, language) for text, language in zip(texts, languages, strict=True)]
    return [
        _Felt(
            whole,
            confidence_of(whole),
            {span: sentiment_of(text[span.start : span.end], language) for span in each},
        )
        for whole, text, language, each in zip(wholes, texts, languages, spans, strict=True)
    ]


def _by_head(
    texts: Sequence[str], languages: Sequence[str], spans: Sequence[Sequence[Span]], head: Judge
) -> list[_Felt]:
    """Ask a head of each text, of its clauses that name an aspect, and of what can be quoted.

    A passage that is all of its text is not asked of twice.
    """
    quoted = [passages(text, language) for text, language in zip(texts, languages, strict=True)]
    asked = [
        list(dict.fromkeys([*each, *(parts if len(parts) > 1 else ())]))
        for each, parts in zip(spans, quoted, strict=True)
    ]
    felt = []
    judged = head.judge(texts, languages, asked)
    for found, asked_of, each, parts in zip(judged, asked, spans, quoted, strict=True):
        whole = 2.0 * found.whole - 1.0
        values = {span: 2.0 * part - 1.0 for span, part in zip(asked_of, found.parts, strict=True)}
        felt.append(
            _Felt(
                whole,
                abs(whole),
                {span: _clear(values[span]) for span in each},
                [Passage(one.start, one.end, values.get(one, whole)) for one in parts],
            )
        )
    return felt


def _clear(polarity: float) -> float:
    return polarity if abs(polarity) >= UNCLEAR else 0.0


def _safeties(texts: Sequence[str], languages: Sequence[str], head: Judge | None) -> list[float]:
    """Return how safe each text is to show. The head says how likely a text offends.

    In a language that it never learnt what offends in, the lexicon goes on judging.
    """
    found = [safety_of(text) for text in texts]
    if head is None:
        return found
    known = [place for place, language in enumerate(languages) if head.knows(language)]
    judged = head.judge([texts[place] for place in known], [languages[place] for place in known])
    for place, one in zip(known, judged, strict=True):
        found[place] = 1.0 - one.whole
    return found


def _mentions(text: str, language: str, matcher: Matcher) -> list[Mention]:
    """Return each aspect with its clause, once for each clause that mentions it."""
    mentions = matcher.find(text, language)
    if not mentions:
        return []
    spans = clauses(text, language)
    held = ((mention.key, _holding(spans, mention.start, mention.end)) for mention in mentions)
    return list(dict.fromkeys(held))


def _holding(spans: list[Span], start: int, end: int) -> Span:
    """Return the clause that holds the mention, widened where a border cuts through it."""
    touched = [span for span in spans if span.start < end and start < span.end]
    if not touched:
        return Span(start, end)
    return Span(min(start, touched[0].start), max(end, touched[-1].end))
