"""What tags are called."""

from accounts.models import Workspace
from catalog.models import Tag

MOST_OFFERED = 500


def tag_names(workspace: Workspace, language: str) -> list[str]:
    """Return the names of the tags to offer to users, sorted. One query.

    What a single user brought in is nobody else's business.
    """
    tags = Tag.objects.filter(workspace=workspace, is_blocked=False, is_field=False)
    kept_back = [Tag.Source.PHRASE, Tag.Source.USER]
    offered = tags.exclude(source__in=kept_back).order_by("key")[:MOST_OFFERED]
    return sorted({tag.name_in(language) for tag in offered})
