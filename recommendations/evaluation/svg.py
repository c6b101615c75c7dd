"""What the pictures of reports share: their inks, their letters and their frame."""

from collections.abc import Sequence

INK, QUIET, GOOD = "#1f2933", "#cbd2d9", "#2f855a"
FONT = 'font-family="sans-serif" font-size="11"'


def svg(width: int, height: int, parts: Sequence[str]) -> str:
    """Frame shapes as a picture on white. Units: width and height in pixels."""
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'fill="{INK}"><rect width="100%" height="100%" fill="white"/>{body}</svg>\n'
    )
