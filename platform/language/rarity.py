"""How rare a word is in the world's text, from the default encoder's own word list."""

from functools import lru_cache

from language.default import weight_file
from language.packed import read_pieces

_COMMON, _RARE = 8.0, 16.0  # minus log-probabilities between which rarity rises from 0 to 1


def rarity(word: str) -> float:
    """Return how rare the lower-case `word` is, from 0 (everyday) to 1.

    SentencePiece stores the log-probability of every piece in a hundred languages' web text;
    a word that is not one piece is rare, or a compound, and counts as 1.
    """
    surprise = -_log_probabilities().get(word, -_RARE)
    return min(1.0, max(0.0, (surprise - _COMMON) / (_RARE - _COMMON)))


@lru_cache(maxsize=1)
def _log_probabilities() -> dict[str, float]:
    """Return the whole-word pieces of three letters or more, in lower case."""
    words: dict[str, float] = {}
    for piece, score in read_pieces(weight_file()):
        word = piece[1:].lower()
        if len(word) >= 3 and piece.startswith("▁") and word.isalpha():
            words[word] = max(score, words.get(word, score))
    return words
