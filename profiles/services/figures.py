"""Keep the figures of a portrait beside its statements."""

from collections.abc import Sequence

from profiles.models import Profile
from profiles.queries.deeds import deeds_of, figures_from
from profiles.queries.reasoning import Reasoned


def store_figures(workspace_id: int, reasoned: Reasoned, user_ids: Sequence[int]) -> None:
    """Write the behaviour and sentiment of these users. Two queries."""
    deeds = deeds_of(reasoned)
    Profile.objects.bulk_create(
        [
            Profile(
                workspace_id=workspace_id,
                user_id=user_id,
                **figures_from(reasoned, deeds, user_id),
            )
            for user_id in user_ids
        ],
        batch_size=5_000,
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["behaviour", "sentiment", "updated_at"],
    )
