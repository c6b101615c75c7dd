"""Which of a reviewer's own words show best why a statement is held. Always verbatim."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

LONGEST = 300
FITTING = {"zh": (6, 120)}
FITTING_ELSEWHERE = (15, 200)


@dataclass(frozen=True, slots=True)
class Judged:
    """A clause that judges an aspect: its place, the aspect's tag and the polarity."""

    start: int
    end: int
    tag: int
    polarity: float


@dataclass(frozen=True, slots=True)
class Review:
    """A review to quote from.

    `raw` is the text as it was sent, or "" where it is not kept. `sentences` and `clauses` are
    (start, end) into `text`.
    """

    text: str
    raw: str
    language: str
    sentences: tuple[tuple[int, int], ...]
    clauses: tuple[tuple[int, int], ...]
    judged: tuple[Judged, ...]


def quote_of(
    review: Review,
    *,
    tag: int,
    names: Sequence[str],
    polarity: int,
    feel: Callable[[str, str], float],
) -> str:
    """Return the most telling words of the review for a like or dislike of the tag, or "".

    They stand, letter for letter, in the review's clean text and in the raw text where that is
    kept. Clauses that judge the tag itself in the same sense come first; else sentences, or the
    clauses of long ones, that name the tag, sound the same way and are of a length to be read.
    `feel` tells how pleased words of a language sound, in [-1, 1]; it is asked only where there
    is a choice.
    """
    own = [
        (each.start, each.end)
        for each in review.judged
        if each.tag == tag and each.polarity * polarity > 0
    ]
    for spans in (own, list(_passages(review))):
        usable = [words for words in _words_of(review, spans) if len(words) <= LONGEST]
        if len(usable) == 1:
            return usable[0]
        if usable:
            lowered = [name.casefold() for name in names if name]
            return max(
                usable,
                key=lambda words: _telling(words, review.language, lowered, polarity, feel),
            )
    return ""


def _passages(review: Review) -> Iterator[tuple[int, int]]:
    """Sentences, and in place of those too long to read at a glance, their clauses."""
    longest = FITTING.get(review.language, FITTING_ELSEWHERE)[1]
    for start, end in review.sentences:
        if end - start <= longest:
            yield start, end
            continue
        within = [span for span in review.clauses if start <= span[0] and span[1] <= end]
        yield from within or [(start, end)]


def _words_of(review: Review, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    for start, end in spans:
        words = review.text[start:end].strip()
        if words and (not review.raw or words in review.raw):
            yield words


def _telling(
    words: str,
    language: str,
    names: Sequence[str],
    polarity: int,
    feel: Callable[[str, str], float],
) -> float:
    shortest, longest = FITTING.get(language, FITTING_ELSEWHERE)
    folded = words.casefold()
    fits = shortest <= len(words) <= longest
    mentions = any(name in folded for name in names)
    return feel(words, language) * polarity + 1.0 * fits + 0.7 * mentions
