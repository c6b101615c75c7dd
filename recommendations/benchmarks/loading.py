"""Put a made-up workspace into the database by COPY, and take it out again."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import numpy as np
from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from accounts.models import Scenario, Workspace
from catalog.models import Item, ItemTag, ItemVector, Space, Tag
from core.arrays import Ids, Indices
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
from recommendations.benchmarks.copying import (
    Columns,
    copy_columns,
    copy_rows,
    keys_of,
    moment_of,
    moments_before,
    vectors_of,
)
from recommendations.benchmarks.synthetic import Synthetic
from recommendations.models import (
    Companion,
    FactorSpace,
    Fit,
    ItemFactors,
    Neighbours,
    Popularity,
    SegmentFavourites,
    Slate,
    TagLinks,
    Takers,
)
from recommendations.services.indexes import AnySpace, drop_index

# What refers to others comes first.
TABLES: tuple[type[Model], ...] = (
    Slate,
    Neighbours,
    TagLinks,
    SegmentFavourites,
    Takers,
    Companion,
    Popularity,
    ItemFactors,
    FactorSpace,
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
Progress = Callable[[str], None]


def make_workspace(name: str = "") -> Workspace:
    """Make an empty workspace; without a name it is `benchmark-` and something new."""
    return Workspace.objects.create(
        name=name or f"benchmark-{uuid.uuid4().hex[:8]}", scenario=Scenario.ECOMMERCE
    )


def load(workspace: Workspace, synthetic: Synthetic, *, now: datetime, progress: Progress) -> None:
    """Write the made-up rows into the workspace; `remove` takes them out, however far it came.

    Ten million interactions take some minutes, nearly all of them in Postgres.
    """
    with _trusted():
        progress("items")
        items = _load_items(workspace, synthetic, now)
        progress("users")
        users = _load_users(workspace, synthetic, now)
        progress("vectors")
        space = _load_vectors(workspace, synthetic, items)
        progress("tags and statements")
        _load_tags(workspace, synthetic, items, users, now)
        progress("tastes")
        _load_tastes(workspace, space, synthetic, users)
        progress("interactions")
        _load_interactions(workspace, synthetic, items, users, now)
    progress("statistics")
    with connection.cursor() as cursor:
        # VACUUM, where it may be had, since rows that nobody ever looked at are slow to read first.
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")


def remove(workspace: Workspace) -> None:
    """Delete the workspace with everything in it, table by table, and its spaces' indexes."""
    placed = FactorSpace.objects.filter(workspace=workspace).defer("table")
    spaces: list[AnySpace] = [*Space.objects.filter(workspace=workspace), *placed]
    for space in spaces:
        drop_index(space)
    with transaction.atomic(), _trusted(), connection.cursor() as cursor:
        for model in TABLES:
            table = sql.Identifier(model._meta.db_table)
            delete = sql.SQL("DELETE FROM {} WHERE workspace_id = %s").format(table)
            cursor.execute(delete, [workspace.pk])
    workspace.delete()


@contextmanager
def _trusted() -> Iterator[None]:
    """Spare Postgres the look-up of every row's owner, where we may: the rows are all our own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        is_allowed = bool(cursor.fetchone()[0])
        if is_allowed:
            cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            if is_allowed and not connection.needs_rollback:
                cursor.execute("SET session_replication_role = DEFAULT")


def _load_items(workspace: Workspace, synthetic: Synthetic, now: datetime) -> Ids:
    told = zip(
        synthetic.years.tolist(),
        synthetic.item_topics.tolist(),
        synthetic.is_available.tolist(),
        strict=True,
    )
    varied = (
        (f"i{number}", f"Item {number}", f'{{"year": {year}, "shelf": "shelf {topic}"}}', is_there)
        for number, (year, topic, is_there) in enumerate(told)
    )
    same = {"workspace_id": workspace.pk, "created_at": now, "updated_at": now}
    same |= dict.fromkeys(("given_tags", "bands"), "{}") | {"phrases": "[]"}
    copy_rows(Item, ("external_id", "title", "attributes", "is_available"), varied, same)
    return _numbered(Item, workspace, len(synthetic.item_topics))


def _load_users(workspace: Workspace, synthetic: Synthetic, now: datetime) -> Ids:
    count = len(synthetic.user_topics)
    same = {"workspace_id": workspace.pk, "created_at": now, "traits": "{}"}
    same |= {"evidence_revision": 1, "portrait_revision": 1, "is_paused": False}
    same |= dict.fromkeys(("stated_revision", "tasted_revision", "described_revision"), 0)
    copy_rows(User, ("external_id",), ((f"u{number}",) for number in range(count)), same)
    return _numbered(User, workspace, count)


def _numbered(model: type[Item | User], workspace: Workspace, count: int) -> Ids:
    """Return the ids of the rows by their number, which stands in the partner's id."""
    found = np.empty(count, dtype=np.int64)
    rows = model.objects.filter(workspace=workspace).values_list("pk", "external_id")
    for pk, external_id in rows.iterator():
        found[int(external_id[1:])] = pk
    return found


def _load_vectors(workspace: Workspace, synthetic: Synthetic, items: Ids) -> Space:
    space = Space.objects.create(
        workspace=workspace,
        name="made-up",
        encoder="made-up",
        revision="1",
        dimensions=synthetic.vectors.shape[1],
        state=Space.State.ACTIVE,
    )
    columns: Columns = {
        "workspace_id": workspace.pk,
        "space_id": space.pk,
        "item_id": items,
        "vector": vectors_of(synthetic.vectors),
        "content_hash": "none",
    }
    copy_columns(ItemVector, len(items), columns)
    return space


def _load_tags(
    workspace: Workspace, synthetic: Synthetic, items: Ids, users: Ids, now: datetime
) -> None:
    made = Tag.objects.bulk_create(
        Tag(workspace=workspace, key=f"tag {one}", names={"en": f"tag {one}", "zh": f"标签{one}"})
        for one in range(synthetic.n_tags)
    )
    tags = np.array([one.pk for one in made], dtype=np.int64)
    rows, borne = _distinct(synthetic.item_tags)
    columns: Columns = {
        "workspace_id": workspace.pk,
        "item_id": items[rows],
        "tag_id": tags[synthetic.item_tags[rows, borne]],
        "confidence": 0.8,
        "words": "none",
        "model": "made-up",
        "version": "1",
    }
    copy_columns(ItemTag, len(rows), columns)
    rows, stated = _distinct(synthetic.stated)
    columns = {
        "workspace_id": workspace.pk,
        "user_id": users[rows],
        "tag_id": tags[synthetic.stated[rows, stated]],
        # Each user dislikes some of it.
        "polarity": np.where(stated % 5, 1, -1).astype(np.int16),
        "strength": 0.7,
        "confidence": 0.8,
        "level": "observed",
        "status": "active",
        "is_hidden": False,
        "valid_from": moment_of(now),
        "concluded_at": moment_of(now),
        "note": "none",
        "model": "made-up",
        "version": "1",
    }
    copy_columns(Statement, len(rows), columns)


def _distinct(drawn: Ids) -> tuple[Indices, Indices]:
    """Return the places of each row's first of every value. Shapes: drawn (N, K); returns both."""
    order = np.argsort(drawn, axis=1, kind="stable")
    laid = np.take_along_axis(drawn, order, axis=1)
    is_new = np.ones(laid.shape, dtype=bool)
    is_new[:, 1:] = laid[:, 1:] != laid[:, :-1]
    rows, places = np.nonzero(is_new)
    return rows, order[rows, places]


def _load_tastes(workspace: Workspace, space: Space, synthetic: Synthetic, users: Ids) -> None:
    """Give each user one direction a topic, and an aversion to another one."""
    topics = synthetic.user_topics
    averse = (topics[:, :1] + 1) % len(synthetic.centres)
    directions = np.hstack([topics, averse])
    # A user may have drawn a topic twice: the slots differ, so both may stand.
    width = directions.shape[1]
    columns: Columns = {
        "workspace_id": workspace.pk,
        "space_id": space.pk,
        "user_id": np.repeat(users, width),
        "slot": np.tile(np.arange(width, dtype=np.int16), len(users)),
        "vector": vectors_of(synthetic.centres)[directions.ravel()],
        "weight": np.tile([1.0] * topics.shape[1] + [-0.5], len(users)),
        "version": "1",
    }
    copy_columns(ProfileVector, directions.size, columns)


def _load_interactions(
    workspace: Workspace, synthetic: Synthetic, items: Ids, users: Ids, now: datetime
) -> None:
    kinds = ensure_kinds(workspace)
    kind_ids = np.array([kinds[name].pk for name in ("purchase", "view", "like")])
    count = len(synthetic.users)
    columns: Columns = {
        "workspace_id": workspace.pk,
        "user_id": users[synthetic.users],
        "item_id": items[synthetic.items],
        "kind_id": kind_ids[(synthetic.users + synthetic.items) % len(kind_ids)],
        "happened_at": moments_before(now, synthetic.days),
        "received_at": moment_of(now),
        "event_key": keys_of(uuid.uuid4().bytes[:8], count),
    }
    copy_columns(Interaction, count, columns)
