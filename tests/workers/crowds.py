"""A made-up world above the thresholds of interests, latents, segments and calibration."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from django.utils import timezone

from accounts.models import Workspace
from catalog.rows import ItemIn
from catalog.services.items import upsert_items
from profiles.rows import InteractionIn, UserIn
from profiles.services.interactions import record_interactions
from profiles.services.people import upsert_users

TASTES = ("crime", "travel", "poetry", "science", "cooking")
BRANCHES = ("slow", "dark", "witty")
USERS, SHELF, MET, AT_ONCE = 210, 12, 9, 500
PRAISE = ("The plot is superb.", "Lovely characters.", "I adored the ending.")
BLAME = ("The plot is dull.", "Tedious characters.", "I hated the ending.")
Row = TypeVar("Row")


def items() -> list[dict[str, Any]]:
    """Return a shelf for each taste; an item is of one branch of it, or two."""
    rows = []
    for number in range(len(TASTES) * SHELF):
        taste = TASTES[number % len(TASTES)]
        own = {BRANCHES[number % 3], BRANCHES[number % 2]}
        tags = [taste, *(f"{branch} {taste}" for branch in sorted(own))]
        text = f"A {' and '.join(sorted(own))} book of {taste}, number {number}."
        rows.append({"id": f"book {number}", "title": text[:-1], "text": text, "tags": tags})
    return rows


def interactions(*, seed: int = 0) -> list[dict[str, Any]]:
    """Return what users met: seven of ten of their taste and pleasing, the rest anything."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(USERS):
        shelf = np.arange(user % len(TASTES), len(TASTES) * SHELF, len(TASTES))
        own = rng.permutation(shelf)[: round(0.7 * MET)]
        rest = np.setdiff1d(np.arange(len(TASTES) * SHELF), shelf)
        met = rng.permutation(np.concatenate([own, rng.permutation(rest)[: MET - len(own)]]))
        for place, item in enumerate(met.tolist()):
            is_own = item % len(TASTES) == user % len(TASTES)
            value = int(rng.integers(4, 6) if is_own else rng.integers(1, 4))
            row = {
                "user": f"reader {user}",
                "item": f"book {item}",
                "kind": "review",
                "value": value,
                "event_id": f"{user} {item}",
                "happened_at": f"2024-{1 + place:02}-{1 + user % 28:02}T00:00:00Z",
            }
            if rng.random() < 0.06:
                words = PRAISE if value > 3 else BLAME
                row["text"] = f"{words[place % 3]} Told by reader {user} of book {item}."
            rows.append(row)
    return rows


def fill(workspace: Workspace, *, order: int | None = None) -> None:
    """Store the world, in an order that is drawn from `order`, if that is given."""
    upsert_items(
        workspace=workspace,
        rows=[ItemIn.parse(row) for row in _drawn(items(), order)],
        wakes=False,
    )
    users = [{"id": f"reader {user}"} for user in range(USERS)]
    upsert_users(workspace=workspace, rows=[UserIn.parse(row) for row in _drawn(users, order)])
    rows = [InteractionIn.parse(row) for row in _drawn(interactions(), order)]
    for start in range(0, len(rows), AT_ONCE):
        record_interactions(
            workspace=workspace,
            rows=rows[start : start + AT_ONCE],
            now=timezone.now(),
            live=False,
        )


def _drawn(rows: Sequence[Row], order: int | None) -> list[Row]:
    if order is None:
        return list(rows)
    return [rows[place] for place in np.random.default_rng(order).permutation(len(rows))]
