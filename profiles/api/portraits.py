"""HTTP for portraits and the statements that they are made of."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import WorkspaceView, account_of, workspace_of
from accounts.scopes import Scope
from core import fields
from core.api import CONTENT_TYPE
from core.errors import InvalidError, NotFoundError
from core.parsers import object_of
from core.schema import refusal
from profiles.api.serializers import (
    PortraitOut,
    StatementIn,
    StatementOut,
    StatementsOut,
    UndoneOut,
)
from profiles.models import Statement
from profiles.queries.portraits import Portrait, portrait_of
from profiles.queries.statements import get_statement
from profiles.queries.users import get_user
from profiles.queries.views import StatementView
from profiles.services import corrections

# What a statement shows of its evidence, unless all of it was asked for.
BRIEF_EVIDENCE = 3

EVIDENCE = OpenApiParameter("evidence", str, enum=["brief", "full"])
LANGUAGE = OpenApiParameter(
    "language",
    str,
    description="Of names and description: en, zh; the user's own where it is left out.",
)
AS_OF = OpenApiParameter("as_of", datetime, description="The statements held at that moment.")


class ProfileView(WorkspaceView):
    """A user's portrait."""

    scopes = {"GET": Scope.PROFILES_READ}

    @extend_schema(parameters=[EVIDENCE, AS_OF, LANGUAGE], responses=PortraitOut)
    def get(self, request: Request, external_id: str) -> Response:
        """Return everything believed about the user, and why."""
        portrait = portrait_of(
            get_user(workspace_of(request), external_id),
            language=_language_of(request),
            as_of=fields.moment(request.query_params, "as_of"),
        )
        shown = {
            **portrait.as_dict(),
            "statements": _shown(portrait.facts, request),
            "latent": _shown(portrait.latent, request),
        }
        return Response(PortraitOut(shown).data)


class StatementsView(WorkspaceView):
    """A user's statements."""

    scopes = {"GET": Scope.PROFILES_READ, "POST": Scope.STATEMENTS_WRITE}

    @extend_schema(parameters=[EVIDENCE, LANGUAGE], responses=StatementsOut)
    def get(self, request: Request, external_id: str) -> Response:
        """List what is believed about the user now, the strongest first."""
        user = get_user(workspace_of(request), external_id)
        portrait = portrait_of(user, language=_language_of(request))
        shown = _shown(portrait.facts, request)
        return Response(StatementsOut({"results": shown}).data)

    @extend_schema(request=StatementIn, responses={201: StatementOut})
    def post(self, request: Request, external_id: str) -> Response:
        """Store what the user says of themselves. Saying it again changes nothing."""
        body = StatementIn(data=object_of(request.data))
        body.is_valid(raise_exception=True)
        statement = corrections.declare(
            user=get_user(workspace_of(request), external_id),
            tag_key_or_name=body.validated_data["tag"],
            polarity=body.validated_data["polarity"],
            strength=body.validated_data["strength"],
            account=account_of(request),
        )
        return Response(_found_again(statement, request), status=201)


class CorrectionView(WorkspaceView):
    """Somebody's word on a statement."""

    scopes = {"POST": Scope.STATEMENTS_WRITE}

    @extend_schema(
        request=None,
        responses={200: StatementOut, (409, CONTENT_TYPE): refusal("It holds no longer.")},
    )
    def post(self, request: Request, statement_id: int, verdict: str) -> Response:
        """Confirm, reject or pin the statement; recommendations follow at once."""
        statement = get_statement(workspace_of(request), statement_id)
        correct = {
            "confirm": corrections.confirm,
            "reject": corrections.reject,
            "pin": corrections.pin,
        }[verdict]
        correct(statement=statement, account=account_of(request))
        return Response(_found_again(statement, request))


class UndoView(WorkspaceView):
    """The last word on a statement, taken back."""

    scopes = {"POST": Scope.STATEMENTS_WRITE}

    @extend_schema(
        request=None,
        responses={200: UndoneOut, (409, CONTENT_TYPE): refusal("There is nothing to undo.")},
    )
    def post(self, request: Request, statement_id: int) -> Response:
        """Undo the last declaration, confirmation, rejection or pin; lists are as they were."""
        statement = get_statement(workspace_of(request), statement_id)
        current = corrections.undo(statement=statement)
        shown = None if current is None else _found_again(current, request)
        return Response({"statement": shown})


def _found_again(statement: Statement, request: Request) -> dict[str, Any]:
    """Return the statement as the portrait shows it now."""
    portrait: Portrait = portrait_of(
        statement.user, language=_language_of(request), with_hidden=True
    )
    views = [view for view in portrait.statements if view.id == statement.pk]
    if not views:
        raise NotFoundError("The statement was superseded meanwhile.", statement=statement.pk)
    return dict(StatementOut(_shown(views, request)[0]).data)


def _shown(views: list[StatementView] | tuple[StatementView, ...], request: Request) -> Any:
    """Return the statements as plain values, with as much evidence as was asked for."""
    wanted = request.query_params.get("evidence", "brief")
    if wanted not in {"brief", "full"}:
        raise InvalidError(
            f"evidence is brief or full, not {wanted!r}.", field="evidence", value=wanted
        )
    limit = None if wanted == "full" else BRIEF_EVIDENCE
    return [
        _plain(view) | {"evidence": view.evidence[:limit], "evidence_count": len(view.evidence)}
        for view in views
    ]


def _plain(view: StatementView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in StatementView.__slots__}


def _language_of(request: Request) -> str:
    return fields.word(request.query_params, "language", longest=16)
