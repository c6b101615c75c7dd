"""Spaces are opened, filled in the background, and take over once they are full."""

import structlog
from django.db import transaction

from catalog.models import Space

log = structlog.get_logger(__name__)


@transaction.atomic
def ensure_space(*, workspace_id: int, encoder: str, revision: str, dimensions: int) -> Space:
    """Return the workspace's space of this encoder, opened where it is new or was retired.

    The first space serves at once. A later one is filled beside the serving one, which goes on
    serving until `activate` is called. One space is filled at a time: another that was being
    filled is given up, and keeps what it has until it is wanted again.
    """
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
    spaces = _lock(workspace_id)
    space = next(row for row in spaces if (row.encoder, row.revision) == (encoder, revision))
    others = [row.pk for row in spaces if row.pk != space.pk and row.state == Space.State.BUILDING]
    Space.objects.filter(pk__in=others).update(state=Space.State.RETIRED)
    if space.state == Space.State.RETIRED:
        space.state = Space.State.BUILDING
        space.save(update_fields=["state"])
    if all(row.state != Space.State.ACTIVE for row in spaces):
        activate(space=space)
    return space


@transaction.atomic
def activate(*, space: Space) -> bool:
    """Let a space serve and retire the one that did. Returns whether anything changed."""
    spaces = _lock(space.workspace_id)
    if any(each.pk == space.pk and each.state == Space.State.ACTIVE for each in spaces):
        return False
    Space.objects.filter(workspace_id=space.workspace_id, state=Space.State.ACTIVE).update(
        state=Space.State.RETIRED
    )
    Space.objects.filter(pk=space.pk).update(state=Space.State.ACTIVE)
    space.state = Space.State.ACTIVE
    log.info("space.activated", workspace_id=space.workspace_id, space=space.name)
    return True


def _lock(workspace_id: int) -> list[Space]:
    """Return the workspace's spaces, locked in the order of their keys."""
    spaces = Space.objects.select_for_update(no_key=True).filter(workspace_id=workspace_id)
    return list(spaces.order_by("pk"))
