"""What is missing in a workspace's data, and what cannot be right, in counts."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, F, Q, QuerySet, Sum

from catalog.models import Item
from profiles.modelling.bands import numbers_in
from profiles.models import Interaction, Review, User

# Nothing that a platform is told of happened before this.
EARLIEST = datetime(1850, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)
MOST_ATTRIBUTES = 30
CHUNK = 5_000

Counts = dict[str, int]


def count_items(workspace_id: int) -> Counts:
    """Return how many items there are and what they lack. One query."""
    return Item.objects.filter(workspace_id=workspace_id).aggregate(
        all=Count("pk"),
        without_title=Count("pk", filter=Q(title="")),
        without_text=Count("pk", filter=Q(text="", clean_text="")),
        without_language=Count("pk", filter=Q(language="")),
        without_tags=Count("pk", filter=Q(given_tags=[])),
        without_attributes=Count("pk", filter=Q(attributes={})),
        copies=Count("pk", filter=Q(duplicate_of__isnull=False)),
    )


def count_users(workspace_id: int) -> Counts:
    """Return how many users there are and what they lack. Two queries."""
    users = User.objects.filter(workspace_id=workspace_id)
    met = Interaction.objects.filter(workspace_id=workspace_id).values("user")
    counted = users.aggregate(
        all=Count("pk"),
        without_language=Count("pk", filter=Q(language="")),
        without_traits=Count("pk", filter=Q(traits={})),
        paused=Count("pk", filter=Q(is_paused=True)),
    )
    return counted | {"without_interactions": users.exclude(pk__in=met).count()}


def count_interactions(workspace_id: int) -> Counts:
    """Return how many interactions there are, what they lack and what cannot be. Two queries."""
    rows = Interaction.objects.filter(workspace_id=workspace_id)
    has_scale = Q(kind__value_middle__isnull=False)
    worst = 2 * F("kind__value_middle") - F("kind__value_best")
    counted: Counts = rows.aggregate(
        all=Count("pk"),
        without_date=Count("pk", filter=Q(happened_at__isnull=True)),
        without_value=Count("pk", filter=has_scale & Q(value__isnull=True)),
        in_the_future=Count("pk", filter=Q(happened_at__gt=F("received_at") + CLOCKS_DIFFER)),
        too_early=Count("pk", filter=Q(happened_at__lt=EARLIEST)),
        off_scale=Count(
            "pk", filter=has_scale & (Q(value__gt=F("kind__value_best")) | Q(value__lt=worst))
        ),
    )
    return counted | {"repeated": _repeated(rows)}


def count_reviews(workspace_id: int) -> Counts:
    """Return how many reviews there are, what they lack, and how many say the same. One query."""
    cleaned = ~Q(cleaned_source="")
    return Review.objects.filter(workspace_id=workspace_id).aggregate(
        all=Count("pk"),
        without_words=Count("pk", filter=cleaned & Q(clean_text="")),
        without_language=Count("pk", filter=cleaned & Q(language="")),
        not_cleaned=Count("pk", filter=~cleaned),
        copies=Count("pk", filter=Q(duplicate_of__isnull=False)),
    )


def load_attributes(
    workspace_id: int,
) -> tuple[dict[str, int], dict[str, list[float]], list[str]]:
    """Return how many items have each attribute, the numbers of those that measure, and the items.

    At most MOST_ATTRIBUTES, the commonest first. The columns have one number an item, NaN where
    it lacks it; items are told by their external ids. One query, read in parts.
    """
    rows = Item.objects.filter(workspace_id=workspace_id).order_by("pk")
    counts: dict[str, int] = defaultdict(int)
    numbers: list[dict[str, float]] = []
    ids: list[str] = []
    columns_of = rows.values_list("external_id", "attributes")
    for external_id, attributes in columns_of.iterator(chunk_size=CHUNK):
        ids.append(external_id)
        for name, value in attributes.items():
            counts[name] += value not in (None, "", [])
        numbers.append(numbers_in(attributes))
    kept = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_ATTRIBUTES]
    measured = [name for name in kept if 2 * _known(numbers, name) >= counts[name]]
    columns = {name: [each.get(name, np.nan) for each in numbers] for name in measured}
    return {name: counts[name] for name in kept}, columns, ids


def commonest_languages(workspace_id: int) -> dict[str, int]:
    """Return how many reviews are in each language, the commonest first. One query."""
    rows: QuerySet[Any] = Review.objects.filter(workspace_id=workspace_id).exclude(language="")
    found = rows.values_list("language").annotate(size=Count("pk")).order_by("-size", "language")
    return dict(found[:MOST_ATTRIBUTES])


def _known(numbers: list[dict[str, float]], name: str) -> int:
    return sum(name in each for each in numbers)


def _repeated(rows: QuerySet[Interaction]) -> int:
    """How many interactions only repeat another one, to the second."""
    same = (
        rows.filter(happened_at__isnull=False)
        .values("user", "item", "kind", "happened_at", "value")
        .annotate(size=Count("pk"))
        .filter(size__gt=1)
        .aggregate(all=Sum("size"), different=Count("size"))
    )
    return int(same["all"] or 0) - int(same["different"])
