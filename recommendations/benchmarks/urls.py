"""What the measured server answers: the real slates, and nothing, behind the same key."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WorkspaceView
from accounts.scopes import Scope
from recommendations.api.views import RecommendationsView


class EmptyView(WorkspaceView):
    """Answers nothing: what a request costs before any work is done."""

    scopes = {"POST": Scope.RECOMMENDATIONS_READ}

    def post(self, request: Request) -> Response:
        """Answer an empty object."""
        return Response({})


urlpatterns = [
    path("api/v1/recommendations", RecommendationsView.as_view(), name="recommendations"),
    path("empty", EmptyView.as_view(), name="empty"),
]
