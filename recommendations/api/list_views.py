"""HTTP for lists beside “for you”, and for playlists."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WorkspaceView, workspace_of
from accounts.scopes import Scope
from core.parsers import object_of
from recommendations.api.list_serializers import ListsOut, ListsRequestIn, PlaylistRequestIn
from recommendations.api.serializers import SlateOut
from recommendations.lists import ListsRequest, PlaylistRequest, ServedList
from recommendations.services.lists import make_lists
from recommendations.services.playlists import make_playlist
from recommendations.wording import heading_of, worded


class ListsView(WorkspaceView):
    """Lists that are each about one thing."""

    scopes = {"POST": Scope.RECOMMENDATIONS_READ}

    @extend_schema(request=ListsRequestIn, responses=ListsOut)
    def post(self, request: Request) -> Response:
        """Make lists because of what the user liked, and of what is liked, rises or is new."""
        asked = ListsRequest.parse(object_of(request.data))
        served = make_lists(workspace=workspace_of(request), request=asked, now=timezone.now())
        return Response(
            {
                "results": [_listed(one, asked.language) for one in served.lists],
                "warnings": [asdict(one) for one in served.warnings],
            }
        )


class PlaylistsView(WorkspaceView):
    """Lists that are gone through in order."""

    scopes = {"POST": Scope.RECOMMENDATIONS_READ}

    @extend_schema(request=PlaylistRequestIn, responses=SlateOut)
    def post(self, request: Request) -> Response:
        """Make a playlist: it begins with the best match, and each item is close to the next."""
        asked = PlaylistRequest.parse(object_of(request.data))
        slate = make_playlist(workspace=workspace_of(request), request=asked, now=timezone.now())
        return Response(worded(slate, asked.language))


def _listed(one: ServedList, language: str) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "heading": heading_of(one.kind, one.about, language),
        "about": one.about,
        "slate": worded(one.slate, language),
    }
