"""What every view of the API shares: a key's workspace, the scopes, and the body's bounds."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiKey, Workspace
from accounts.scopes import Scope
from core.parsers import BoundedJsonParser


class WorkspaceView(APIView):
    """A view for the programs of one workspace; `scopes` says what each method needs."""

    scopes: ClassVar[dict[str, Scope]]
    parser_classes = [BoundedJsonParser]


def workspace_of(request: Request) -> Workspace:
    """Return the workspace of the key that the request came with; the permission saw to one."""
    key = request.auth
    assert isinstance(key, ApiKey)
    return key.workspace
