"""A corner of the demo's reading room for tests with real workers, and working it off."""

from collections.abc import Collection

from django.utils import timezone

from accounts.models import Workspace
from catalog.rows import ItemIn
from catalog.services.items import upsert_items
from core.stages import Stage
from likeness.demo.world import make_world
from profiles.rows import InteractionIn, UserIn
from profiles.services.interactions import record_interactions
from profiles.services.people import upsert_users
from workers.following import follow
from workers.stages import PLANS, has_due

READERS, ROWS = 16, 240


def fill(workspace: Workspace, *, readers: int = READERS, rows: int = ROWS) -> None:
    """Give the workspace a corner of the reading room: what its first `readers` did.

    There are as many items as their first `rows` interactions name, those with words before others.
    """
    world = make_world()
    chosen = {row["id"] for row in world.users[:readers]}
    met = [row for row in world.interactions if row["user"] in chosen]
    met = [row for row in met if row.get("text")] + [row for row in met if not row.get("text")]
    items = {row["item"] for row in met[:rows]}
    upsert_items(
        workspace=workspace,
        rows=[ItemIn.parse(row) for row in world.items if row["id"] in items],
        wakes=False,
    )
    upsert_users(
        workspace=workspace, rows=[UserIn.parse(row) for row in world.users if row["id"] in chosen]
    )
    record_interactions(
        workspace=workspace,
        rows=[InteractionIn.parse(row) for row in met if row["item"] in items],
        now=timezone.now(),
        live=False,
    )


def work_to_the_end(workspace: Workspace, *, without: Collection[Stage] = ()) -> None:
    """Wait until the workers have done all that is due, but for some stages."""
    since = timezone.now()
    plans = [plan for plan in PLANS if plan.stage not in without]
    while any(has_due(plan, workspace.pk) for plan in plans):
        for _ in follow(workspace.pk, plans, since=since):
            pass
