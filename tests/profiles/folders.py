"""Small folders in the formats that can be ingested, and what the database holds of them."""

import gzip
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management import call_command

from accounts.models import Workspace
from catalog.models import Item
from profiles.models import Interaction, User

ITEMS = [
    {"id": "emma", "title": "Emma", "tags": ["comedy", "marriage"], "attributes": {"year": 1815}},
    {"id": "ivanhoe", "title": "Ivanhoe", "text": "Knights and a tournament."},
    {"id": "7", "title": "红楼梦", "tags": ["家族"]},
]
USERS = [{"id": "ann", "name": "Ann", "traits": {"town": "York"}}, {"id": "bob"}]
INTERACTIONS: list[dict[str, Any]] = [
    {"user": "ann", "item": "emma", "kind": "review", "value": 5, "text": "Witty and wise."},
    {"user": "ann", "item": "7", "kind": "like", "happened_at": "2024-05-01T00:00:00Z"},
    {"user": "bob", "item": "emma", "kind": "rate", "value": 2.0, "happened_at": 1714521600},
    {"user": "cat", "item": "ivanhoe", "kind": "review", "text": "太长了。", "event_id": "e1"},
    {"user": "cat", "item": "ivanhoe", "kind": "dismiss"},
]


def jsonl(rows: Iterable[Any]) -> bytes:
    """Return `rows` as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def write_exchange(
    folder: Path,
    items: Iterable[Any] = ITEMS,
    users: Iterable[Any] = USERS,
    interactions: Iterable[Any] = INTERACTIONS,
) -> Path:
    """Write a folder in the exchange format, one file of it packed."""
    folder.mkdir(exist_ok=True)
    (folder / "items.jsonl").write_bytes(jsonl(items))
    (folder / "users.jsonl").write_bytes(jsonl(users))
    (folder / "interactions.jsonl.gz").write_bytes(gzip.compress(jsonl(interactions)))
    return folder


def ingest(folder: Path, workspace: str, **options: Any) -> tuple[str, list[dict[str, Any]], Any]:
    """Run the command; return what it says, the rejections and the totals of its report."""
    said = io.StringIO()
    report = options.setdefault("report", folder.parent / "report.jsonl")
    call_command("ingest", folder, workspace=workspace, stdout=said, **options)
    *rejections, summary = map(json.loads, report.read_text(encoding="utf-8").splitlines())
    return " ".join(said.getvalue().split()), rejections, summary


def rows_of(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the workspace holds, without the keys and moments that a run makes up."""
    here = {"workspace": workspace}
    return {
        "items": sorted(
            Item.objects.filter(**here).values_list(
                "external_id", "title", "text", "given_tags", "attributes", "source_hash"
            ),
            key=str,
        ),
        "users": sorted(
            User.objects.filter(**here).values_list("external_id", "name", "language", "traits"),
            key=str,
        ),
        "interactions": sorted(
            Interaction.objects.filter(**here).values_list(
                "user__external_id",
                "item__external_id",
                "kind__name",
                "value",
                "happened_at",
                "event_key",
                "review__text",
                "review__source_hash",
            ),
            key=str,
        ),
    }
