"""The least valid rows, by plain functions: a test says the rest."""

import hashlib
import itertools
import uuid
from datetime import datetime
from typing import Any

from accounts.models import Scenario, Workspace
from catalog.models import Item, Space, Tag
from profiles.models import Interaction, Kind, Review, User
from profiles.scenarios import ensure_kinds

_numbers = itertools.count(1)


def make_workspace(name: str = "", scenario: str = Scenario.READING, **fields: Any) -> Workspace:
    """Make a workspace with its scenario's kinds."""
    workspace = Workspace.objects.create(
        name=name or f"workspace-{next(_numbers)}", scenario=scenario, **fields
    )
    ensure_kinds(workspace)
    return workspace


def make_item(workspace: Workspace, external_id: str = "", **fields: Any) -> Item:
    """Make an item; its source hash covers what was given, as ingest would."""
    external_id = external_id or f"item-{next(_numbers)}"
    fields.setdefault("source_hash", _digest(external_id, sorted(fields.items())))
    return Item.objects.create(workspace=workspace, external_id=external_id, **fields)


def make_user(workspace: Workspace, external_id: str = "", **fields: Any) -> User:
    """Make a user who has done nothing yet."""
    external_id = external_id or f"user-{next(_numbers)}"
    return User.objects.create(workspace=workspace, external_id=external_id, **fields)


def make_interaction(
    user: User,
    item: Item,
    kind: str = "like",
    *,
    value: float | None = None,
    happened_at: datetime | None = None,
    **fields: Any,
) -> Interaction:
    """Make an interaction of one of the workspace's kinds."""
    return Interaction.objects.create(
        workspace_id=user.workspace_id,
        user=user,
        item=item,
        kind=Kind.objects.get(workspace_id=user.workspace_id, name=kind),
        value=value,
        happened_at=happened_at,
        event_key=fields.pop("event_key", None) or uuid.uuid4(),
        **fields,
    )


def make_review(
    user: User,
    item: Item,
    text: str,
    *,
    kind: str = "review",
    value: float | None = None,
    happened_at: datetime | None = None,
) -> Review:
    """Make an interaction with a review that no stage has seen."""
    interaction = make_interaction(user, item, kind, value=value, happened_at=happened_at)
    return Review.objects.create(
        workspace_id=user.workspace_id,
        interaction=interaction,
        text=text,
        source_hash=_digest(text),
    )


def make_tag(workspace: Workspace, key: str, **fields: Any) -> Tag:
    """Make a tag that is called by its key."""
    fields.setdefault("names", {"en": key})
    return Tag.objects.create(workspace=workspace, key=key, **fields)


def make_space(workspace: Workspace, *, dimensions: int = 3, **fields: Any) -> Space:
    """Make the workspace's active space."""
    fields = {
        "name": f"space-{next(_numbers)}",
        "encoder": "made-by-hand",
        "revision": "1",
        "state": Space.State.ACTIVE,
    } | fields
    return Space.objects.create(workspace=workspace, dimensions=dimensions, **fields)


def _digest(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
