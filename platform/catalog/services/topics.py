"""Tags of sensitive topics are kept out of portraits: the rule is in `language.sensitive`."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import structlog
from django.db import transaction

from accounts.models import Scenario, Workspace
from catalog.models import Tag
from core.errors import InvalidError
from language.sensitive import TOPICS, topic_of

log = structlog.get_logger(__name__)


def lifted_in(workspace_id: int) -> tuple[str, ...]:
    """Return the topics that portraits of this workspace may speak of. One query."""
    lifted = Workspace.objects.values_list("lifted_topics", flat=True).get(pk=workspace_id)
    return tuple(lifted)


def held(names: Iterable[str], lifted: Collection[str]) -> dict[str, Any]:
    """Return the fields of a tag of these names that keep it out of portraits, if any need be."""
    topic = topic_of(names, lifted)
    return {"topic": topic, "is_blocked": True} if topic else {}


@transaction.atomic
def judge_tags(workspace_id: int, *, lifted: Collection[str] | None = None) -> list[Tag]:
    """Block every tag of a sensitive topic, and free those that were blocked for one and may go.

    Returns the tags that changed, by key. What staff blocked for reasons of their own stays so.
    They are judged by the topics that are `lifted`, or stored as such. All tags are looked at,
    and only those that seem to change are locked and looked at again. Safe to repeat; two queries
    where nothing changes, else four.
    """
    lifted = lifted_in(workspace_id) if lifted is None else lifted
    tags = Tag.objects.filter(workspace_id=workspace_id)
    told = tags.values_list("pk", "key", "names", "topic")
    seem = [pk for pk, key, names, topic in told if _topic(key, names, lifted) != topic]
    if not seem:
        return []
    changed = []
    for tag in tags.select_for_update(no_key=True).filter(pk__in=seem).order_by("pk"):
        topic = _topic(tag.key, tag.names, lifted)
        if topic != tag.topic:
            tag.topic, tag.is_blocked = topic, bool(topic) or tag.is_blocked_by_staff
            changed.append(tag)
    Tag.objects.bulk_update(changed, ["topic", "is_blocked"], batch_size=1_000)
    log.info("tags.judged", workspace_id=workspace_id, changed=len(changed))
    return sorted(changed, key=lambda tag: tag.key)


def _topic(key: str, names: Mapping[str, Any], lifted: Collection[str]) -> str:
    return topic_of((key, *map(str, names.values())), lifted)


def set_lifted_topics(*, workspace: Workspace, topics: Collection[str]) -> None:
    """Say which sensitive topics portraits of this workspace may speak of. Changes no tag yet.

    Raises InvalidError for a topic that there is not, and for any where health is not the trade.
    """
    check_lifted(workspace.scenario, topics)
    workspace.lifted_topics = sorted(set(topics))
    workspace.save(update_fields=["lifted_topics"])
    log.info("topics.lifted", workspace=workspace.name, topics=workspace.lifted_topics)


def check_lifted(scenario: str, topics: Collection[str]) -> None:
    """Raise InvalidError where a workspace of this scenario may not lift these topics."""
    unknown = sorted(set(topics) - set(TOPICS))
    if unknown:
        raise InvalidError(
            f"There is no topic {unknown[0]!r}; there are {', '.join(TOPICS)}.",
            field="lifted_topics",
            value=unknown[0],
        )
    if topics and scenario != Scenario.HEALTH:
        raise InvalidError(
            "Only a workspace whose scenario is health may lift sensitive topics.",
            field="lifted_topics",
        )
