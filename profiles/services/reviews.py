"""What users wrote is kept as it was sent, or only cleaned where a workspace wants it so."""

from collections.abc import Iterator, Mapping

from accounts.models import Workspace
from core.staging import Merge
from language.clean import clean
from profiles.models import Review
from profiles.queries.readings import load_known_words
from profiles.rows import InteractionIn

RAW = Merge(
    model=Review,
    types={"interaction_id": "bigint", "text": "text", "source_hash": "text"},
    key=("interaction_id",),
    compared=("source_hash",),
)
CLEANED = Merge(
    model=Review,
    types={
        **RAW.types,
        "clean_text": "text",
        "language": "text",
        "content_hash": "text",
        "masked": "smallint",
        "bands": "bigint[]",
        "cleaned_source": "text",
        "clean_version": "text",
    },
    key=RAW.key,
    compared=RAW.compared,
)


def store_reviews(*, workspace: Workspace, rows: Mapping[int, InteractionIn]) -> set[int]:
    """Store the texts of `rows`, by interaction, and return the interactions whose text is new.

    A text that is stored already, to the letter, is left alone. Where the workspace keeps no raw
    text it is cleaned here, on its way in, and only what is clean is written. Needs a transaction;
    a fixed number of queries.
    """
    if not rows:
        return set()
    stored = Review.objects.filter(pk__in=rows.keys()).values_list("pk", "source_hash")
    same = {pk for pk, source_hash in stored if rows[pk].source_hash == source_hash}
    new = {pk: row for pk, row in rows.items() if pk not in same}
    if not new:
        return set()
    merge, staged = (
        (RAW, _raw(new))
        if workspace.keeps_raw_text
        else (CLEANED, _cleaned(new, load_known_words(new)))
    )
    return set(merge.run(staged, constants={"workspace_id": workspace.pk}))


def _raw(rows: Mapping[int, InteractionIn]) -> Iterator[tuple[object, ...]]:
    for pk, row in rows.items():
        yield pk, row.text, row.source_hash


def _cleaned(
    rows: Mapping[int, InteractionIn], known: Mapping[int, frozenset[str]]
) -> Iterator[tuple[object, ...]]:
    """Yield clean rows. `known` comes from outside: nothing can be asked while rows stream in."""
    for pk, row in rows.items():
        found = clean(row.text, known.get(pk, frozenset()))
        source = row.source_hash
        masked = min(found.masked, 32_767)  # the column's largest number
        yield (
            pk,
            "",
            source,
            found.text,
            found.language,
            found.content_hash,
            masked,
            list(found.bands),
            source,
            "",  # not yet compared with others
        )
