"""Pictures of a report, as SVG: how far confidence can be trusted, and how much was reached."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from recommendations.evaluation.portrait.showing import Line, lines_of
from recommendations.evaluation.svg import FONT, GOOD, QUIET, svg

SIDE, MARGIN = 320, 40


def draw_pictures(name: str, portrait: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write `NAME-reliability.svg`, where there is a table for it, and `NAME-targets.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {f"{name}-targets.svg": targets_picture(lines_of(portrait))}
    table = portrait.get("reliability", {}).get("table")
    if table:
        drawn[f"{name}-reliability.svg"] = reliability_picture(table)
    paths = []
    for file, picture in drawn.items():
        path = folder / file
        path.write_text(picture, encoding="utf-8")
        paths.append(path)
    return paths


def reliability_picture(table: Sequence[Mapping[str, float]]) -> str:
    """Draw what was confirmed against what was told; on the diagonal, the two are the same."""
    whole = sum(each["count"] for each in table) or 1
    dots = [
        f'<circle cx="{_x(each["told"]):.1f}" cy="{_y(each["confirmed"]):.1f}" '
        f'r="{3 + 12 * (each["count"] / whole) ** 0.5:.1f}" fill="{GOOD}" fill-opacity=".7"/>'
        for each in table
    ]
    ticks = [
        f'<text x="{_x(at):.1f}" y="{SIDE + MARGIN + 16}" text-anchor="middle" {FONT}>{at:g}</text>'
        f'<text x="{MARGIN - 6}" y="{_y(at) + 4:.1f}" text-anchor="end" {FONT}>{at:g}</text>'
        for at in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    frame = (
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}" fill="none" '
        f'stroke="{QUIET}"/><line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" '
        f'stroke="{QUIET}" stroke-dasharray="4 4"/>'
    )
    names = (
        f'<text x="{MARGIN + SIDE / 2}" y="{SIDE + MARGIN + 34}" text-anchor="middle" {FONT}>'
        f'confidence told</text><text x="{MARGIN}" y="{MARGIN - 12}" {FONT}>share confirmed</text>'
    )
    size = SIDE + 2 * MARGIN
    return svg(size, size, [frame, *dots, *ticks, names])


def targets_picture(lines: Sequence[Line]) -> str:
    """Draw a bar for each figure that was found: how much of its target was reached."""
    found = [line for line in lines if line.value is not None]
    rows = []
    for place, line in enumerate(found):
        y = 20 + 24 * place
        width = 200 * line.reached
        colour = GOOD if line.is_met else "#dd6b20"
        rows.append(
            f'<text x="230" y="{y + 12}" text-anchor="end" {FONT}>{escape(line.target.label)}'
            f'</text><rect x="240" y="{y}" width="200" height="16" fill="{QUIET}"/>'
            f'<rect x="240" y="{y}" width="{width:.1f}" height="16" fill="{colour}"/>'
            f'<text x="450" y="{y + 12}" {FONT}>{line.value:.4g}</text>'
        )
    return svg(530, 40 + 24 * len(found), rows)


def _x(value: float) -> float:
    return MARGIN + SIDE * value


def _y(value: float) -> float:
    return MARGIN + SIDE * (1 - value)
