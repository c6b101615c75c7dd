"""Which of a reviewer's own words show best why a statement is held. Always verbatim."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

LONGEST = 300
# Letters, from and to, of what says enough and is read at a glance, as `language.clauses` has it.
FITTING = {"zh": (6, 120)}
FITTING_ELSEWHERE = (15, 200)
# A model that is surer than this that words say the opposite has them not quoted.
CONTRARY = 0.3
# What a head read in a passage is kept as a whole number of hundredths.
HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """A clause that judges an aspect: its place, the aspect's tag and the polarity."""

    start: int
    end: int
    tag: int
    polarity: float


@dataclass(frozen=True, slots=True)
class Passage:
    """What can be quoted: (start, end) in the text, and the polarity that a head read in it.

    `polarity` is None where no head has said; it is in [-1, 1].
    """

    start: int
    end: int
    polarity: float | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A review to quote from.

    `raw` is the text as it was sent, or "" where it is not kept. Places are in `text`.
    """

    text: str
    raw: str
    language: str
    passages: tuple[Passage, ...]
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
    kept. Clauses that judge the tag itself in the same sense come first; else passages that name
    the tag, sound the same way and are of a length to be read. How they sound is told by who read
    the review. Where that was a trained head, passages that clearly say the opposite are not
    quoted at all; where it was the lexicon, or a head before it told of passages, `feel` is asked
    how pleased words of a language sound, in [-1, 1], and only where there is a choice.
    """
    own = [
        Passage(each.start, each.end, each.polarity)
        for each in review.judged
        if each.tag == tag and each.polarity * polarity > 0
    ]
    agreeing = [each for each in review.passages if not _is_contrary(each, polarity)]
    for passages in (own, agreeing):
        usable = list(_usable(review, passages))
        if len(usable) == 1:
            return usable[0][0]
        if usable:
            lowered = [name.casefold() for name in names if name]
            return max(
                usable,
                key=lambda one: _telling(one, review.language, lowered, polarity, feel),
            )[0]
    return ""


def _is_contrary(passage: Passage, polarity: int) -> bool:
    return passage.polarity is not None and passage.polarity * polarity <= -CONTRARY


def _usable(review: Review, passages: Sequence[Passage]) -> Iterator[tuple[str, float | None]]:
    """Yield words, and how they were read, that may be shown as they stand."""
    for each in passages:
        words = review.text[each.start : each.end].strip()
        if words and len(words) <= LONGEST and (not review.raw or words in review.raw):
            yield words, each.polarity


def _telling(
    one: tuple[str, float | None],
    language: str,
    names: Sequence[str],
    polarity: int,
    feel: Callable[[str, str], float],
) -> float:
    words, read = one
    felt = feel(words, language) if read is None else read
    shortest, longest = FITTING.get(language, FITTING_ELSEWHERE)
    fits = shortest <= len(words) <= longest
    folded = words.casefold()
    mentions = any(name in folded for name in names)
    return felt * polarity + 1.0 * fits + 0.7 * mentions
