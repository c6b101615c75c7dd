"""What the words of a text say by themselves: hashed n-grams on one line, no network."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from core.arrays import Doubles, as_floats
from language.scripts import simplified

FEATURES = 2**18
SMOOTHING = 1.0


def features_of(texts: Sequence[str], languages: Sequence[str]) -> csr_matrix:
    """Return which n-grams each text has: pairs of words, or in Chinese up to three signs.

    Traditional signs count as the simplified ones.

    Shapes: returns (B, FEATURES) of 0 and 1, each row scaled to length one.
    """
    by_sign = np.array([language == "zh" for language in languages], dtype=bool)
    rows = csr_matrix((len(texts), FEATURES), dtype=np.float64)
    for is_signs in (False, True):
        chosen = np.flatnonzero(by_sign == is_signs)
        if len(chosen):
            said = [texts[place] for place in chosen.tolist()]
            found = _vectorizer(is_signs).transform(map(simplified, said) if is_signs else said)
            spread = csr_matrix(
                (np.ones(len(chosen)), (chosen, np.arange(len(chosen)))),
                shape=(len(texts), len(chosen)),
            )
            rows = rows + spread @ found
    rows.sort_indices()
    return rows


@lru_cache(maxsize=2)
def _vectorizer(is_signs: bool) -> HashingVectorizer:  # noqa: FBT001 -- the key of a cache
    shape = {"analyzer": "char", "ngram_range": (1, 3)} if is_signs else {"ngram_range": (1, 2)}
    return HashingVectorizer(
        n_features=FEATURES,
        binary=True,
        alternate_sign=False,
        norm="l2",
        **shape,
    )


def fit_words(texts: Sequence[str], languages: Sequence[str], labels: np.ndarray) -> Doubles:
    """Return one weight per feature, and a last one for none (Wang and Manning, 2012).

    A feature is worth the log of how much oftener it stands in texts that say yes, times what
    a logistic regression on these ratios gives it.

    Shapes: labels (B,) of bool; returns (FEATURES + 1,).
    """
    rows = features_of(texts, languages)
    yes = SMOOTHING + np.asarray(rows[labels].sum(axis=0)).ravel()
    no = SMOOTHING + np.asarray(rows[~labels].sum(axis=0)).ravel()
    ratio = np.log(yes / yes.sum()) - np.log(no / no.sum())
    line = LogisticRegression(C=4.0, max_iter=300)
    line.fit(rows.multiply(ratio).tocsr(), labels)
    weights = np.append(line.coef_.ravel() * ratio, line.intercept_)
    return as_floats(weights).astype(np.float64)


def no_words() -> Doubles:
    """Return weights that find nothing in any text. Shapes: returns (FEATURES + 1,)."""
    return np.zeros(FEATURES + 1)


def logits_of(weights: Doubles, texts: Sequence[str], languages: Sequence[str]) -> Doubles:
    """Return the logit of each text. Shapes: weights (FEATURES + 1,); returns (B,)."""
    if not texts:
        return np.zeros(0)
    return np.asarray(features_of(texts, languages) @ weights[:-1] + weights[-1])
