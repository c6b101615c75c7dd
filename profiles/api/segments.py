"""HTTP for segments and who stands in them."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CURSOR, LIMIT, WorkspaceView, workspace_of
from accounts.scopes import Scope
from core.pagination import page_of, window_of
from profiles.api.serializers import MemberOut, MemberPageOut, SegmentOut, SegmentPageOut
from profiles.queries.members import members_of
from profiles.queries.segments import get_segment, list_segments


class SegmentsView(WorkspaceView):
    """The workspace's segments."""

    scopes = {"GET": Scope.PROFILES_READ}

    @extend_schema(parameters=[CURSOR, LIMIT], responses=SegmentPageOut)
    def get(self, request: Request) -> Response:
        """List the segments that have members, by number."""
        segments, window = list_segments(workspace_of(request).pk), window_of(request.query_params)
        page = page_of(segments, window, order=["number"], name="segments")
        results = SegmentOut(page.rows, many=True).data
        return Response({"results": results, "next_cursor": page.next_cursor})


class MembersView(WorkspaceView):
    """The users of a segment."""

    scopes = {"GET": Scope.PROFILES_READ}

    @extend_schema(parameters=[CURSOR, LIMIT], responses=MemberPageOut)
    def get(self, request: Request, number: int) -> Response:
        """List a segment's users, the most typical first."""
        segment = get_segment(workspace_of(request).pk, number)
        page = page_of(
            members_of(segment),
            window_of(request.query_params),
            order=["segment_distance", "pk"],
            name=f"members of {segment.pk}",
        )
        results = MemberOut(page.rows, many=True).data
        return Response({"results": results, "next_cursor": page.next_cursor})
