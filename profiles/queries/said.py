"""What reviews say that may speak for items which say nothing of themselves."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from catalog.models import Item
from catalog.said import Saying
from profiles.models import LEFT_OUT, Interaction, Profile, Reading
from profiles.queries.rulings import PUT_AWAY

# As `catalog.said.is_silent`.
SILENT = Q(text="", given_tags=[])


def silent_items(item_ids: Iterable[int]) -> QuerySet[Item]:
    """Return those of these items that say nothing of themselves, in order of their keys."""
    return Item.objects.filter(SILENT, pk__in=list(item_ids)).order_by("pk")


def reviews_of_silent(review_ids: Collection[int]) -> set[int]:
    """Return those of these reviews whose item says nothing of itself. One query."""
    met = Interaction.objects.filter(pk__in=review_ids, item__text="", item__given_tags=[])
    return set(met.values_list("pk", flat=True))


def load_sayings(
    item_ids: Collection[int],
    *,
    without_user: int | None = None,
    without: Collection[int] = (),
) -> list[Saying]:
    """Return what the reviews of these items say, as they are now. One query.

    Left out are readings of a text that has changed since, reviews that staff have hidden, users
    who are paused or whom staff left out, and whoever or whatever is to go: a user, or reviews
    by id.
    """
    out = Profile.objects.filter(
        user=OuterRef("review__interaction__user"), oddities__contains=[LEFT_OUT]
    )
    rows = Reading.objects.filter(
        ~Exists(out),
        review__interaction__item__in=item_ids,
        review__interaction__user__is_paused=False,
        phrases__isnull=False,
        content_hash=F("review__content_hash"),
    ).exclude(Q(review__in=list(without)) | Q(review__standing__in=PUT_AWAY))
    if without_user is not None:
        rows = rows.exclude(review__interaction__user=without_user)
    columns = rows.order_by("review_id").values_list(
        "review__interaction__item_id",
        "review__interaction__user_id",
        Coalesce("review__duplicate_of_id", "review_id"),
        "phrases",
    )
    return [Saying(*row) for row in columns]
