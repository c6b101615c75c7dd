"""HTTP for a workspace's jobs."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WorkspaceView, workspace_of
from accounts.scopes import Scope
from core.models import JobRun
from core.runs import get_job


class JobOut(serializers.ModelSerializer[JobRun]):
    """A long job and how far it has come; `total` is null where that is not known."""

    class Meta:
        model = JobRun
        fields = [
            "id",
            "name",
            "state",
            "done",
            "total",
            "message",
            "result",
            "created_at",
            "started_at",
            "finished_at",
        ]


class JobView(WorkspaceView):
    """One long job."""

    scopes = {"GET": Scope.JOBS_READ}

    @extend_schema(responses=JobOut)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return the job's state and progress."""
        return Response(JobOut(get_job(workspace_of(request).pk, job_id)).data)
