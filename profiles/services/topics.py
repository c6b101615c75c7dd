"""Lifting a sensitive topic, or holding it back again, changes the portraits at once."""

from collections.abc import Collection

from django.db import transaction

from accounts.models import Workspace
from catalog.models import Tag
from catalog.services.topics import judge_tags, set_lifted_topics
from profiles.services.vocabulary import tag_changed


@transaction.atomic
def lift_topics(*, workspace: Workspace, topics: Collection[str]) -> list[Tag]:
    """Let portraits speak of exactly these sensitive topics. Returns the tags that this changed.

    Tags of a topic that is no longer lifted are blocked here and now, so that no page shows them
    again; statements follow in the background. Raises InvalidError as `set_lifted_topics` does.
    """
    set_lifted_topics(workspace=workspace, topics=topics)
    return hold_sensitive(workspace.pk)


@transaction.atomic
def hold_sensitive(workspace_id: int) -> list[Tag]:
    """Judge every tag anew and tell the portraits that it concerns. Returns what changed."""
    changed = judge_tags(workspace_id)
    for tag in changed:
        tag_changed(tag)
    return changed
