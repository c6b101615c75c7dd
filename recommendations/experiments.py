"""The arms of an experiment: what each changes, and how many users it serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from core.fields import refuse
from recommendations.checks import LONGEST_PLACEMENT, check_text
from recommendations.rows import SOURCES

MOST_ARMS = 10
LONGEST_NAME = 64
LARGEST_WEIGHT = 1_000.0
MOST_EXPLORED = 0.5
FIELDS = {"name", "weight", "without", "blend", "explored_share"}
NAMES = ", ".join(SOURCES)


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: sources left out, weights of sources, and the share of places tried out."""

    name: str
    weight: float = 1.0
    without: tuple[str, ...] = ()
    blend: dict[str, float] = field(default_factory=dict)
    explored_share: float | None = None

    @classmethod
    def parse(cls, value: object, path: str) -> Self:
        """Read one arm. Raises InvalidError: path, value and remedy."""
        if not isinstance(value, Mapping) or not value.keys() <= FIELDS:
            names = ", ".join(sorted(FIELDS))
            refuse(path, value, f"give an object with {names}.", reason="arm_fields", names=names)
        name, blend = value.get("name"), value.get("blend", {})
        if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
            remedy = f"give a name of 1 to {LONGEST_NAME} characters."
            refuse(f"{path}.name", name, remedy, reason="arm_name", most=LONGEST_NAME)
        without = value.get("without", [])
        if not isinstance(without, list) or not set(map(str, without)) < set(SOURCES):
            remedy = f"give a list of some of {NAMES}, not of all."
            refuse(f"{path}.without", without, remedy, reason="arm_without", names=NAMES)
        if not isinstance(blend, Mapping) or not blend.keys() <= set(SOURCES):
            remedy = f"give weights of {NAMES}."
            refuse(f"{path}.blend", blend, remedy, reason="arm_blend", names=NAMES)
        share = value.get("explored_share")
        return cls(
            name=name,
            weight=_number(value.get("weight", 1.0), f"{path}.weight", LARGEST_WEIGHT),
            without=tuple(without),
            blend={one: _number(blend[one], f"{path}.blend.{one}") for one in blend},
            explored_share=(
                None if share is None else _number(share, f"{path}.explored_share", MOST_EXPLORED)
            ),
        )


def arms_of(value: object) -> tuple[Arm, ...]:
    """Read the arms of an experiment. Raises InvalidError."""
    if not isinstance(value, list) or not 2 <= len(value) <= MOST_ARMS:
        remedy = f"give a list of 2 to {MOST_ARMS} arms."
        refuse("arms", value, remedy, reason="arms_count", most=MOST_ARMS)
    arms = tuple(Arm.parse(one, f"arms[{place}]") for place, one in enumerate(value))
    if len({one.name for one in arms}) < len(arms):
        refuse("arms", value, "give each arm a name of its own.", reason="arms_alike")
    if not sum(one.weight for one in arms):
        refuse("arms", value, "give one of them a weight above 0.", reason="arms_weightless")
    return arms


@dataclass(frozen=True, slots=True)
class ExperimentIn:
    """An experiment as a program plans it. `arms` are checked and kept as they were given."""

    name: str
    arms: list[dict[str, Any]]
    placement: str = ""

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """Read a JSON object. Raises InvalidError: path, value and remedy."""
        for key in body.keys() - {"name", "arms", "placement"}:
            refuse(key, body[key], "the fields are name, placement, arms.")
        name, placement = body.get("name"), body.get("placement") or ""
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= LONGEST_NAME:
            refuse("name", name, f"give a name of 1 to {LONGEST_NAME} characters.")
        check_text("placement", placement, LONGEST_PLACEMENT)
        arms_of(body.get("arms"))
        return cls(name.strip(), body["arms"], placement)


def _number(value: object, path: str, most: float = 100.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        remedy = f"give a number from 0 to {most:g}."
        refuse(path, value, remedy, reason="arm_number", most=f"{most:g}")
    return float(value)
