"""Put a made-up workspace into the database by COPY, and take it out again."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from accounts.models import Scenario, Workspace
from catalog.models import Item, ItemTag, ItemVector, Space, Tag
from core.arrays import Ids
from profiles.models import (
    AspectReading,
    Evidence,
    Interaction,
    Kind,
    Profile,
    ProfileVector,
    Reading,
    Review,
    ReviewVector,
    Segment,
    Statement,
    User,
)
from profiles.scenarios import ensure_kinds
from recommendations.benchmarks.synthetic import Synthetic
from recommendations.models import Fit, Neighbours, Popularity, Slate, TagLinks
from recommendations.queries.candidates import vector_text
from recommendations.services.indexes import drop_index

# What refers to others comes first.
TABLES: tuple[type[Model], ...] = (
    Slate,
    Neighbours,
    TagLinks,
    Popularity,
    Fit,
    Evidence,
    Statement,
    AspectReading,
    Reading,
    ReviewVector,
    Review,
    Interaction,
    Kind,
    ProfileVector,
    Profile,
    Segment,
    User,
    ItemVector,
    ItemTag,
    Item,
    Tag,
    Space,
)
BATCH = 5_000
Progress = Callable[[str], None]


def make_workspace() -> Workspace:
    """Make an empty workspace; it is named `benchmark-` and something new."""
    return Workspace.objects.create(
        name=f"benchmark-{uuid.uuid4().hex[:8]}", scenario=Scenario.ECOMMERCE
    )


def load(workspace: Workspace, synthetic: Synthetic, *, now: datetime, progress: Progress) -> None:
    """Write the made-up rows into the workspace; `remove` takes them out, however far it came."""
    progress("items")
    items = _load_items(workspace, synthetic)
    progress("users")
    users = _load_users(workspace, synthetic)
    progress("vectors")
    space = _load_vectors(workspace, synthetic, items)
    progress("tags and statements")
    _load_tags(workspace, synthetic, items, users, now)
    progress("tastes")
    _load_tastes(workspace, space, synthetic, users)
    progress("interactions")
    _load_interactions(workspace, synthetic, items, users, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def remove(workspace: Workspace) -> None:
    """Delete the workspace with everything in it, table by table, and its spaces' indexes."""
    for space in Space.objects.filter(workspace=workspace):
        drop_index(space)
    with transaction.atomic(), connection.cursor() as cursor:
        for model in TABLES:
            delete = sql.SQL("DELETE FROM {} WHERE workspace_id = %s").format(_table_of(model))
            cursor.execute(delete, [workspace.pk])
    workspace.delete()


def copy_in(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows by COPY. One query."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(_table_of(model), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _table_of(model: type[Model]) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)


def _load_items(workspace: Workspace, synthetic: Synthetic) -> Ids:
    rows = (
        Item(
            workspace=workspace,
            external_id=f"i{number}",
            title=f"Item {number}",
            source_hash="made up",
        )
        for number in range(len(synthetic.item_topics))
    )
    return _made(Item, rows)


def _load_users(workspace: Workspace, synthetic: Synthetic) -> Ids:
    count = len(synthetic.user_topics)
    return _made(User, (User(workspace=workspace, external_id=f"u{one}") for one in range(count)))


def _made(model: type[Item | User], rows: Iterable[Item | User]) -> Ids:
    made = [one.pk for one in model.objects.bulk_create(rows, batch_size=BATCH)]  # type: ignore[arg-type] # rows of that model
    return np.array(made, dtype=np.int64)


def _load_vectors(workspace: Workspace, synthetic: Synthetic, items: Ids) -> Space:
    space = Space.objects.create(
        workspace=workspace,
        name="made-up",
        encoder="made-up",
        revision="1",
        dimensions=synthetic.vectors.shape[1],
        state=Space.State.ACTIVE,
    )
    copy_in(
        ItemVector,
        ("workspace_id", "space_id", "item_id", "vector", "content_hash"),
        (
            (workspace.pk, space.pk, item, vector_text(vector), "")
            for item, vector in zip(items.tolist(), synthetic.vectors, strict=True)
        ),
    )
    return space


def _load_tags(
    workspace: Workspace, synthetic: Synthetic, items: Ids, users: Ids, now: datetime
) -> None:
    made = Tag.objects.bulk_create(
        Tag(workspace=workspace, key=f"tag {one}", names={"en": f"tag {one}", "zh": f"标签{one}"})
        for one in range(synthetic.n_tags)
    )
    tags = np.array([one.pk for one in made], dtype=np.int64)
    copy_in(
        ItemTag,
        ("workspace_id", "item_id", "tag_id", "confidence", "words", "model", "version"),
        (
            (workspace.pk, int(item), tag, 0.8, "", "made-up", "1")
            for item, own in zip(items, tags[synthetic.item_tags], strict=True)
            for tag in np.unique(own).tolist()
        ),
    )
    columns = ["workspace_id", "user_id", "tag_id", "polarity", "strength", "confidence"]
    told = ("observed", "active", False, now, now, "", "made-up", "1")
    when = ("valid_from", "concluded_at")
    copy_in(
        Statement,
        [*columns, "level", "status", "is_hidden", *when, "note", "model", "version"],
        (
            (workspace.pk, int(user), tag, 1 if place % 5 else -1, 0.7, 0.8, *told)
            for user, stated in zip(users, tags[synthetic.stated], strict=True)
            for place, tag in enumerate(np.unique(stated).tolist())
        ),
    )


def _load_tastes(workspace: Workspace, space: Space, synthetic: Synthetic, users: Ids) -> None:
    """Give each user one direction a topic, and an aversion to another one."""
    centres = [vector_text(centre) for centre in synthetic.centres]

    def tastes_of(user: int, topics: list[int]) -> list[tuple[Any, ...]]:
        averse = (topics[0] + 1) % len(centres)
        directions = [(one, 1.0) for one in topics] + [(averse, -0.5)]
        return [
            (workspace.pk, space.pk, user, slot, centres[one], weight, "1")
            for slot, (one, weight) in enumerate(directions)
        ]

    copy_in(
        ProfileVector,
        ("workspace_id", "space_id", "user_id", "slot", "vector", "weight", "version"),
        (
            row
            for user, topics in zip(users.tolist(), synthetic.user_topics.tolist(), strict=True)
            for row in tastes_of(user, topics)
        ),
    )


def _load_interactions(
    workspace: Workspace, synthetic: Synthetic, items: Ids, users: Ids, now: datetime
) -> None:
    kinds = ensure_kinds(workspace)
    kind_ids = np.array([kinds[name].pk for name in ("purchase", "view", "like")])
    chosen = kind_ids[(synthetic.users + synthetic.items) % len(kind_ids)]
    space = uuid.uuid4()
    columns = ["workspace_id", "user_id", "item_id", "kind_id"]
    copy_in(
        Interaction,
        [*columns, "happened_at", "event_key", "received_at"],
        (
            (workspace.pk, user, item, kind, now - timedelta(days=days), _key(space, number), now)
            for number, (user, item, kind, days) in enumerate(
                zip(
                    users[synthetic.users].tolist(),
                    items[synthetic.items].tolist(),
                    chosen.tolist(),
                    synthetic.days.tolist(),
                    strict=True,
                )
            )
        ),
    )


def _key(space: uuid.UUID, number: int) -> uuid.UUID:
    return uuid.UUID(int=(space.int + number * 0x9E3779B97F4A7C15) % 2**128)
