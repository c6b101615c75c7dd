"""Lifting a sensitive topic, or holding it back again, changes the portraits at once."""

from collections.abc import Collection

from django.db import transaction

from accounts.models import Workspace
from catalog.models import Tag
from catalog.services.bearers import wait_to_tag
from catalog.services.topics import check_lifted, judge_tags, set_lifted_topics
from profiles.services.vocabulary import tags_changed


@transaction.atomic
def lift_topics(*, workspace: Workspace, topics: Collection[str]) -> list[Tag]:
    """Let portraits speak of exactly these sensitive topics. Returns the tags that this changed.

    Tags of a topic that is no longer lifted are blocked here and now, so that no page shows them
    again; statements follow in the background. Raises InvalidError as `set_lifted_topics` does.
    """
    check_lifted(workspace.scenario, topics)
    wait_to_tag(workspace.pk)  # of two who lift, the second finds what the first has left
    changed = hold_sensitive(workspace.pk, lifted=topics)
    set_lifted_topics(workspace=workspace, topics=topics)  # last, as everybody who locks users too
    return changed


@transaction.atomic
def hold_sensitive(workspace_id: int, *, lifted: Collection[str] | None = None) -> list[Tag]:
    """Judge every tag anew and tell the portraits that it concerns. Returns what changed.

    By the topics that are `lifted`, where they are not stored yet.
    """
    changed = judge_tags(workspace_id, lifted=lifted)
    tags_changed(workspace_id, changed)
    return changed
