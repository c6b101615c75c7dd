"""Small pictures on the portrait page: figures become points of an SVG, 260 by 96 units."""

from collections.abc import Sequence
from dataclasses import dataclass

LEFT, RIGHT, FLOOR, MIDDLE, TALLEST, SWING = 4.0, 256.0, 78.0, 40.0, 68.0, 34.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar or a dot with the words that a pointer over it shows."""

    x: float
    y: float
    label: str
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture's marks, the line through them, and the months at its ends."""

    bars: list[Mark]
    dots: list[Mark]
    points: str
    first: str
    last: str


def bars_of(counts: Sequence[tuple[str, int]]) -> Chart:
    """Draw counts by month as bars from a common floor; the tallest fills the height."""
    if not counts:
        return Chart([], [], "", "", "")
    most = max(1, *(count for _, count in counts))
    step = (RIGHT - LEFT) / len(counts)
    bars = [
        Mark(
            x=round(LEFT + place * step, 1),
            y=round(FLOOR - TALLEST * count / most, 1),
            width=round(max(1.0, step * 0.72), 1),
            height=round(TALLEST * count / most, 1),
            label=f"{month}: {count}",
        )
        for place, (month, count) in enumerate(counts)
    ]
    return Chart(bars, [], "", counts[0][0], counts[-1][0])


def line_of(levels: Sequence[tuple[str, float]]) -> Chart:
    """Draw levels in [-1, 1] by month as a line around the middle; pleased is up."""
    if not levels:
        return Chart([], [], "", "", "")
    step = (RIGHT - LEFT) / max(1, len(levels) - 1)
    dots = [
        Mark(
            x=round(LEFT + place * step if len(levels) > 1 else (LEFT + RIGHT) / 2, 1),
            y=round(MIDDLE - SWING * level, 1),
            label=f"{month}: {level:+.2f}",
        )
        for place, (month, level) in enumerate(levels)
    ]
    points = " ".join(f"{dot.x},{dot.y}" for dot in dots)
    return Chart([], dots, points, levels[0][0], levels[-1][0])
