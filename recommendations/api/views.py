"""HTTP for slates: parse, one call, answer."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WorkspaceView, workspace_of
from accounts.scopes import Scope
from catalog.queries.items import get_item
from core.pagination import whole_number
from core.parsers import object_of
from recommendations.api.serializers import (
    CheckedOut,
    ImpressionsIn,
    OutcomeOut,
    OutcomesOut,
    RecordedOut,
    SimilarItemsOut,
    SlateOut,
    SlateRequestIn,
)
from recommendations.checks import strings
from recommendations.engine.rates import rate_of
from recommendations.queries.outcomes import Outcome, list_outcomes
from recommendations.queries.similar import similar_items
from recommendations.queries.slates import get_slate
from recommendations.rows import ServedSlate, SlateRequest
from recommendations.services import serving
from recommendations.services.checking import check_request
from recommendations.services.outcomes import record_impressions
from recommendations.wording import sentence_of

SIMILAR_LENGTH, LONGEST_SIMILAR = 10, 50
LONGEST_DAYS = 90
DAYS = OpenApiParameter("days", int, description=f"How far back, at most {LONGEST_DAYS}.")
LENGTH = OpenApiParameter("length", int, description=f"At most {LONGEST_SIMILAR}.")


class RecommendationsView(WorkspaceView):
    """Slates."""

    scopes = {"POST": Scope.RECOMMENDATIONS_READ}

    @extend_schema(request=SlateRequestIn, responses=SlateOut)
    def post(self, request: Request) -> Response:
        """Make a slate, with its reasons and with warnings where it is short or impersonal."""
        asked = SlateRequest.parse(object_of(request.data))
        slate = serving.recommend(
            workspace=workspace_of(request), request=asked, now=timezone.now()
        )
        return Response(_worded(slate, asked.language))


class ValidateView(WorkspaceView):
    """Requests for slates, checked."""

    scopes = {"POST": Scope.RECOMMENDATIONS_READ}

    @extend_schema(request=SlateRequestIn, responses=CheckedOut)
    def post(self, request: Request) -> Response:
        """Say whether a request can be used, and what its filters and boosts would match."""
        checked = check_request(
            workspace=workspace_of(request), body=object_of(request.data), now=timezone.now()
        )
        return Response(CheckedOut(checked).data)


class NextSlateView(WorkspaceView):
    """The following page of a slate."""

    scopes = {"POST": Scope.RECOMMENDATIONS_READ}

    @extend_schema(request=None, responses=SlateOut)
    def post(self, request: Request, slate_id: UUID) -> Response:
        """Make the next page; nothing that an earlier page held comes again."""
        workspace = workspace_of(request)
        language = str(get_slate(workspace, slate_id).query.get("language", ""))
        slate = serving.next_slate(workspace=workspace, slate_id=slate_id, now=timezone.now())
        return Response(_worded(slate, language))


class ImpressionsView(WorkspaceView):
    """What was seen of a slate."""

    scopes = {"POST": Scope.INTERACTIONS_WRITE}

    @extend_schema(request=ImpressionsIn, responses=RecordedOut)
    def post(self, request: Request, slate_id: UUID) -> Response:
        """Say that items of the slate were seen; sent twice, they count once."""
        slate = get_slate(workspace_of(request), slate_id)
        named = object_of(request.data).get("items")
        items = None if named is None else strings("items", named)
        recorded = record_impressions(slate=slate, items=items, now=timezone.now())
        return Response({"recorded": recorded})


class OutcomesView(WorkspaceView):
    """What slates led to."""

    scopes = {"GET": Scope.RECOMMENDATIONS_READ}

    @extend_schema(parameters=[DAYS], responses=OutcomesOut)
    def get(self, request: Request) -> Response:
        """List impressions, clicks and likings by placement and day, with their rates.

        What one user sees hangs together, so the intervals count users.
        """
        days = whole_number(request.query_params, "days", default=14, most=LONGEST_DAYS)
        since = timezone.now() - timedelta(days=days)
        found = list_outcomes(workspace_of(request).pk, since=since)
        return Response({"results": [_rated(one) for one in found if one.day]})


def _rated(one: Outcome) -> dict[str, Any]:
    return OutcomeOut(
        {
            "placement": one.placement,
            "day": one.day,
            "shown": one.seen.shown,
            "clicked": one.seen.clicked.hits,
            "positive": one.seen.positive.hits,
            "click_rate": rate_of(one.seen.clicked)._asdict(),
            "positive_rate": rate_of(one.seen.positive)._asdict(),
        }
    ).data


class SimilarView(WorkspaceView):
    """What goes with an item."""

    scopes = {"GET": Scope.ITEMS_READ}

    @extend_schema(parameters=[LENGTH], responses=SimilarItemsOut)
    def get(self, request: Request, external_id: str) -> Response:
        """List the available items that go with this one, the closest first."""
        item = get_item(workspace_of(request), external_id)
        length = whole_number(
            request.query_params, "length", default=SIMILAR_LENGTH, most=LONGEST_SIMILAR
        )
        found = similar_items(item, length=length, now=timezone.now())
        return Response(SimilarItemsOut({"results": found}).data)


def _worded(slate: ServedSlate, language: str) -> dict[str, Any]:
    """Return the envelope with each reason also as a sentence."""
    envelope = slate.as_json()
    for item in envelope["items"]:
        for reason in item["reasons"]:
            reason["sentence"] = sentence_of(reason, language)
    return envelope
