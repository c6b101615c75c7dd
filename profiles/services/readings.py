"""What the text stages found out about reviews is kept, and the portraits hear of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F

from catalog.models import Space
from catalog.services.duplicates import settle, wait_for_turn
from catalog.services.vectors import vector_texts
from core.arrays import Floats
from profiles.modelling.quotes import HUNDREDTHS
from profiles.models import AspectReading, Interaction, Review
from profiles.services.said import said_anew
from profiles.services.users import raise_evidence

STORE_CLEAN = """
    UPDATE profiles_review AS review
    SET clean_text = new.clean_text, language = new.language, content_hash = new.content_hash,
        masked = new.masked, cleaned_source = new.source_hash, clean_version = %s,
        text = CASE WHEN workspace.keeps_raw_text THEN review.text ELSE '' END,
        bands = ARRAY(SELECT jsonb_array_elements_text(new.bands::jsonb)::bigint)
    FROM unnest(
        %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::smallint[], %s::text[]
    ) AS new (id, source_hash, clean_text, language, content_hash, masked, bands),
        accounts_workspace AS workspace
    WHERE review.interaction_id = new.id AND review.source_hash = new.source_hash
        AND workspace.id = review.workspace_id
"""

STORE_VECTORS = """
    INSERT INTO profiles_reviewvector (workspace_id, space_id, review_id, vector, content_hash)
    SELECT review.workspace_id, %s, new.id, new.vector::vector, new.content_hash
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (id, content_hash, vector)
    JOIN profiles_review AS review
        ON review.interaction_id = new.id AND review.content_hash = new.content_hash
    ORDER BY new.id
    ON CONFLICT (space_id, review_id) DO UPDATE
    SET vector = EXCLUDED.vector, content_hash = EXCLUDED.content_hash
"""

STORE_READINGS = """
    INSERT INTO profiles_reading
        (workspace_id, review_id, sentiment, confidence, safety, phrases, passages, content_hash,
        model, version)
    SELECT review.workspace_id, new.id, new.sentiment, new.confidence, new.safety,
        new.phrases::jsonb, new.passages::integer[], new.content_hash, %s, %s
    FROM unnest(
        %s::bigint[], %s::text[], %s::float8[], %s::float8[], %s::float8[], %s::text[], %s::text[]
    ) AS new (id, content_hash, sentiment, confidence, safety, phrases, passages)
    JOIN profiles_review AS review
        ON review.interaction_id = new.id AND review.content_hash = new.content_hash
            AND review.standing <> 'left_out'
    ORDER BY new.id FOR SHARE OF review  -- and not while staff decide about it
    ON CONFLICT (review_id) DO UPDATE
    SET sentiment = EXCLUDED.sentiment, confidence = EXCLUDED.confidence,
        safety = EXCLUDED.safety, phrases = EXCLUDED.phrases, passages = EXCLUDED.passages,
        content_hash = EXCLUDED.content_hash, model = EXCLUDED.model, version = EXCLUDED.version
    RETURNING id, review_id, workspace_id
"""


@dataclass(frozen=True, slots=True)
class CleanReview:
    """A review's clean text and its bands, and the hash of the source that it was made from."""

    id: int
    source_hash: str
    clean_text: str
    language: str
    content_hash: str
    masked: int
    bands: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class AspectRow:
    """One aspect of a review: `clean_text[start:end]` are the words that speak of it."""

    tag_id: int
    polarity: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """What was read in a review whose clean text had this hash.

    `phrases` are None where the item speaks for itself, and none were looked for; `passages`,
    (start, end, polarity) in the clean text, where the lexicon read.
    """

    review_id: int
    content_hash: str
    sentiment: float
    confidence: float
    safety: float
    aspects: Sequence[AspectRow]
    phrases: Sequence[tuple[str, float]] | None = None
    passages: Sequence[tuple[int, int, float]] | None = None


@transaction.atomic
def store_clean_reviews(
    workspace_id: int, rows: Sequence[CleanReview], *, version: str, kept: Sequence[int] = ()
) -> int:
    """Keep clean texts of reviews that still say what was cleaned, and find what they repeat.

    Where the workspace keeps no raw texts, the text as it was sent is dropped here; `kept` are
    reviews that were cleaned on their way in, and only wait to be compared. Returns how many were
    stored. Portraits hear of a review that repeats another one than before, or no longer one.
    """
    wait_for_turn(Review, workspace_id)
    with connection.cursor() as cursor:
        cursor.execute(
            STORE_CLEAN,
            [
                version,
                [row.id for row in rows],
                [row.source_hash for row in rows],
                [row.clean_text for row in rows],
                [row.language for row in rows],
                [row.content_hash for row in rows],
                [row.masked for row in rows],
                [json.dumps(list(row.bands)) for row in rows],
            ],
        )
        stored = int(cursor.rowcount)
    compared = Review.objects.filter(pk__in=kept, text="", cleaned_source=F("source_hash"))
    stored += compared.update(clean_version=version)
    changed = settle(Review, workspace_id, [*(row.id for row in rows), *kept])
    said_anew(changed)
    raise_evidence(Interaction.objects.filter(pk__in=changed).values_list("user_id", flat=True))
    return stored


def compare_anew(review_ids: Iterable[int]) -> int:
    """Let these reviews be compared with others again: what they repeated is gone."""
    return Review.objects.filter(pk__in=list(review_ids)).update(clean_version="")


def store_review_vectors(
    *, space: Space, ids: Sequence[int], hashes: Sequence[str], vectors: Floats
) -> int:
    """Keep the vectors of reviews whose text still has the given hash. Returns how many.

    One query. Shapes: vectors (B, D), one unit row for each id.
    """
    with connection.cursor() as cursor:
        cursor.execute(STORE_VECTORS, [space.pk, list(ids), list(hashes), vector_texts(vectors)])
        return int(cursor.rowcount)


@transaction.atomic
def store_readings(rows: Sequence[ReadingRow], *, model: str, version: str) -> int:
    """Keep what was read, in place of what was read before, and raise the writers' evidence.

    Rows whose review has changed since, or was left out by staff, are dropped. Items that say
    nothing of themselves are due to be tagged with what is said of them. Returns how many were
    kept. At most nine queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            STORE_READINGS,
            [
                model,
                version,
                [row.review_id for row in rows],
                [row.content_hash for row in rows],
                [row.sentiment for row in rows],
                [row.confidence for row in rows],
                [row.safety for row in rows],
                [None if row.phrases is None else json.dumps(row.phrases) for row in rows],
                [None if row.passages is None else _flat(row.passages) for row in rows],
            ],
        )
        stored = cursor.fetchall()
    kept = {review_id: reading_id for reading_id, review_id, _ in stored}
    _replace_aspects(rows, kept, {reading_id: home for reading_id, _, home in stored})
    said_anew(row.review_id for row in rows if row.phrases is not None and row.review_id in kept)
    raise_evidence(Interaction.objects.filter(pk__in=kept).values_list("user_id", flat=True))
    return len(kept)


def _flat(passages: Sequence[tuple[int, int, float]]) -> str:
    """Return the places and the hundredths of a polarity as Postgres writes an array."""
    told = (f"{start},{end},{round(HUNDREDTHS * felt)}" for start, end, felt in passages)
    return "{" + ",".join(told) + "}"


def _replace_aspects(
    rows: Sequence[ReadingRow], kept: Mapping[int, int], workspaces: Mapping[int, int]
) -> None:
    AspectReading.objects.filter(reading_id__in=kept.values()).delete()
    AspectReading.objects.bulk_create(
        [
            AspectReading(
                workspace_id=workspaces[kept[row.review_id]],
                reading_id=kept[row.review_id],
                tag_id=aspect.tag_id,
                polarity=aspect.polarity,
                start=aspect.start,
                end=aspect.end,
            )
            for row in rows
            if row.review_id in kept
            for aspect in row.aspects
        ],
        ignore_conflicts=True,
    )


def raise_evidence_about(item_ids: Sequence[int]) -> int:
    """Say that what is known about these items has changed, to all who met them.

    Returns how many users were raised. Three queries.
    """
    met = Interaction.objects.filter(item_id__in=item_ids)
    return raise_evidence(met.values_list("user_id", flat=True).distinct())
