"""A partner's program: it calls the API with its key and keeps no other state."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.test import Client

from accounts.models import Workspace
from accounts.scopes import Scope
from accounts.services.keys import issue_key

ALL = tuple(scope.value for scope in Scope)


class Caller:
    """Calls `/api/v1/` as one key of one workspace; mistakes of ours come back as answers."""

    def __init__(self, workspace: Workspace | None, scopes: Iterable[str] = ALL) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if workspace is not None:
            self.key, plain = issue_key(workspace=workspace, name="a test", scopes=scopes)
            self.headers["Authorization"] = f"Bearer {plain}"

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> HttpResponse:
        """Call `path` under the API with a JSON body."""
        if body is not None:
            more |= {"data": body, "content_type": "application/json"}
        call = getattr(self.client, method.lower())
        return call(f"/api/v1/{path}", headers=self.headers | more.pop("headers", {}), **more)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.call("GET", path, query_params=query)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        return self.call("POST", path, {} if body is None else body)

    def put(self, path: str, body: Any) -> HttpResponse:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.call("DELETE", path)


def encoded(external_id: str) -> str:
    """Return an id as it stands in an address: every reserved character percent-encoded."""
    return quote(external_id, safe="")
