"""The whole reading room from one seed: books, readers, two years of loans, planted tastes."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from likeness.demo.diary import Diary, Span
from likeness.demo.handout import Handout
from likeness.demo.library import Row, load_books, load_circles, load_names, load_reviews
from likeness.demo.tastes import Planted, Reader, plant_readers

READERS = 90
END = datetime(2026, 6, 30, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """Items, users and interactions in the exchange format, and the truth behind them."""

    items: list[Row]
    users: list[Row]
    interactions: list[Row]
    planted: list[Planted]


def make_world(seed: int = 7, *, end: datetime = END) -> World:
    """Return the reading room as it stands at `end`; the same arguments give the same world.

    `end` must carry a time zone. Interactions are in time order, within the two years before it.
    """
    rng = np.random.default_rng(seed)
    span = Span.before(end)
    books = load_books()
    readers = plant_readers(rng, load_circles(), count=READERS, changed_at=span.middle)
    reviews = Handout(rng, load_reviews(), books).run(readers)
    renown = rng.lognormal(0.0, 0.7, size=len(books))
    interactions = []
    for reader in readers:
        diary = Diary(rng, reader, books=books, renown=renown, span=span)
        interactions += diary.write(reviews.get(reader.planted.user, []))
    interactions.sort(key=lambda row: (row["happened_at"], row["event_id"]))
    return World(books, _users(readers), interactions, [reader.planted for reader in readers])


def write_folder(folder: Path, seed: int = 7, *, end: datetime = END) -> None:
    """Write `items.jsonl`, `users.jsonl` and `interactions.jsonl` for the importer to read."""
    world = make_world(seed, end=end)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "items.jsonl", world.items)
    _write(folder / "users.jsonl", world.users)
    _write(folder / "interactions.jsonl", world.interactions)


def _users(readers: list[Reader]) -> list[Row]:
    names = load_names()
    labels = {"en": "Demo reader {:02d} ({})", "zh": "演示读者 {:02d}（{}）"}
    users = []
    for number, reader in enumerate(readers, 1):
        name = names[reader.language][(number - 1) // 2]
        users.append(
            {
                "id": reader.planted.user,
                "name": labels[reader.language].format(number, name),
                "language": reader.language,
            }
        )
    return users


def _write(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
