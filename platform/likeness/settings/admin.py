"""The admin's look."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Likeness",
    "SITE_HEADER": "Likeness",
    "SITE_SYMBOL": "portrait",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
}
