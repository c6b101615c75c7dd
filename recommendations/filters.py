"""The language of filters and boosts: read from JSON, and checked before anything is asked.

A condition is an object with one of the names in `CONDITIONS`; `and`, `or` and `not` join them:

    {"and": [{"attribute": "year", "gte": 1990}, {"not": {"tags": {"any": ["horror"]}}}]}

What cannot be used raises InvalidError: its path, its value, and what to send instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self, TypeAlias, cast

from core import fields
from core.fields import refuse

DEEPEST = 6
MOST_CONDITIONS = 50
MOST_VALUES = 1_000
LONGEST_VALUE = 200
MOST_BOOSTS = 20
LEAST_FACTOR, LARGEST_FACTOR = 0.01, 100.0

Scalar: TypeAlias = str | float | bool
Moments = Literal["created", "available_from", "available_until"]
Operator = Literal["gte", "gt", "lte", "lt"]
OPERATORS: tuple[Operator, ...] = ("gte", "gt", "lte", "lt")
SETS = ("any", "all", "none")


@dataclass(frozen=True, slots=True)
class AttributeIs:
    """The attribute has one of the values, or is a list that holds one of them."""

    name: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class AttributeRange:
    """The attribute lies within all bounds; numbers compare with numbers, texts with texts."""

    name: str
    bounds: dict[Operator, Scalar]


@dataclass(frozen=True, slots=True)
class AttributeExists:
    """The item has the attribute, or has it not."""

    name: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Words:
    """The item bears any, all and none of some tags, or of the tags of some fields."""

    kind: Literal["tags", "fields"]
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A moment of the item lies within all bounds; one that it lacks does not."""

    moment: Moments
    bounds: dict[Operator, datetime]


@dataclass(frozen=True, slots=True)
class AvailableAt:
    """The item is to be had at that moment as well."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Ids:
    """The item is one of these."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """All of the parts hold ("and"), one of them at least ("or"), or the only one does not."""

    how: Literal["and", "or", "not"]
    parts: tuple["Node", ...]


Node: TypeAlias = (
    AttributeIs | AttributeRange | AttributeExists | Words | Window | AvailableAt | Ids | Joined
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that was checked, beside the JSON that it was read from."""

    given: dict[str, Any]
    root: Node

    @classmethod
    def parse(cls, value: object, path: str = "filters", counted: "Counted | None" = None) -> Self:
        """Read a condition. Raises InvalidError for the first thing that cannot be used.

        What one request asks for is `counted` together.
        """
        root = _Reader(counted or Counted()).node(value, path, 1)
        return cls(cast("dict[str, Any]", value), root)


@dataclass(frozen=True, slots=True)
class Boost:
    """What fits the filter counts `factor` times as much; below 1 it counts less."""

    filter: Filter
    factor: float

    @classmethod
    def parse(cls, value: object, path: str, counted: "Counted | None" = None) -> Self:
        """Read `{"filter": ..., "factor": ...}`. Raises InvalidError: path, value and remedy."""
        if not isinstance(value, Mapping) or value.keys() != {"filter", "factor"}:
            refuse(path, value, 'give {"filter": {...}, "factor": 2}.')
        factor = value["factor"]
        if isinstance(factor, bool) or not isinstance(factor, int | float):
            refuse(f"{path}.factor", factor, "give a number.")
        if not LEAST_FACTOR <= factor <= LARGEST_FACTOR:
            remedy = f"give a number from {LEAST_FACTOR} to {LARGEST_FACTOR:.0f}."
            refuse(f"{path}.factor", factor, remedy)
        return cls(Filter.parse(value["filter"], f"{path}.filter", counted), float(factor))

    def as_json(self) -> dict[str, Any]:
        """Return the boost as it was sent."""
        return {"filter": self.filter.given, "factor": self.factor}


def boosts_of(value: object, counted: "Counted | None" = None) -> tuple[Boost, ...]:
    """Read a list of boosts. Raises InvalidError. Their values are `counted` together."""
    counted = counted or Counted()
    if not isinstance(value, list | tuple):
        refuse("boosts", value, 'give a list of {"filter": {...}, "factor": 2}.')
    if len(value) > MOST_BOOSTS:
        refuse("boosts", f"{len(value)} entries", f"give at most {MOST_BOOSTS}.")
    return tuple(Boost.parse(one, f"boosts[{place}]", counted) for place, one in enumerate(value))


@dataclass(slots=True)
class Counted:
    """How many values the filters of one request name so far: each of them is looked for."""

    values: int = 0

    def add(self, node: Node, path: str) -> None:
        """Count the values of a condition. Raises InvalidError past MOST_VALUES."""
        match node:
            case AttributeIs(values=values) | Ids(ids=values):
                self.values += len(values)
            case Words():
                self.values += len(node.any) + len(node.all) + len(node.none)
        if self.values > MOST_VALUES:
            remedy = f"give at most {MOST_VALUES} in all filters and boosts of a request."
            refuse(path, f"{self.values} values", remedy)


@dataclass(slots=True)
class _Reader:
    """Reads one filter, and counts its conditions."""

    counted: Counted
    conditions: int = 0
    readers: dict[str, Callable[[Mapping[str, Any], str, int], Node]] = field(init=False)

    def __post_init__(self) -> None:
        self.readers = {
            "attribute": _attribute,
            "tags": _words,
            "fields": _words,
            "created": _window,
            "available_from": _window,
            "available_until": _window,
            "available": _available,
            "ids": _ids,
            "and": self._joined,
            "or": self._joined,
            "not": self._joined,
        }

    def node(self, value: object, path: str, depth: int) -> Node:
        """Read one condition with all that is in it."""
        if not isinstance(value, Mapping):
            refuse(path, value, "give an object with one condition.")
        self.conditions += 1
        if depth > DEEPEST:
            refuse(path, value, f"nest conditions at most {DEEPEST} deep.")
        if self.conditions > MOST_CONDITIONS:
            refuse(path, value, f"give at most {MOST_CONDITIONS} conditions in one filter.")
        named = [name for name in self.readers if name in value]
        if len(named) != 1:
            refuse(path, value, f"give exactly one of {', '.join(self.readers)}.")
        if named[0] != "attribute" and len(value) > 1:
            refuse(path, value, f'give "{named[0]}" alone; join conditions by "and".')
        node = self.readers[named[0]](value, path, depth)
        self.counted.add(node, path)
        return node

    def _joined(self, value: Mapping[str, Any], path: str, depth: int) -> Node:
        [(how, parts)] = value.items()
        inner = f"{path}.{how}"
        if how == "not":
            return Joined("not", (self.node(parts, inner, depth + 1),))
        if not isinstance(parts, list) or not parts:
            refuse(inner, parts, "give a list of one condition or more.")
        read = [self.node(part, f"{inner}[{place}]", depth + 1) for place, part in enumerate(parts)]
        return Joined("and" if how == "and" else "or", tuple(read))


def _attribute(value: Mapping[str, Any], path: str, _depth: int) -> Node:
    name = _text(value["attribute"], f"{path}.attribute", "give the name of an attribute.")
    told = {key: value[key] for key in value if key != "attribute"}
    if told and told.keys() <= set(OPERATORS):
        return AttributeRange(name, _bounds(told, path))
    if told.keys() == {"eq"}:
        return AttributeIs(name, (_scalar(told["eq"], f"{path}.eq"),))
    if told.keys() == {"in"}:
        listed = _listed(told["in"], f"{path}.in")
        values = (_scalar(one, f"{path}.in[{place}]") for place, one in enumerate(listed))
        return AttributeIs(name, tuple(values))
    if told.keys() != {"exists"}:
        remedy = f"give one of eq, in, exists, or bounds by {', '.join(OPERATORS)}."
        refuse(path, told, remedy)
    if not isinstance(told["exists"], bool):
        refuse(f"{path}.exists", told["exists"], "give true or false.")
    return AttributeExists(name, told["exists"])


def _bounds(told: Mapping[str, Any], path: str) -> dict[Operator, Scalar]:
    for key in told:
        if isinstance(told[key], bool):
            refuse(f"{path}.{key}", told[key], "give a number or a text.")
    bounds = {key: _scalar(told[key], f"{path}.{key}") for key in OPERATORS if key in told}
    if len({isinstance(one, str) for one in bounds.values()}) > 1:
        refuse(path, told, "give bounds of one type: numbers, or texts.")
    return bounds


def _words(value: Mapping[str, Any], path: str, _depth: int) -> Node:
    [(kind, told)] = value.items()
    inner = f"{path}.{kind}"
    sets = {"any": told} if isinstance(told, list) else told
    if not isinstance(sets, Mapping) or not sets or not sets.keys() <= set(SETS):
        refuse(inner, told, f"give a list, or lists under {', '.join(SETS)}.")
    read = {name: _texts(sets[name], f"{inner}.{name}") for name in sets}
    return Words("tags" if kind == "tags" else "fields", **read)


def _window(value: Mapping[str, Any], path: str, _depth: int) -> Node:
    [(moment, told)] = value.items()
    inner = f"{path}.{moment}"
    if not isinstance(told, Mapping) or not told or not told.keys() <= set(OPERATORS):
        refuse(inner, told, f"give bounds by {', '.join(OPERATORS)}.")
    bounds = {key: _moment(told[key], f"{inner}.{key}") for key in OPERATORS if key in told}
    return Window(cast("Moments", moment), bounds)


def _available(value: Mapping[str, Any], path: str, _depth: int) -> Node:
    told, inner = value["available"], f"{path}.available"
    if not isinstance(told, Mapping) or told.keys() != {"at"}:
        refuse(
            inner, told, 'give {"at": "2030-01-31T12:00:00Z"}; what is shown is open now anyway.'
        )
    return AvailableAt(_moment(told["at"], f"{inner}.at"))


def _ids(value: Mapping[str, Any], path: str, _depth: int) -> Node:
    return Ids(_texts(value["ids"], f"{path}.ids"))


def _moment(value: object, path: str) -> datetime:
    found = fields.moment({path: value}, path)
    if found is None:
        refuse(path, value, "send ISO 8601, like 2024-05-31T12:00:00Z, or Unix seconds.")
    return found


def _listed(value: object, path: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        refuse(path, value, "give a list of one value or more.")
    if len(value) > MOST_VALUES:
        refuse(path, f"{len(value)} values", f"give at most {MOST_VALUES}.")
    return value


def _texts(value: object, path: str) -> tuple[str, ...]:
    return tuple(
        _text(one, f"{path}[{place}]", f"give text of 1 to {LONGEST_VALUE} characters.")
        for place, one in enumerate(_listed(value, path))
    )


def _text(value: object, path: str, remedy: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_VALUE:
        refuse(path, value, remedy)
    return value


def _scalar(value: object, path: str) -> Scalar:
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        refuse(path, value, f"give text of at most {LONGEST_VALUE} characters.")
    if not isinstance(value, str | int | float):
        refuse(
            path, value, "give a text, a number, true or false; ask for what is missing by exists."
        )
    return value
