"""HTTP for experiments: planned, started, stopped, and what came of them."""

from typing import Any, Literal

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CURSOR, LIMIT, WorkspaceView, workspace_of
from accounts.scopes import Scope
from core.pagination import page_of, window_of
from core.parsers import object_of
from recommendations.api.experiment_serializers import (
    ExperimentIn,
    ExperimentOut,
    ExperimentPageOut,
    ExperimentResultsOut,
)
from recommendations.engine.metrics import Interval
from recommendations.experiments import ExperimentIn as Given
from recommendations.models import Experiment
from recommendations.queries.experiments import get_experiment, list_experiments
from recommendations.services.outcomes import (
    ArmResult,
    plan_experiment,
    results_of,
    start_experiment,
    stop_experiment,
)

CHANGES = {"start": start_experiment, "stop": stop_experiment}


class ExperimentsView(WorkspaceView):
    """The workspace's experiments."""

    scopes = {"GET": Scope.RECOMMENDATIONS_READ, "POST": Scope.EXPERIMENTS_WRITE}

    @extend_schema(
        operation_id="experiments_list",
        parameters=[CURSOR, LIMIT],
        responses=ExperimentPageOut,
    )
    def get(self, request: Request) -> Response:
        """List experiments in the order in which they were planned."""
        rows = list_experiments(workspace_of(request).pk)
        page = page_of(rows, window_of(request.query_params), order=["pk"], name="experiments")
        results = ExperimentOut(page.rows, many=True).data
        return Response({"results": results, "next_cursor": page.next_cursor})

    @extend_schema(request=ExperimentIn, responses={201: ExperimentOut})
    def post(self, request: Request) -> Response:
        """Plan an experiment; it changes nothing until it is started."""
        given = Given.parse(object_of(request.data))
        experiment = plan_experiment(workspace=workspace_of(request), given=given)
        return Response(ExperimentOut(experiment).data, status=status.HTTP_201_CREATED)


class ExperimentView(WorkspaceView):
    """One experiment."""

    scopes = {"GET": Scope.RECOMMENDATIONS_READ}

    @extend_schema(responses=ExperimentResultsOut)
    def get(self, request: Request, number: int) -> Response:
        """Read an experiment: each arm's users, impressions and rates with 95 % intervals."""
        experiment = get_experiment(workspace_of(request).pk, number)
        is_draft = experiment.state == Experiment.State.DRAFT
        results = [] if is_draft else [_result(one) for one in results_of(experiment)]
        return Response({**ExperimentOut(experiment).data, "results": results})


class ExperimentChangeView(WorkspaceView):
    """The beginning and the end of an experiment."""

    scopes = {"POST": Scope.EXPERIMENTS_WRITE}

    @extend_schema(request=None, responses=ExperimentOut)
    def post(self, request: Request, number: int, change: Literal["start", "stop"]) -> Response:
        """Start an experiment, once; or stop it, and everybody is served as before."""
        experiment = get_experiment(workspace_of(request).pk, number)
        CHANGES[change](experiment=experiment, now=timezone.now())
        return Response(ExperimentOut(experiment).data)


def _result(arm: ArmResult) -> dict[str, Any]:
    return {
        "name": arm.name,
        "users": arm.users,
        "shown": arm.shown,
        "click_rate": _rate(arm.clicked),
        "positive_rate": _rate(arm.positive),
        "click_lead": _rate(arm.clicked_lead),
        "positive_lead": _rate(arm.positive_lead),
    }


def _rate(rate: Interval | None) -> dict[str, float] | None:
    return None if rate is None else rate._asdict()
