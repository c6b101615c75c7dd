"""The words of a workspace, and which of them an item has."""

from django.db.models import Q, QuerySet

from accounts.models import Workspace
from catalog.models import Item, ItemTag, Tag


def list_tags(workspace: Workspace) -> QuerySet[Tag]:
    """Return the workspace's tags with their fields, by key: those that may be used.

    What a single user brought in is left out.
    """
    tags = Tag.objects.filter(workspace=workspace, is_blocked=False)
    tags = tags.exclude(source=Tag.Source.USER)
    return tags.select_related("parent").order_by("key")


def tags_of(item: Item) -> list[ItemTag]:
    """Return what the item was found to be about, the surest first. One query.

    A tag of a sensitive topic says something of an item, though never of a user.
    """
    free = Q(tag__is_blocked=False) | ~Q(tag__topic="")
    found = ItemTag.objects.filter(free, item=item).select_related("tag")
    return list(found.order_by("-confidence", "tag__key"))
