"""Spaces are opened, filled in the background, and take over once they are full."""

import structlog
from django.db import transaction
from django.db.models import Q

from catalog.models import Space

log = structlog.get_logger(__name__)


def ensure_space(*, workspace_id: int, encoder: str, revision: str, dimensions: int) -> Space:
    """Return the workspace's space of this encoder, opened where it is new.

    The first space serves at once. A later one is filled beside the serving one, which goes on
    serving until `activate` is called.
    """
    with transaction.atomic():
        Space.objects.bulk_create(
            [
                Space(
                    workspace_id=workspace_id,
                    name=f"{encoder[:43]}@{revision[:20]}",
                    encoder=encoder,
                    revision=revision,
                    dimensions=dimensions,
                    state=Space.State.BUILDING,
                )
            ],
            ignore_conflicts=True,
        )
        space = Space.objects.get(workspace_id=workspace_id, encoder=encoder, revision=revision)
    has_active = Q(workspace_id=workspace_id, state=Space.State.ACTIVE)
    if space.state != Space.State.ACTIVE and not Space.objects.filter(has_active).exists():
        activate(space=space)
    return space


@transaction.atomic
def activate(*, space: Space) -> bool:
    """Let a space serve and retire the one that did. Returns whether anything changed."""
    spaces = list(
        Space.objects.select_for_update().filter(workspace_id=space.workspace_id).order_by("pk")
    )
    if any(each.pk == space.pk and each.state == Space.State.ACTIVE for each in spaces):
        return False
    Space.objects.filter(workspace_id=space.workspace_id, state=Space.State.ACTIVE).update(
        state=Space.State.RETIRED
    )
    Space.objects.filter(pk=space.pk).update(state=Space.State.ACTIVE)
    space.state = Space.State.ACTIVE
    log.info("space.activated", workspace_id=space.workspace_id, space=space.name)
    return True
