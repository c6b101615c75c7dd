"""How pleased a Chinese text sounds: a lexicon with degree and negation, and a word prior."""

import math
import re
from functools import lru_cache

from snownlp import sentiment as snownlp_sentiment

from language.chinese import words
from language.lexicon_zh import (
    ADVERBS,
    CONCESSIONS,
    CONTRASTS,
    DEGREES,
    NEGATIONS,
    PROHIBITIONS,
    SOFT_NEGATIONS,
    STRENGTHS,
)
from language.scripts import simplified

_SOFTENING = 8.0  # a sum of 2.8, one word of praise and a "very", is worth .7
_PRIOR_SHARE = 0.25
_SILENCE = 0.6  # below it, the prior alone is no opinion
_REACH = 4  # words back that a negation or a degree is looked for
_PAUSE = re.compile(r"^[\s，。！？；：、,.!?;:…—~～()（）]+$")


def chinese_sentiment(text: str) -> float:
    """Return the sentiment of a Chinese text in [-1, 1].

        score = (1 - share) * L / sqrt(L^2 + 8)  +  share * tanh(P)

    L sums the strengths of the text's words, each scaled by the degree and turned by the
    negation before it, clauses after a contrast counting more. P is the mean log odds of its
    words among SnowNLP's pleased and displeased reviews: it decides where the lexicon is silent.
    """
    tokens = [part for word in words(simplified(text)) for part in _parts(word)]
    total = _lexicon_sum(tokens)
    prior = _prior(tokens)
    if not total and abs(prior) < _SILENCE:
        return 0.0
    lexical = total / math.sqrt(total * total + _SOFTENING)
    return (1 - _PRIOR_SHARE) * lexical + _PRIOR_SHARE * math.tanh(prior)


def _parts(word: str) -> tuple[str, ...]:
    """Split what the segmenter glued: `太慢` is "too" and "slow", `文笔优美` ends in praise."""
    if word in STRENGTHS or len(word) < 2:
        return (word,)
    head, tail = (word[:1], word[1:]) if len(word) < 4 else (word[:-2], word[-2:])
    glued = tail in STRENGTHS and (len(tail) > 1 or head in DEGREES or head in NEGATIONS)
    return (head, tail) if glued else (word,)


def _lexicon_sum(tokens: list[str]) -> float:
    total, weight = 0.0, 1.0
    for place, token in enumerate(tokens):
        if token in CONTRASTS:
            total, weight = total * 0.6, 1.3
        elif token in CONCESSIONS:
            weight = 0.6
        elif _PAUSE.match(token) and token.strip() in "。！？!?":
            weight = 1.0
        total += weight * _strength(tokens, place)
    return total


def _strength(tokens: list[str], place: int) -> float:
    """Return what the word at `place` adds, by itself and by the words before it."""
    strength = STRENGTHS.get(tokens[place], 0.0)
    if not strength or _is_adverb(tokens, place):
        return 0.0
    turns = 0
    for before in reversed(tokens[max(0, place - _REACH) : place]):
        if _PAUSE.match(before):
            break
        strength *= DEGREES.get(before, 1.0)
        if before in NEGATIONS and not (strength < 0 and before in PROHIBITIONS):
            turns += 1
            strength *= 0.6 if before in SOFT_NEGATIONS else 0.85
    return -strength if turns % 2 else strength


def _is_adverb(tokens: list[str], place: int) -> bool:
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    return tokens[place] in ADVERBS and following in STRENGTHS


def _prior(tokens: list[str]) -> float:
    odds = _log_odds()
    known = [odds[token] for token in tokens if token in odds]
    return sum(known) / math.sqrt(len(known)) / 2 if known else 0.0


@lru_cache(maxsize=1)
def _log_odds() -> dict[str, float]:
    """Return each word's log odds, clipped to [-2, 2], among SnowNLP's two kinds of review."""
    counts = snownlp_sentiment.classifier.classifier.d
    pleased, displeased = counts["pos"], counts["neg"]
    odds = {}
    for word in {*pleased.d, *displeased.d}:
        liked, disliked = pleased.d.get(word, 1.0), displeased.d.get(word, 1.0)
        if liked + disliked >= 12 and len(word.strip()):
            ratio = math.log(liked / pleased.total) - math.log(disliked / displeased.total)
            odds[word] = max(-2.0, min(2.0, ratio)) if abs(ratio) > 0.4 else 0.0
    return {word: value for word, value in odds.items() if value}
