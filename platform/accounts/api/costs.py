"""HTTP for what a workspace's stages have cost."""

from datetime import UTC, date, timedelta

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WorkspaceView, workspace_of
from accounts.scopes import Scope
from core.costs import Cost, list_costs
from core.errors import InvalidError

USUAL_DAYS, MOST_DAYS = 14, 366
# There is a day before and after each of these, in whatever time zone.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)
SINCE = OpenApiParameter(
    "since", OpenApiTypes.DATE, description=f"First day, in UTC; {USUAL_DAYS} days if left out."
)
UNTIL = OpenApiParameter(
    "until", OpenApiTypes.DATE, description="Last day, in UTC; today if left out."
)


class CostOut(serializers.Serializer[Cost]):
    """What one stage did with one model on one day; `model` is empty for stages without one."""

    day = serializers.DateField(help_text="In UTC.")
    stage = serializers.CharField()
    model = serializers.CharField()
    rows = serializers.IntegerField()
    tokens = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="Of work, over all workers.")
    batches = serializers.IntegerField()


class CostsOut(serializers.Serializer[dict[str, object]]):
    """The costs of some days, in order of day, stage and model."""

    since = serializers.DateField()
    until = serializers.DateField()
    results = CostOut(many=True)


class CostsView(WorkspaceView):
    """What the stages have cost."""

    scopes = {"GET": Scope.COSTS_READ}

    @extend_schema(parameters=[SINCE, UNTIL], responses=CostsOut)
    def get(self, request: Request) -> Response:
        """Return seconds, tokens and rows by day, stage and model, of at most 366 days."""
        until = _day(request, "until") or timezone.now().astimezone(UTC).date()
        since = _day(request, "since") or until - timedelta(days=USUAL_DAYS - 1)
        if not timedelta(0) <= until - since < timedelta(days=MOST_DAYS):
            raise InvalidError(
                f"From since to until there are between 1 and {MOST_DAYS} days.",
                field="since",
                value=str(since),
            )
        found = list_costs(workspace_of(request).pk, since=since, until=until)
        return Response(CostsOut({"since": since, "until": until, "results": found}).data)


def _day(request: Request, name: str) -> date | None:
    """Return a day that was asked for, or None. Raises InvalidError for what is none."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidError(f"{name} is a day such as 2026-03-31.", field=name, value=text) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        told = f"{name} is a day from {FIRST_DAY} to {LAST_DAY}."
        raise InvalidError(told, field=name, value=text)
    return day
