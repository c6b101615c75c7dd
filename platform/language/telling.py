"""How telling a word is of a text among others, by where they stand in one space."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from core.arrays import Doubles, Floats, Indices

VERSION = "telling-1"

# With fewer texts to compare with, what is usual cannot be told.
LEAST_TEXTS = 30


def standing(
    words: Floats, texts: Floats, word: Indices, text: Indices, languages: Sequence[str] = ()
) -> Doubles:
    """Return for each pair how much nearer its word is to its text than to the usual text.

        standing = (cosine - mean cosine of the word to all texts) / their standard deviation

    Cosines of one encoder lie close together, and some words are near to everything; against
    its own usual nearness a word shows what it is about. Where `languages` of the texts are given
    only texts in the same language are compared with, if they are LEAST_TEXTS. Rounded to one
    place, so that rounding inside the encoder does not show.

    Shapes: words (W, D), texts (N, D), unit rows; word and text (P,), rows of them; returns (P,).
    """
    groups = _groups(len(texts), languages)
    found = np.zeros(len(word))
    for row in np.unique(word):
        cosines = texts.astype(np.float64) @ words[row].astype(np.float64)
        pairs = np.flatnonzero(word == row)
        for group in np.unique(groups[text[pairs]]):
            usual = cosines[groups == group]
            here = pairs[groups[text[pairs]] == group]
            found[here] = (cosines[text[here]] - usual.mean()) / max(float(usual.std()), 1e-6)
    return np.round(found, 1)


def _groups(size: int, languages: Sequence[str]) -> Indices:
    """Return the number of each text's language, 0 for all that too few are in."""
    groups = np.zeros(size, dtype=np.intp)
    counts = Counter(languages)
    often = sorted(name for name, count in counts.items() if count >= LEAST_TEXTS)
    for number, name in enumerate(often, 1):
        groups[[place for place, each in enumerate(languages) if each == name]] = number
    return groups


def diverse(
    standings: Sequence[float], vectors: Floats, *, limit: int, weight: float = 0.75
) -> list[int]:
    """Return the places of at most `limit` words, telling ones first and no two alike.

    Maximal marginal relevance (Carbonell and Goldstein, 1998): the next word is the one with the
    largest weight * standing - (1 - weight) * 10 * cosine to the likest word chosen before.

    Shapes: vectors (W, D), unit rows, in the order of `standings`.
    """
    chosen: list[int] = []
    rest = sorted(range(len(standings)), key=lambda place: (-standings[place], place))
    alike = np.round(vectors @ vectors.T, 3) if len(vectors) else vectors
    while rest and len(chosen) < limit:
        nearest = {at: max((float(alike[at, one]) for one in chosen), default=0.0) for at in rest}
        best = max(
            rest, key=lambda at: (weight * standings[at] - (1 - weight) * 10 * nearest[at], -at)
        )
        chosen.append(best)
        rest.remove(best)
    return chosen
