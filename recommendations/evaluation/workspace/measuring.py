"""`manage.py evaluate --workspace NAME`: edits of portraits and the truth of reasons, as served."""

import time
from typing import Any

from rich.table import Table

from accounts.queries.workspaces import get_workspace
from recommendations.evaluation.machine import hardware
from recommendations.evaluation.workspace.edits import measure_edits
from recommendations.evaluation.workspace.fidelity import measure_fidelity
from recommendations.evaluation.workspace.following import Progress, unlogged

# Each has their list of a hundred made three times, which is slow.
FIDELITY_USERS = 300


def measure_workspace(name: str, *, users: int, seed: int, progress: Progress) -> dict[str, Any]:
    """Measure edits of up to so many users, and reasons of some of them; change nothing.

    Raises NotFoundError where there is no such workspace.
    """
    started = time.perf_counter()
    workspace = get_workspace(name)
    with unlogged("recommendations.services.serving", "profiles.services.corrections"):
        edits = measure_edits(workspace, users=users, seed=seed, progress=progress)
        fidelity = measure_fidelity(
            workspace, users=min(users, FIDELITY_USERS), seed=seed, progress=progress
        )
    return {
        "workspace": name,
        "edits": edits,
        "fidelity": fidelity,
        "hardware": hardware(),
        "seconds": round(time.perf_counter() - started, 1),
    }


def workspace_tables(found: dict[str, Any]) -> tuple[Table, ...]:
    """Lay the figures out for the terminal; the JSON has more."""
    edits = Table("edit", title=f"{found['workspace']}: edits of {found['edits']['users']} users")
    for name in ("made", "succeeded", "tag-NDCG@20", "collateral", "undone", "edit + list p95 ms"):
        edits.add_column(name, justify="right")
    for kind, part in {**found["edits"]["kinds"], "all": found["edits"]["all"]}.items():
        if part["edits"]:
            edits.add_row(
                kind,
                f"{part['edits']:,}",
                f"{part['succeeded']:.3f}",
                f"{part['tag_ndcg@20_moved']['value']:+.3f}",
                f"{part['collateral']:.3f}",
                f"{part['undone_to_the_byte']:.3f}",
                f"{part['edit_and_list_ms']['p95']:.1f}",
            )
    reasons = Table("taken away", "share of the score lost", title="what the reasons name")
    for row in ("named", "drawn", "difference"):
        one = found["fidelity"][row]
        reasons.add_row(row, f"{one['value']:.3f} ({one['low']:.3f} {one['high']:.3f})")
    return edits, reasons
