"""What tags are called."""

from django.db.models import Count

from accounts.models import Workspace
from catalog.models import Tag

MOST_OFFERED = 500


def tag_names(workspace: Workspace, language: str) -> list[str]:
    """Return the names of the tags to offer to users, sorted; of many, those of the most items.

    What a single user brought in is nobody else's business. One query, and a second one, over the
    tags of all items, only where there are more than can be offered.
    """
    tags = Tag.objects.filter(workspace=workspace, is_blocked=False, is_field=False)
    kept_back = [Tag.Source.PHRASE, Tag.Source.USER]
    offered = tags.exclude(source__in=kept_back).order_by("key")
    found = list(offered[: MOST_OFFERED + 1])
    if len(found) > MOST_OFFERED:
        by_use = offered.annotate(items=Count("item_tags")).order_by("-items", "key")
        found = list(by_use[:MOST_OFFERED])
    return sorted({tag.name_in(language) for tag in found})
