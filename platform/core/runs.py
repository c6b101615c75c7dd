"""Looking up long jobs."""

from uuid import UUID

from core.errors import NotFoundError
from core.models import JobRun


def get_job(workspace_id: int, job_id: UUID) -> JobRun:
    """Return a job of the workspace, or raise NotFoundError. One query."""
    job = JobRun.objects.filter(workspace_id=workspace_id, pk=job_id).first()
    if job is None:
        raise NotFoundError(f"There is no job {job_id} here.", job=str(job_id))
    return job
