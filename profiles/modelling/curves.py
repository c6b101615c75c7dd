"""The curves that turn raw confidence into the share of such statements that is confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from core.arrays import Doubles

KNOTS = np.array([0.02, *np.arange(0.05, 1.0, 0.05).round(2), 0.98])
TOLD = tuple(
    f"{level}{sign}{kind}"
    for level in ("observed", "inferred")
    for sign in ("+", "-")
    for kind in ("", "!")
)
# Of what behaviour says, what a single interaction bears is told by curves of its own.
LONE = tuple(f"observed{sign}{kind}1" for sign in ("+", "-") for kind in ("", "!"))
GROUPS = TOLD + LONE


def group_of(level: str, polarity: int, *, is_judging: bool, is_lone: bool = False) -> str:
    """Name the statements that share a curve: by level, polarity, and whether people say no.

    Where they only say yes ("!"), another thing is foretold: see `weigh_items`. A lone belief,
    which one piece of evidence bears ("1" at the end), has a curve where it can be trusted.
    """
    sign, kind = "+" if polarity > 0 else "-", "" if is_judging else "!"
    return f"{level}{sign}{kind}{'1' if is_lone else ''}"


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising line through knots, from raw confidence to the share that is confirmed.

    Shapes: both (K,). Units: both in [0, 1]; raw strictly rising.
    """

    raw: tuple[float, ...]
    told: tuple[float, ...]

    def at(self, raw: Doubles | float) -> Doubles:
        """Return the calibrated confidence. Shapes: as given."""
        return np.asarray(np.interp(raw, self.raw, self.told))


@dataclass(frozen=True, slots=True)
class Curves:
    """One curve for each group of statements, as `group_of` names them."""

    by_group: Mapping[str, Curve]

    def told(self, group: str, raw: float) -> float:
        """Return the calibrated confidence; what no curve was drawn for stays as it is."""
        curve = self.by_group.get(group)
        return raw if curve is None else float(curve.at(raw))

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the curves as plain values, which `of_rows` takes back."""
        return [
            {"group": group, "knots": [[x, y] for x, y in zip(curve.raw, curve.told, strict=True)]}
            for group, curve in sorted(self.by_group.items())
        ]

    @classmethod
    def of_rows(cls, rows: Sequence[Mapping[str, Any]]) -> "Curves":
        """Return the curves that `as_rows` wrote."""
        return cls(
            {
                str(row["group"]): Curve(*(tuple(axis) for axis in zip(*row["knots"], strict=True)))
                for row in rows
            }
        )


def platt(level: float, slope: float) -> Curve:
    """Return Platt's curve: told = expit(level + slope * logit(raw))."""
    told = expit(level + slope * logit(KNOTS))
    return Curve(tuple(KNOTS.tolist()), tuple(np.round(told, 4).tolist()))


# What a workspace starts from: fitted on the histories of film critics (review verdicts), film
# raters, and buyers of instruments (words) and office goods (purchases only).
SHIPPED = Curves(
    {
        "observed+": platt(-0.08, 0.98),
        "observed-": platt(-0.66, 0.78),
        "inferred+": platt(-0.18, 0.73),
        "inferred-": platt(-0.28, 0.43),
        "observed+!": platt(-1.0, 0.2),
        "inferred+!": platt(0.2, 0.3),
    }
)
