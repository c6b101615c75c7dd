"""Where the words and the items of a workspace stand, as arrays."""

from collections.abc import Collection, Mapping

import numpy as np

from catalog.models import ItemVector, Space, WordVector
from catalog.vocabulary import Meanings
from core.arrays import Floats, as_floats


def load_word_vectors(space: Space, words: Collection[str]) -> dict[str, Floats]:
    """Return the vectors of those of these words that were encoded before. One query."""
    known = WordVector.objects.filter(space=space, word__in=list(words))
    return dict(known.values_list("word", "vector"))


def load_meanings(
    space: Space, words: Mapping[str, Floats], languages: Mapping[int, str]
) -> Meanings:
    """Return the words beside all items that have a vector in the space. One query.

    `words` are their vectors; `languages` are the items' by id.
    """
    stored = ItemVector.objects.filter(space=space).order_by("item_id")
    rows = [row for row in stored.values_list("item_id", "vector") if row[0] in languages]
    order = sorted(words)
    return Meanings(
        words={word: row for row, word in enumerate(order)},
        word_vectors=_stacked([words[word] for word in order], space.dimensions),
        items={pk: row for row, (pk, _) in enumerate(rows)},
        item_vectors=_stacked([vector for _, vector in rows], space.dimensions),
        languages=[languages[pk] for pk, _ in rows],
    )


def _stacked(rows: list[Floats], dimensions: int) -> Floats:
    return as_floats(np.stack(rows)) if rows else np.zeros((0, dimensions), dtype=np.float32)
