"""Which reviews wait for a text stage, and what the stages read of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from catalog.models import Item
from catalog.queries.spaces import find_target_space
from language.clean import words_of
from language.sentiment import MODEL as LEXICON
from profiles.models import Interaction, Reading, Review, ReviewVector


@dataclass(frozen=True, slots=True)
class ReviewText:
    """A review as it is now; the hashes tell later whether it has changed since."""

    id: int
    text: str
    clean_text: str
    language: str
    source_hash: str
    content_hash: str


def reviews_to_clean(workspace_id: int, version: str) -> QuerySet[Review]:
    """Reviews that changed since they were cleaned, or were cleaned by another version.

    A review whose raw text was not kept cannot be cleaned again, and is not due for a version; it
    is due without one, since then it waits to be compared with others. One whose raw text is
    still there though its workspace keeps none is due: cleaning drops it.
    """
    changed = ~Q(cleaned_source=F("source_hash"))
    has_raw = ~Q(text="")
    other = ~Q(clean_version=version) & has_raw
    uncompared = Q(clean_version="")
    unwanted = Q(workspace__keeps_raw_text=False) & has_raw
    return Review.objects.filter(changed | other | uncompared | unwanted, workspace_id=workspace_id)


def reviews_to_encode(workspace_id: int) -> QuerySet[Review]:
    """Reviews whose text has no vector in the space that is to hold them all."""
    cleaned = _cleaned(workspace_id)
    space = find_target_space(workspace_id)
    if space is None:
        return cleaned
    done = ReviewVector.objects.filter(
        space=space, review=OuterRef("pk"), content_hash=OuterRef("content_hash")
    )
    return cleaned.filter(~Exists(done))


def reviews_to_read(workspace_id: int, version: str) -> QuerySet[Review]:
    """Reviews whose text has not been read by this version.

    Nor what a trained head read before it told of passages: they are read once more, which takes
    no longer than after a training. The lexicon tells of none, and is not asked again. What staff
    have left out is not read at all.
    """
    told = Q(model=LEXICON) | Q(passages__isnull=False)
    done = Reading.objects.filter(
        told, review=OuterRef("pk"), content_hash=OuterRef("content_hash"), version=version
    )
    return _cleaned(workspace_id).filter(~Exists(done)).exclude(standing=Review.Standing.LEFT_OUT)


def load_review_texts(ids: Sequence[int]) -> list[ReviewText]:
    """Return the texts of those reviews that still exist. One query."""
    rows = Review.objects.filter(pk__in=ids).values_list(
        "pk", "text", "clean_text", "language", "source_hash", "content_hash"
    )
    return [ReviewText(*row) for row in rows.order_by("pk")]


def load_known_words(review_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return the words of the item that each review is about, by review: its names are public.

    Two queries.
    """
    ids = list(review_ids)
    item_of = dict(Interaction.objects.filter(pk__in=ids).values_list("pk", "item_id"))
    rows = Item.objects.filter(pk__in=set(item_of.values())).values_list(
        "pk", "title", "text", "attributes"
    )
    known = {
        pk: words_of(title, text, *map(str, attributes.values()))
        for pk, title, text, attributes in rows
    }
    return {pk: known.get(item_id, frozenset()) for pk, item_id in item_of.items()}


def _cleaned(workspace_id: int) -> QuerySet[Review]:
    return Review.objects.filter(
        workspace_id=workspace_id, cleaned_source=F("source_hash")
    ).exclude(clean_text="")
