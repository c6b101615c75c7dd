"""What staff decided about reviews, and which of these nobody is shown."""

from collections.abc import Collection, Iterable

from django.db.models import BooleanField, Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from accounts.models import Workspace
from profiles.models import Evidence, Reading, Review, Ruling
from profiles.models.texts import SAFE

PUT_AWAY = (Review.Standing.HIDDEN, Review.Standing.LEFT_OUT)
# Of rows of evidence.
AWAY = Q(interaction__review__standing__in=PUT_AWAY)


def is_put_away(standing: str | None) -> bool:
    """Return whether a review of that standing is shown to nobody."""
    return standing in PUT_AWAY


def undecided(path: str = "") -> Q:
    """Return which rows have a review, at the end of the path, whose text nobody ruled on."""
    return ~Q(**{f"{path}ruled_source": F(f"{path}source_hash")})


def unsafe_and_undecided(workspaces: Collection[Workspace]) -> QuerySet[Reading]:
    """Return the readings of reviews that may not be safe to show and wait for somebody."""
    rows = Reading.objects.filter(workspace__in=workspaces, safety__lt=SAFE)
    return rows.filter(undecided("review__"))


def shown_quote() -> Combinable:
    """Return the quote of a row of evidence; of a review that is put away, none."""
    return Case(When(AWAY, then=Value("")), default=F("quote"), output_field=CharField())


def is_away() -> Combinable:
    """Return whether the review of a row of evidence is put away."""
    return Case(When(AWAY, then=True), default=False, output_field=BooleanField())


def quoting(rows: "QuerySet[Evidence]") -> "QuerySet[Evidence]":
    """Keep the evidence with words that may be shown."""
    return rows.exclude(quote="").exclude(AWAY)


def in_force(review_ids: Iterable[int]) -> dict[int, Ruling]:
    """Return the ruling in force on each of these reviews, where there is one. One query."""
    rows = Ruling.objects.filter(review__in=list(review_ids), undone_at=None).order_by("pk")
    return {row.review_id: row for row in rows}


def rulings_on(review_id: int) -> QuerySet[Ruling]:
    """Return all rulings on a review, the newest first, with who made and undid them."""
    rows = Ruling.objects.filter(review=review_id)
    return rows.select_related("account", "undone_by").order_by("-pk")
