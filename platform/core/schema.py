"""What the description of the API shares: refusals, batches, and bounds that others cannot say."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from core.api import CONTENT_TYPE
from core.parsers import LARGEST_BATCH_ROWS

API = "/api/"


class ProblemField(serializers.Serializer[Any]):
    """One thing that is wrong with what was sent; `field` is a dotted path."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    value = serializers.JSONField(required=False)


class Problem(serializers.Serializer[Any]):
    """A refusal (RFC 9457). `code` is promised; more fields may name what it is about."""

    type = serializers.CharField(help_text="Where the code is explained.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people; not promised.")
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = ProblemField(  # type: ignore[assignment] # what the wire calls it
        many=True, required=False
    )
    retry_after = serializers.IntegerField(required=False, help_text="Seconds.")


def refusal(description: str) -> OpenApiResponse:
    """Return what a view declares for a refusal of its own, beside those of every view."""
    return OpenApiResponse(Problem, description)


class RefusingSchema(AutoSchema):
    """Describes an operation with the refusals that it may answer with."""

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        body: dict[str, Any] | None = super()._get_request_body(  # type: ignore[no-untyped-call] # it has none
            direction
        )
        if body is not None and isinstance(self.get_request_serializer(), RowsIn):
            body["required"] = True  # its component is two alternatives, which are not looked into
        return body

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        described: dict[str, Any] = dict(super()._get_response_bodies(direction))
        if not self.path.startswith(API):
            return described
        answer: Callable[..., Any] = self._get_response_for_code
        for status, description in self._refusals():
            described.setdefault(
                status, answer(refusal(description), status, [CONTENT_TYPE], direction)
            )
        return dict(sorted(described.items()))

    def _refusals(self) -> Iterator[tuple[str, str]]:
        yield "400", "What was sent cannot be used."
        if self.view.authentication_classes:
            yield "401", "There is no key, or it does not open anything any more."
            yield "403", "The key does not carry the scope."
        if "{" in self.path and self.method != "PUT":  # which makes what is not there
            yield "404", "There is no such thing in the key's workspace."
        if self.method in {"POST", "PUT", "PATCH"}:
            yield "413", "The body is larger than 5 MiB, or has too many rows."
            yield "415", "The body is not JSON."
        yield "503", "Not ready: try again after the seconds in Retry-After."


@extend_schema_field(
    {"type": "number", "format": "double", "minimum": 0, "exclusiveMinimum": True, "maximum": 1}
)
class StrengthField(serializers.FloatField):
    """How strongly something is liked or disliked: above 0, at most 1."""


class RowsIn(serializers.Serializer[Any]):
    """Up to 1,000 rows: their list, or an object that carries the list under `name`."""

    def __init__(self, row: type[serializers.Serializer[Any]], name: str) -> None:
        super().__init__()
        self.row, self.name = row, name


class RowsInSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # its base registers it
    """Describes both forms of a batch."""

    target_class = RowsIn

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        """Return the name of the batch's component, made of its row's."""
        return f"{self.target.row.__name__.removesuffix('In')}BatchIn"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the two forms as alternatives."""
        row: Mapping[str, Any] = auto_schema.resolve_serializer(self.target.row, direction).ref
        rows = {"type": "array", "items": row, "maxItems": LARGEST_BATCH_ROWS}
        name = self.target.name
        carried = {"type": "object", "properties": {name: rows}, "required": [name]}
        return {"oneOf": [rows, carried]}
