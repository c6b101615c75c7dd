"""HTTP for items where interactions hang on them: deletion, and batches beside it."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.api.views
from accounts.api.base import HIDDEN, workspace_of
from accounts.scopes import Scope
from catalog.api.serializers import ItemIn
from catalog.rows import ItemIn as ItemRow
from catalog.services.items import upsert_items
from core.batches import BatchOut, answer_rows, take_rows
from core.errors import NotFoundError
from core.parsers import rows_of
from core.schema import RowsIn
from profiles.services.interactions import delete_item


class ItemView(catalog.api.views.ItemView):
    """One item, by the partner's id."""

    scopes = catalog.api.views.ItemView.scopes | {"DELETE": Scope.ITEMS_WRITE}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, external_id: str) -> Response:
        """Remove the item, what users did with it, and all that was derived from it."""
        if not delete_item(workspace=workspace_of(request), external_id=external_id):
            raise NotFoundError(f"There is no item {external_id!r} here.", item=external_id)
        return Response(status=204)


@extend_schema_view(get=HIDDEN, put=HIDDEN, patch=HIDDEN, delete=HIDDEN)
class ItemBatchView(ItemView):
    """Many items in one request. An item whose id is "batch" has its own address here too."""

    scopes = ItemView.scopes | {"POST": Scope.ITEMS_WRITE}

    @extend_schema(request=RowsIn(ItemIn, "items"), responses={200: BatchOut, 207: BatchOut})
    def post(self, request: Request, external_id: str) -> Response:
        """Store up to 1,000 items; each row is answered for itself."""
        workspace = workspace_of(request)
        results = take_rows(
            rows_of(request.data, "items"),
            parse=ItemRow.parse,
            store=lambda rows: upsert_items(workspace=workspace, rows=rows),
        )
        return answer_rows(results)
