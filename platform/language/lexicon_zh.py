"""Chinese words of praise and blame, of degree and of negation, as sets and tables.

Units: strengths from -3 to 3; degrees multiply the word that follows.
"""

from language.lexicon import graded, load_words

_LISTS = load_words("sentiment_zh")


def _words(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


STRENGTHS = graded(_LISTS["strengths"], "grade")
DEGREES = graded(_LISTS["degrees"], "factor")
NEGATIONS = _words("negations")
SOFT_NEGATIONS = _words("soft_negations")
PROHIBITIONS = _words("prohibitions")
CONTRASTS = _words("contrasts")
CONCESSIONS = _words("concessions")
ADVERBS = _words("adverbs")

ALL_WORDS = sorted(
    word for word in {*STRENGTHS, *NEGATIONS, *DEGREES, *CONTRASTS, *CONCESSIONS} if len(word) > 1
)
