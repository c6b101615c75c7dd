"""HTTP for users and what they did: parse, one call, answer."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import HIDDEN, WorkspaceView, workspace_of
from accounts.scopes import Scope
from core.batches import BatchOut, answer_row, answer_rows, take_rows
from core.errors import NotFoundError
from core.parsers import object_of, rows_of, with_id
from core.schema import RowsIn
from profiles.api.serializers import ErasureOut, InteractionIn, UserIn, UserOut
from profiles.queries.users import get_user
from profiles.rows import InteractionIn as InteractionRow
from profiles.rows import UserIn as UserRow
from profiles.services.amend import amend_user
from profiles.services.corrections import erase, export
from profiles.services.interactions import delete_interaction, record_interactions
from profiles.services.people import upsert_users


class UserView(WorkspaceView):
    """One user, by the partner's id."""

    scopes = {
        "PUT": Scope.USERS_WRITE,
        "PATCH": Scope.USERS_WRITE,
        "DELETE": Scope.USERS_ERASE,
    }

    @extend_schema(request=UserIn, responses={200: UserOut, 201: UserOut})
    def put(self, request: Request, external_id: str) -> Response:
        """Make the user say exactly this; one that is not there is made."""
        row = UserRow.parse(with_id(object_of(request.data), external_id))
        result = upsert_users(workspace=workspace_of(request), rows=[row])[0]
        answer_row(result)
        user = get_user(workspace_of(request), row.id)
        return Response(UserOut(user).data, status=201 if result.status == "created" else 200)

    @extend_schema(request=UserIn, responses=UserOut)
    def patch(self, request: Request, external_id: str) -> Response:
        """Change the fields that are sent and keep the others; null empties a field."""
        changes = with_id(object_of(request.data), external_id)
        workspace = workspace_of(request)
        answer_row(amend_user(workspace=workspace, external_id=external_id, changes=changes))
        return Response(UserOut(get_user(workspace, external_id)).data)

    @extend_schema(responses=ErasureOut)
    def delete(self, request: Request, external_id: str) -> Response:
        """Erase the user and everything that exists because of them; the answer is the receipt."""
        user = get_user(workspace_of(request), external_id)
        receipt = {"user": external_id, "rows": erase(user=user), "erased_at": timezone.now()}
        return Response(ErasureOut(receipt).data)


@extend_schema_view(put=HIDDEN, patch=HIDDEN, delete=HIDDEN)
class UserBatchView(UserView):
    """Many users in one request. A user whose id is "batch" has its own address here too."""

    scopes = UserView.scopes | {"POST": Scope.USERS_WRITE}

    @extend_schema(request=RowsIn(UserIn, "users"), responses={200: BatchOut, 207: BatchOut})
    def post(self, request: Request, external_id: str) -> Response:
        """Store up to 1,000 users; each row is answered for itself."""
        workspace = workspace_of(request)
        results = take_rows(
            rows_of(request.data, "users"),
            parse=UserRow.parse,
            store=lambda rows: upsert_users(workspace=workspace, rows=rows),
        )
        return answer_rows(results)


class ExportView(WorkspaceView):
    """All that is held about a user."""

    scopes = {"GET": Scope.USERS_EXPORT}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, external_id: str) -> Response:
        """Return every row about the user, by kind of row."""
        user = get_user(workspace_of(request), external_id)
        return Response(
            {"user": external_id, "rows": export(user)},
            headers={"Content-Disposition": 'attachment; filename="export.json"'},
        )


class InteractionsView(WorkspaceView):
    """What users did."""

    scopes = {"POST": Scope.INTERACTIONS_WRITE}

    @extend_schema(
        request=RowsIn(InteractionIn, "interactions"), responses={200: BatchOut, 207: BatchOut}
    )
    def post(self, request: Request) -> Response:
        """Record up to 1,000 interactions; sending one again changes nothing."""
        workspace, now = workspace_of(request), timezone.now()
        results = take_rows(
            rows_of(request.data, "interactions"),
            parse=InteractionRow.parse,
            store=lambda rows: record_interactions(workspace=workspace, rows=rows, now=now),
            named=_name_of,
        )
        return answer_rows(results)


class InteractionView(WorkspaceView):
    """One thing that a user did, by its event id."""

    scopes = {"DELETE": Scope.INTERACTIONS_WRITE}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, event_id: str) -> Response:
        """Remove it, what was read in its text, and all that the portrait made of it.

        One that was sent without an event id is named by its `event_key`, as an export shows it.
        """
        if not delete_interaction(workspace=workspace_of(request), event_id=event_id):
            raise NotFoundError(f"There is no interaction {event_id!r} here.", event_id=event_id)
        return Response(status=204)


def _name_of(row: Any) -> Any:
    """Return what an interaction that cannot be read is called in the answer."""
    return row.get("event_id") or f"{row.get('user')} {row.get('kind')} {row.get('item')}"
