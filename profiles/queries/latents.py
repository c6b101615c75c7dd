"""Why there are guesses in a workspace, or none."""

from profiles.models import LatentTrial


def last_trial(workspace_id: int) -> LatentTrial | None:
    """Return the newest trial of guesses, if there was one. One query."""
    trials = LatentTrial.objects.filter(workspace_id=workspace_id)
    return trials.order_by("-made_at", "-pk").first()
