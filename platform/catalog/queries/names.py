"""What tags are called."""

from accounts.models import Workspace
from catalog.models import Tag

MOST_OFFERED = 500


def tag_names(workspace: Workspace, language: str) -> list[str]:
    """Return the names of the tags that a user may declare, sorted. One query."""
    tags = Tag.objects.filter(workspace=workspace, is_blocked=False, is_field=False)
    offered = tags.exclude(source=Tag.Source.PHRASE).order_by("key")[:MOST_OFFERED]
    return sorted({tag.name_in(language) for tag in offered})
