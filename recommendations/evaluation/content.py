"""Item content as arrays: words that tell items apart, and tags weighed by how rare they are."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array, diags_array
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from core.arrays import Floats, as_floats, unit_rows
from recommendations.engine.learned import Content
from recommendations.engine.links import sparse_unit_rows
from recommendations.engine.stated import rarity
from recommendations.queries.grouping import Grouper

DIMENSIONS = 192
MOST_WORDS = 30_000
# A word in more than this share of the texts tells no two of them apart.
COMMON = 0.3
# A set in which most items say nothing is better served without a text source.
LEAST_SHARE = 0.5
# A folder has no segments; its users are parted into so many groups, as a small workspace's are.
GROUPS = 8


def content_of(texts: Sequence[str], tags: csr_array, *, seed: int = 0) -> Content:
    """Return what is known of the items, leaving out what most of them lack.

    Shapes: texts I strings; tags (I, G); the vectors are (I, D), D at most 192.
    """
    has_words = np.array([len(text.split()) > 2 for text in texts])
    has_tags = np.diff(tags.indptr) > 0
    return Content(
        vectors=word_vectors(texts, seed=seed) if has_words.mean() >= LEAST_SHARE else None,
        tags=rare_tags(tags) if has_tags.mean() >= LEAST_SHARE else None,
        group=Grouper(GROUPS),
    )


def word_vectors(texts: Sequence[str], *, seed: int = 0) -> Floats:
    """Return TF-IDF of words and pairs of words, folded into few dimensions and centred.

    Shapes: returns (I, D) of unit rows, zero for a text without words.
    """
    words = TfidfVectorizer(
        sublinear_tf=True,
        max_df=max(int(COMMON * len(texts)), 3),
        ngram_range=(1, 2),
        max_features=MOST_WORDS,
    )
    table = words.fit_transform(texts)
    dimensions = min(DIMENSIONS, min(table.shape) - 1)
    folded = TruncatedSVD(dimensions, random_state=seed).fit_transform(table)
    said_something = np.diff(table.indptr) > 0
    middle = folded[said_something].mean(axis=0)
    return unit_rows(as_floats(np.where(said_something[:, None], folded - middle, 0.0)))


def rare_tags(tags: csr_array) -> csr_array:
    """Weigh tags by log(I / items that bear it), each item's row brought to length one.

    Shapes: tags (I, G) of ones; returns (I, G).
    """
    return sparse_unit_rows(tags @ diags_array(rarity(tags))).astype(np.float32)
