"""Looking over a workspace's data, when somebody asks for it."""

from core.jobs import Job
from core.orders import taken_up
from core.progress import finish_job
from profiles.services import quality
from workers.registry import task_for


@task_for(Job.QUALITY)
def look_over(order_id: str) -> bool:
    """Make the report that was ordered. Returns whether it was made: another may be at it."""
    with taken_up(order_id) as run:
        if run is None:
            return False
        report = quality.look_over(run.workspace_id)
        finish_job(run.pk, result={"report": report.pk})
        return True
