"""Pictures of what was measured, as SVG: one line a model."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from recommendations.evaluation.svg import FONT, QUIET, svg

WIDE, HIGH, LEFT, TOP = 420, 240, 48, 34
COLOURS = ("#2f855a", "#2b6cb0", "#dd6b20", "#805ad5", "#b83280", "#718096")
TITLES = {
    "history": ("NDCG@20", "items that a user took to before"),
    "popularity": ("recall@20", "users who took to the wanted item before"),
    "day": ("NDCG@20", "days after the training part ends"),
}


def draw_curves(found: Mapping[str, Any], folder: Path, *, ours: str) -> list[Path]:
    """Write `NAME-SPLIT-CURVE.svg` for each split and curve of a report."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for split, part in found["splits"].items():
        shown = shown_models(part["models"], ours)
        for curve in part["models"][ours]["curves"]:
            lines = {name: part["models"][name]["curves"][curve] for name in shown}
            path = folder / f"{part['data']['name']}-{split}-{curve}.svg"
            path.write_text(curve_picture(curve, lines), encoding="utf-8")
            paths.append(path)
    return paths


def shown_models(models: Mapping[str, Any], ours: str) -> list[str]:
    """Return ours and the best others by NDCG@20, as many as there are colours."""
    others = [name for name in models if not name.startswith(ours)]
    others.sort(key=lambda name: -models[name]["ndcg@20"]["value"])
    return [ours, *others[: len(COLOURS) - 1]]


def curve_picture(curve: str, lines: Mapping[str, Mapping[str, Sequence[Any]]]) -> str:
    """Draw one line a model over the groups, from 0 to the highest value."""
    groups = list(next(iter(lines.values()))["groups"])
    top = max((max(line["values"], default=0.0) for line in lines.values()), default=0.0) or 1.0
    high, across = TITLES[curve]
    parts = [
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDE}" height="{HIGH}" fill="none" stroke="{QUIET}"/>',
        f'<text x="{LEFT}" y="{TOP - 12}" {FONT}>{high}</text>',
        f'<text x="{LEFT + WIDE / 2}" y="{TOP + HIGH + 34}" text-anchor="middle" {FONT}>'
        f"{across}</text>",
    ]
    parts += [
        f'<text x="{_x(place, len(groups)):.1f}" y="{TOP + HIGH + 16}" text-anchor="middle" '
        f"{FONT}>{escape(group)}</text>"
        for place, group in enumerate(groups)
    ]
    parts += [
        f'<text x="{LEFT - 6}" y="{_y(share) + 4:.1f}" text-anchor="end" {FONT}>'
        f"{share * top:.2f}</text>"
        for share in (0.0, 0.5, 1.0)
    ]
    for (name, line), colour in zip(lines.items(), COLOURS, strict=False):
        parts += _line(name, line["values"], top, colour)
    return svg(LEFT + WIDE + 170, TOP + HIGH + 48, parts)


def _line(name: str, values: Sequence[float], top: float, colour: str) -> list[str]:
    points = [(_x(place, len(values)), _y(value / top)) for place, value in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    row = TOP + 14 + 18 * COLOURS.index(colour)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points),
        f'<text x="{LEFT + WIDE + 12}" y="{row}" fill="{colour}" {FONT}>{escape(name)}</text>',
    ]


def _x(place: int, count: int) -> float:
    return LEFT + WIDE * (place + 0.5) / max(count, 1)


def _y(share: float) -> float:
    return TOP + HIGH * (1 - share)
