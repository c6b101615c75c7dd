"""What every view of the API shares: a key's workspace, the scopes, and the body's bounds."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import Account, ApiKey, Workspace
from accounts.scopes import Scope
from core.pagination import LARGEST_PAGE_ROWS
from core.parsers import BoundedJsonParser

CURSOR = OpenApiParameter("cursor", str, description="`next_cursor` of the page before.")
LIMIT = OpenApiParameter("limit", int, description=f"Rows a page, at most {LARGEST_PAGE_ROWS}.")

# For what is described at another address.
HIDDEN = extend_schema(exclude=True)


class WorkspaceView(APIView):
    """A view for the programs of one workspace; `scopes` says what each method needs."""

    scopes: ClassVar[dict[str, Scope]]
    parser_classes = [BoundedJsonParser]


def workspace_of(request: Request) -> Workspace:
    """Return the workspace of the key that the request came with."""
    return _key_of(request).workspace


def account_of(request: Request) -> Account | None:
    """Return the account that made the key, which answers for what the key does."""
    return _key_of(request).created_by


def _key_of(request: Request) -> ApiKey:
    key = request.auth
    assert isinstance(key, ApiKey)  # the permission saw to it
    return key
