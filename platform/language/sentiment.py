"""How pleased a text sounds, by lexicon: VADER for English, our own for Chinese."""

from collections.abc import Sequence
from functools import lru_cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from core.arrays import Floats, as_floats
from language.lexicon import graded, load_words
from language.sentiment_zh import chinese_sentiment

MODEL = "lexicon"
VERSION = "vader-3.3+snownlp-0.12+1"


def sentiments(texts: Sequence[str], languages: Sequence[str]) -> Floats:
    """Return the sentiment of each text in [-1, 1], higher is more pleased.

    0.0 means that the lexicon found nothing to judge by, or does not speak the language.

    Shapes: returns (B,).
    """
    return as_floats(
        [sentiment_of(text, language) for text, language in zip(texts, languages, strict=True)]
    )


def sentiment_of(text: str, language: str) -> float:
    """Return the sentiment of one text in [-1, 1]; 0.0 for a language without a lexicon."""
    if language == "zh":
        return chinese_sentiment(text)
    if language == "en":
        return float(_english().polarity_scores(text)["compound"])
    return 0.0


@lru_cache(maxsize=1)
def _english() -> SentimentIntensityAnalyzer:
    """Return VADER (Hutto and Gilbert, 2014) with the words of reviewers added."""
    lists = load_words("sentiment_en")
    analyzer = SentimentIntensityAnalyzer()
    for word in lists["neutral"].split():
        analyzer.lexicon.pop(word, None)
        analyzer.lexicon.pop(f"{word}s", None)
    analyzer.lexicon.update(graded(lists["strengths"], "grade"))
    return analyzer
