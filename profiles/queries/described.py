"""Which users' descriptions a generator has yet to put into words, and who wrote the rest."""

import hashlib
from collections import Counter

from django.db.models import Count, F, QuerySet
from django.db.models.fields.json import KeyTextTransform

from profiles import versions
from profiles.models import Profile, User


def phrased_version(generator: str) -> str:
    """Return what a user's `described_version` reads once this generator has been asked.

    `generator` says which one it is and how it is asked, in any words.
    """
    digest = hashlib.sha256(generator.encode()).hexdigest()[:12]
    return f"{versions.DESCRIPTIONS}+{digest}"


def users_to_phrase(workspace_id: int, generator: str) -> QuerySet[User]:
    """Users whose description is up to date, and was not yet put to this generator."""
    return (
        User.objects.filter(
            workspace_id=workspace_id,
            is_paused=False,
            described_revision__gte=F("portrait_revision"),
        )
        .exclude(described_version=phrased_version(generator))
        .order_by("pk")
    )


def count_writers(workspace_ids: list[int], language: str = "en") -> dict[int, Counter[str]]:
    """Return how many descriptions each way of writing wrote, by workspace. One query.

    The ways are generator, mixed and template; a description without a single claim is left out.
    """
    rows = (
        Profile.objects.filter(workspace__in=workspace_ids)
        .exclude(**{f"descriptions__{language}__claims": []})
        .values_list(
            "workspace", KeyTextTransform("how", KeyTextTransform(language, "descriptions"))
        )
        .annotate(Count("pk"))
        .order_by()
    )
    found: dict[int, Counter[str]] = {pk: Counter() for pk in workspace_ids}
    for workspace_id, how, count in rows:
        if how:
            found[workspace_id][how] += count
    return found
