"""HTTP for slates: parse, one call, answer."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WorkspaceView, workspace_of
from accounts.scopes import Scope
from catalog.queries.items import get_item
from core.errors import InvalidError
from core.parsers import object_of
from recommendations.api.serializers import SimilarItemsOut, SlateOut, SlateRequestIn
from recommendations.queries.similar import similar_items
from recommendations.rows import SlateRequest
from recommendations.services import serving

SIMILAR_LENGTH, LONGEST_SIMILAR = 10, 50
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
        return Response(slate.as_json())


class NextSlateView(WorkspaceView):
    """The following page of a slate."""

    scopes = {"POST": Scope.RECOMMENDATIONS_READ}

    @extend_schema(request=None, responses=SlateOut)
    def post(self, request: Request, slate_id: UUID) -> Response:
        """Make the next page; nothing that an earlier page held comes again."""
        slate = serving.next_slate(
            workspace=workspace_of(request), slate_id=slate_id, now=timezone.now()
        )
        return Response(slate.as_json())


class SimilarView(WorkspaceView):
    """What goes with an item."""

    scopes = {"GET": Scope.ITEMS_READ}

    @extend_schema(parameters=[LENGTH], responses=SimilarItemsOut)
    def get(self, request: Request, external_id: str) -> Response:
        """List the available items that go with this one, the closest first."""
        item = get_item(workspace_of(request), external_id)
        found = similar_items(item, length=_length_of(request), now=timezone.now())
        return Response(SimilarItemsOut({"results": found}).data)


def _length_of(request: Request) -> int:
    given = request.query_params.get("length", str(SIMILAR_LENGTH))
    is_whole = given.isascii() and given.isdigit() and len(given) < 5
    if not is_whole or not 1 <= int(given) <= LONGEST_SIMILAR:
        raise InvalidError(
            f"length is a whole number from 1 to {LONGEST_SIMILAR}, not {given!r}.",
            field="length",
            value=given[:80],
        )
    return int(given)
