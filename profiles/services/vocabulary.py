"""What staff change about the words and the weights that every portrait is drawn with."""

import structlog
from django.db import transaction
from django.db.models import Q

from catalog.models import Tag
from core.jobs import Job, enqueue
from profiles.models import AspectReading, Interaction, Kind, Statement
from profiles.services.users import raise_evidence, raise_portraits

log = structlog.get_logger(__name__)


@transaction.atomic
def tag_changed(tag: Tag) -> int:
    """Say that a tag is called, blocked or placed otherwise than before. Returns how many users.

    Due again is everybody who met the tag, spoke of it, or is believed to like or dislike it or
    a tag below it. Call it in the transaction of the change; safe to repeat.
    """
    about = Q(tag=tag) | Q(tag__parent=tag)
    current = Statement.objects.filter(about, valid_until__isnull=True)
    believed = set(current.values_list("user_id", flat=True))
    met = Interaction.objects.filter(item__item_tags__tag=tag)
    spoke = AspectReading.objects.filter(tag=tag)
    concerned = believed.union(
        met.values_list("user_id", flat=True).distinct(),
        spoke.values_list("reading__review__interaction__user_id", flat=True).distinct(),
    )
    raised = raise_evidence(concerned)
    raise_portraits(believed)
    _wake(tag.workspace_id, raised)
    log.info("tag.changed", workspace_id=tag.workspace_id, tag=tag.key, users=raised)
    return raised


@transaction.atomic
def kind_changed(kind: Kind) -> int:
    """Say that a kind of interaction weighs otherwise than before. Returns how many users.

    Due again is everybody who has an interaction of the kind. Call it in the transaction of the
    change; safe to repeat.
    """
    did = Interaction.objects.filter(workspace_id=kind.workspace_id, kind=kind)
    raised = raise_evidence(did.values_list("user_id", flat=True).distinct())
    _wake(kind.workspace_id, raised)
    log.info("kind.changed", workspace_id=kind.workspace_id, kind=kind.name, users=raised)
    return raised


def _wake(workspace_id: int, raised: int) -> None:
    if raised:
        enqueue(Job.SWEEP, workspace_id=workspace_id)
