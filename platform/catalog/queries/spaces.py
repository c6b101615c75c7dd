"""Which vector spaces a workspace has."""

from pathlib import PurePath

from django.db.models import Q

from catalog.models import Space
from catalog.queries.trained import wanted_encoder


def find_active_space(workspace_id: int) -> Space | None:
    """Return the space that serves, if there is one. One query."""
    return Space.objects.filter(workspace_id=workspace_id, state=Space.State.ACTIVE).first()


def find_target_space(workspace_id: int) -> Space | None:
    """Return the space that is to hold a vector of every text: the wanted encoder's.

    One that is being filled comes before the one that serves. None until a worker has loaded
    that encoder and told its revision. Two queries.
    """
    wanted = Space.objects.filter(
        workspace_id=workspace_id, encoder=PurePath(wanted_encoder(workspace_id)).name
    ).exclude(state=Space.State.RETIRED)
    return (
        wanted.alias(is_filling=Q(state=Space.State.BUILDING))
        .order_by("-is_filling", "-pk")
        .first()
    )


def find_space_beside(workspace_id: int) -> Space | None:
    """Return the space that serves while another is being filled to take over. Three queries.

    None where no switch is under way.
    """
    target = find_target_space(workspace_id)
    if target is None or target.state == Space.State.ACTIVE:
        return None
    return find_active_space(workspace_id)
