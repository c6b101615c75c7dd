"""Small pictures on the portrait page: figures become points of an SVG, 260 by 96 units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

REACH = 2.0  # of the middle half's width, to either side
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


@dataclass(frozen=True, slots=True)
class Range:
    """Where the middle half of some numbers lies, on a line from the least to the most.

    `x` to `x + width` is the middle half and `tick` the median, of a line from LEFT to RIGHT;
    `zero` is where nothing stands, where that is to be seen.
    """

    name: str
    words: str
    first: str
    last: str
    x: float
    width: float
    tick: float
    zero: float | None = None


def ranges_of(
    bands: Mapping[str, Mapping[str, Any]], among: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Range]:
    """Draw each band on a line of the same number in `among`.

    Without `among` a band brings its own `least` and `most`. The line leaves out what lies far
    outside the middle half, which would press all else into a corner.
    """
    scales = bands if among is None else among
    return [
        _range(name, band, scales[name])
        for name, band in bands.items()
        if name in scales and "least" in scales[name]
    ]


def _range(name: str, band: Mapping[str, Any], scale: Mapping[str, Any]) -> Range:
    reach = REACH * (scale["high"] - scale["low"])
    least, most = (
        max(scale["least"], scale["low"] - reach),
        min(scale["most"], scale["high"] + reach),
    )

    def place(number: float) -> float:
        share = (number - least) / (most - least) if most > least else 0.5
        return round(LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, share)), 1)

    start, end = place(band["low"]), place(band["high"])
    return Range(
        name=name,
        words=f"{number_in_words(band['low'])} – {number_in_words(band['high'])}",
        first=number_in_words(least),
        last=number_in_words(most),
        x=start,
        width=round(max(2.0, end - start), 1),
        tick=place(band["middle"]),
    )


def number_in_words(number: float) -> str:
    """Return a number as short as it can be read; a year stays whole."""
    return f"{number:,.0f}" if number >= 10_000 else f"{number:g}"
