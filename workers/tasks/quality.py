"""Looking over a workspace's data, when somebody asks for it."""

from accounts.models import Workspace
from core.jobs import Job
from profiles.services import quality
from workers.registry import task_for


@task_for(Job.QUALITY)
def look_over(workspace_id: int) -> bool:
    """Make a report of the workspace's data. Returns whether there still is one to look at."""
    if not Workspace.objects.filter(pk=workspace_id).exists():
        return False  # deleted while the message was on its way
    quality.look_over(workspace_id)
    return True
