"""Small pictures on the portrait page: figures become points of an SVG, 260 by 96 units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

REACH = 2.0  # of the middle half's width, to either side
LEFT, RIGHT, FLOOR, MIDDLE, TALLEST, SWING = 4.0, 256.0, 78.0, 40.0, 66.0, 34.0
FLAT = 0.6  # of a bar that stands for 0


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
    """A picture's marks, the line through them, and the months at its ends.

    `top` is the greatest figure in words, which stands beside the axis unless it is 0, and `lines`
    are all of them: what each is of, and the figure.
    """

    bars: list[Mark]
    dots: list[Mark]
    points: str
    first: str
    last: str
    top: str = ""
    lines: tuple[tuple[str, str], ...] = ()


def bars_of(figures: Sequence[tuple[str, float | None]]) -> Chart:
    """Draw figures by month as bars from a common floor, the greatest as tall as the picture.

    Where nothing is known (None) no bar stands; a 0 is a line on the floor.
    """
    if not figures:
        return Chart([], [], "", "", "")
    most = max((figure for _, figure in figures if figure is not None), default=0)
    step = (RIGHT - LEFT) / len(figures)
    lines = tuple((month, _figure_in_words(figure)) for month, figure in figures)
    bars = [
        _bar(LEFT + place * step, step, figure / (most or 1), ": ".join(line))
        for place, ((_, figure), line) in enumerate(zip(figures, lines, strict=True))
        if figure is not None
    ]
    top = _figure_in_words(most) if most else ""
    return Chart(bars, [], "", figures[0][0], figures[-1][0], top=top, lines=lines)


def _bar(x: float, step: float, share: float, label: str) -> Mark:
    height = round(max(FLAT, TALLEST * share), 1)
    return Mark(
        x=round(x, 1),
        y=round(FLOOR - height, 1),
        width=round(max(1.0, step * 0.72), 1),
        height=height,
        label=label,
    )


def _figure_in_words(figure: float | None) -> str:
    """Return a figure as it is counted, or measured to tenths."""
    if figure is None:
        return "–"
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.1f}"


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
