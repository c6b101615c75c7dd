"""Vectors are kept beside the hash of the text that they stand for."""

from collections.abc import Sequence

from django.db import connection

from catalog.models import Space
from core.arrays import Floats

STORE = """
    INSERT INTO catalog_itemvector (workspace_id, space_id, item_id, vector, content_hash)
    SELECT item.workspace_id, %s, item.id, new.vector::vector, new.content_hash
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (id, content_hash, vector)
    JOIN catalog_item AS item ON item.id = new.id AND item.content_hash = new.content_hash
    ORDER BY item.id
    ON CONFLICT (space_id, item_id) DO UPDATE
    SET vector = EXCLUDED.vector, content_hash = EXCLUDED.content_hash
    RETURNING item_id
"""

STORE_WORDS = """
    INSERT INTO catalog_wordvector (workspace_id, space_id, word, vector)
    SELECT %s, %s, new.word, new.vector::vector
    FROM unnest(%s::text[], %s::text[]) AS new (word, vector)
    ON CONFLICT (space_id, word) DO NOTHING
"""


def store_item_vectors(
    *, space: Space, ids: Sequence[int], hashes: Sequence[str], vectors: Floats
) -> list[int]:
    """Keep the vectors of items whose text still has the given hash. Returns which. One query.

    Shapes: vectors (B, D), one unit row for each id.
    """
    with connection.cursor() as cursor:
        cursor.execute(STORE, [space.pk, list(ids), list(hashes), vector_texts(vectors)])
        return [item_id for (item_id,) in cursor.fetchall()]


def store_word_vectors(*, space: Space, words: Sequence[str], vectors: Floats) -> None:
    """Keep where words stand, for those of which it is not known yet. One query.

    Shapes: vectors (W, D), one unit row for each word.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            STORE_WORDS, [space.workspace_id, space.pk, list(words), vector_texts(vectors)]
        )


def vector_texts(vectors: Floats) -> list[str]:
    """Return each row in pgvector's spelling, exact to the last bit of a float32."""
    return [f"[{','.join(map(repr, row))}]" for row in vectors.tolist()]
