"""HTTP for items and tags: parse, one call, answer."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import CURSOR, LIMIT, WorkspaceView, workspace_of
from accounts.scopes import Scope
from catalog.api.serializers import ItemIn, ItemOut, TagOut, TagPageOut
from catalog.queries.items import get_item
from catalog.queries.vocabulary import list_tags
from catalog.rows import ItemIn as ItemRow
from catalog.services.amend import amend_item
from catalog.services.items import upsert_items
from core.batches import answer_row
from core.pagination import page_of, window_of
from core.parsers import object_of, with_id


class ItemView(WorkspaceView):
    """One item, by the partner's id. Who stands above adds its deletion."""

    scopes = {
        "GET": Scope.ITEMS_READ,
        "PUT": Scope.ITEMS_WRITE,
        "PATCH": Scope.ITEMS_WRITE,
    }

    @extend_schema(responses=ItemOut)
    def get(self, request: Request, external_id: str) -> Response:
        """Return the item, with the tags that were found in it."""
        return Response(ItemOut(get_item(workspace_of(request), external_id)).data)

    @extend_schema(request=ItemIn, responses={200: ItemOut, 201: ItemOut})
    def put(self, request: Request, external_id: str) -> Response:
        """Make the item say exactly this; one that is not there is made."""
        row = ItemRow.parse(with_id(object_of(request.data), external_id))
        result = upsert_items(workspace=workspace_of(request), rows=[row])[0]
        answer_row(result)
        item = get_item(workspace_of(request), row.id)
        return Response(ItemOut(item).data, status=201 if result.status == "created" else 200)

    @extend_schema(request=ItemIn, responses=ItemOut)
    def patch(self, request: Request, external_id: str) -> Response:
        """Change the fields that are sent and keep the others; null empties a field."""
        changes = with_id(object_of(request.data), external_id)
        workspace = workspace_of(request)
        answer_row(amend_item(workspace=workspace, external_id=external_id, changes=changes))
        return Response(ItemOut(get_item(workspace, external_id)).data)


class TagsView(WorkspaceView):
    """The workspace's vocabulary."""

    scopes = {"GET": Scope.ITEMS_READ}

    @extend_schema(parameters=[CURSOR, LIMIT], responses=TagPageOut)
    def get(self, request: Request) -> Response:
        """List the tags by key, a page at a time."""
        tags = list_tags(workspace_of(request))
        page = page_of(tags, window_of(request.query_params), order=["key"], name="tags")
        results = TagOut(page.rows, many=True).data
        return Response({"results": results, "next_cursor": page.next_cursor})
