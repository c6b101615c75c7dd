"""How the language of filters is described to programs: a tree of conditions."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

from recommendations.filters import (
    LONGEST_VALUE,
    MOST_CONDITIONS,
    MOST_VALUES,
    OPERATORS,
    SETS,
)


class FilterField(serializers.Field[Any, Any, Any, Any]):
    """A condition on items."""


def _alone(**properties: Any) -> dict[str, Any]:
    """Describe an object that has these properties, all of them and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _bounds(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict.fromkeys(OPERATORS, value),
        "additionalProperties": False,
        "minProperties": 1,
    }


class FilterSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # its base registers it
    """Describes the language of filters, which is a tree."""

    target_class = FilterField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return a reference to the component, which refers to itself."""
        component: Any = ResolvedComponent(  # type: ignore[no-untyped-call] # it has no types
            "Filter", ResolvedComponent.SCHEMA, object="Filter"
        )
        if component not in auto_schema.registry:
            component.schema = {"oneOf": _forms(component.ref)}
            auto_schema.registry.register_on_missing(component)
        ref: dict[str, Any] = component.ref
        return ref


def _forms(itself: dict[str, Any]) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE}
    number, flag = {"type": "number"}, {"type": "boolean"}
    value = {"oneOf": [{"type": "string", "maxLength": LONGEST_VALUE}, number, flag]}
    bound = {"oneOf": [{"type": "string", "maxLength": LONGEST_VALUE}, number]}
    moment = {"type": "string", "format": "date-time"}
    some = {"type": "array", "minItems": 1, "maxItems": MOST_VALUES}
    texts = some | {"items": text}
    sets = {
        "type": "object",
        "properties": dict.fromkeys(SETS, texts),
        "additionalProperties": False,
        "minProperties": 1,
    }
    between = _bounds(bound)
    between["properties"] = {"attribute": text} | between["properties"]
    between |= {"required": ["attribute"], "minProperties": 2}
    parts = {"type": "array", "minItems": 1, "maxItems": MOST_CONDITIONS, "items": itself}
    return [
        _alone(attribute=text, eq=value),
        _with("in", some | {"items": value}, attribute=text),
        _alone(attribute=text, exists=flag),
        between,
        _alone(tags={"oneOf": [texts, sets]}),
        _alone(fields={"oneOf": [texts, sets]}),
        _alone(created=_bounds(moment)),
        _alone(available_from=_bounds(moment)),
        _alone(available_until=_bounds(moment)),
        _alone(available=_alone(at=moment)),
        _alone(ids=texts),
        _with("and", parts),
        _with("or", parts),
        _with("not", itself),
    ]


def _with(name: str, value: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Describe an object one of whose properties has a name that Python keeps for itself."""
    return _alone(**others, **{name: value})
