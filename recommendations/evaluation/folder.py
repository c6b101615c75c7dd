"""Read a folder in the exchange format into arrays."""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from core.arrays import Doubles, Indices, as_floats
from core.errors import InvalidError
from recommendations.engine.log import Log

POSITIVE_KINDS = {"recommend", "purchase", "borrow", "listen"}
NEGATIVE_KINDS = {"pan", "return", "dismiss"}
LIKED_FROM, DISLIKED_UP_TO = 4.0, 2.0


@dataclass(frozen=True, slots=True)
class Words:
    """What the log leaves out of each interaction, in the order of the log.

    Shapes: kind (T,), positions in `kinds`; value (T,), NaN where there is none; texts T strings,
    empty where nothing was written.
    """

    kinds: tuple[str, ...]
    kind: Indices
    value: Doubles
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FolderData:
    """Everything an evaluation needs from a folder.

    Shapes: log over U users and I items; texts I strings; tags (I, G), 1 where an item bears a
    tag; tag_names G strings. `digest` is the SHA-256 of the three files as they were read.
    `items` are the rows of the items as they stand in the file; `words` what was said, row by
    row of the log.
    """

    name: str
    log: Log
    item_ids: tuple[str, ...]
    user_ids: tuple[str, ...]
    texts: tuple[str, ...]
    tags: csr_array
    tag_names: tuple[str, ...]
    is_dated: bool
    digest: str
    items: tuple[Mapping[str, Any], ...]
    words: Words


def read_folder(folder: Path) -> FolderData:
    """Read `items`, `users` and `interactions` (.jsonl or .jsonl.gz).

    Raises InvalidError, naming file and line, where something cannot be read: a figure measured
    on half a file would be a wrong figure. Interactions with unknown users or items are refused
    in the same way.
    """
    paths = {name: _find(folder, name) for name in ("items", "users", "interactions")}
    items = list(_rows(paths["items"]))
    item_ids = tuple(str(item["id"]) for item in items)
    user_ids = tuple(str(user["id"]) for user in _rows(paths["users"]))
    rows = list(_rows(paths["interactions"]))
    log, is_dated = _read_log(paths["interactions"].name, rows, user_ids, item_ids)
    tags, tag_names = _tag_table(items)
    return FolderData(
        name=folder.resolve().name,
        log=log,
        item_ids=item_ids,
        user_ids=user_ids,
        texts=tuple(_text_of(item) for item in items),
        tags=tags,
        tag_names=tag_names,
        is_dated=is_dated,
        digest=digest_of(paths.values()),
        items=tuple(items),
        words=_read_words(rows),
    )


def strength_of(interaction: Mapping[str, Any]) -> float:
    """Return 1 where the user took to the item, -1 where they disliked it, else 0.

    The kind decides where it carries a verdict; otherwise a value of 4 of 5 or more is a liking
    and 2 or less a dislike.
    """
    kind, value = interaction["kind"], interaction.get("value")
    if kind in POSITIVE_KINDS:
        return 1.0
    if kind in NEGATIVE_KINDS:
        return -1.0
    if value is None:
        return 0.0
    return float(value >= LIKED_FROM) - float(value <= DISLIKED_UP_TO)


def _read_words(rows: list[dict[str, Any]]) -> Words:
    kinds = sorted({str(row["kind"]) for row in rows})
    return Words(
        kinds=tuple(kinds),
        kind=np.array([kinds.index(str(row["kind"])) for row in rows], dtype=np.intp),
        value=np.array([_number(row.get("value")) for row in rows], dtype=np.float64),
        texts=tuple(str(row.get("text") or "") for row in rows),
    )


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _read_log(
    name: str, rows: list[dict[str, Any]], user_ids: tuple[str, ...], item_ids: tuple[str, ...]
) -> tuple[Log, bool]:
    users = {name: place for place, name in enumerate(user_ids)}
    items = {name: place for place, name in enumerate(item_ids)}
    try:
        user_places = np.array([users[str(row["user"])] for row in rows], dtype=np.int64)
        item_places = np.array([items[str(row["item"])] for row in rows], dtype=np.int64)
    except KeyError as missing:
        raise InvalidError(
            f"{name} names {missing}, which no line of items or users has."
        ) from None
    is_dated = bool(rows) and all("happened_at" in row for row in rows)
    times = [_seconds(row["happened_at"]) for row in rows] if is_dated else range(len(rows))
    log = Log(
        users=user_places,
        items=item_places,
        weights=as_floats([strength_of(row) for row in rows]),
        times=np.array(times, dtype=np.float64),
        n_users=len(users),
        n_items=len(items),
    )
    return log, is_dated


def _find(folder: Path, name: str) -> Path:
    for ending in (".jsonl.gz", ".jsonl"):
        path = folder / f"{name}{ending}"
        if path.is_file():
            return path
    raise InvalidError(
        f"{folder} has neither {name}.jsonl.gz nor {name}.jsonl.", folder=str(folder)
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file, gzip.open(file) if path.suffix == ".gz" else file as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _parsed(line, path, number)


def _parsed(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise InvalidError(f"{path.name} line {number} is not a JSON object.", line=number)
    return row


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _text_of(item: Mapping[str, Any]) -> str:
    return " ".join([str(item.get("title") or ""), str(item.get("text") or "")]).strip()


def _tag_table(items: list[dict[str, Any]]) -> tuple[csr_array, tuple[str, ...]]:
    names = sorted({str(tag) for item in items for tag in item.get("tags", ())})
    places = {name: place for place, name in enumerate(names)}
    pairs = sorted(
        {(row, places[str(tag)]) for row, item in enumerate(items) for tag in item.get("tags", ())}
    )
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    shape = (len(items), max(len(names), 1))
    table = csr_array((np.ones(len(pairs), dtype=np.float32), (rows, columns)), shape=shape)
    return table, tuple(names)


def digest_of(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of some files, one after the other."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()
