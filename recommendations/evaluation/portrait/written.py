"""Read the folder of profiles that a large language model wrote, with the split it came with."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from core.errors import InvalidError
from recommendations.engine.log import Log, take
from recommendations.engine.splits import Split
from recommendations.evaluation.folder import FolderData, Words, read_folder

USER_PROFILES, ITEM_PROFILES = "llm_response_user.json.gz", "llm_response_item.json.gz"
# The folder beside it that says what the items are.
ORIGIN = "lastfm"
HELD_OUT = 0.15


@dataclass(frozen=True, slots=True)
class Written:
    """The folder: who took to what, cut as it came, and what was written of users and items."""

    data: FolderData
    split: Split
    users: tuple[str, ...]
    items: tuple[str, ...]


def is_written(folder: Path) -> bool:
    """Say whether a folder holds profiles that a language model wrote."""
    return (folder / USER_PROFILES).is_file()


def read_written(folder: Path, *, seed: int = 0) -> Written:
    """Read `train`, `test`, the maps and the profiles; the items' tags come from the folder
    ORIGIN beside it.

    Of every user's train items HELD_OUT are drawn for validation. Raises InvalidError where
    ORIGIN is not there.
    """
    origin = folder.parent / ORIGIN
    if not (origin / "items.jsonl.gz").is_file():
        raise InvalidError(f"Beside {folder.name} there must be {ORIGIN}, for its items' tags.")
    source = read_folder(origin)
    names = _map(folder / "item_map.txt.gz")
    rows = {str(item["id"]): item for item in source.items}
    items = tuple(rows.get(name, {"id": name}) for name in names)
    train, test = (list(_pairs(folder / f"{part}.txt.gz")) for part in ("train", "test"))
    log = _log([*train, *test], len(_map(folder / "user_map.txt.gz")), len(items))
    data = replace(
        source,
        name=folder.resolve().name,
        log=log,
        items=items,
        item_ids=tuple(names),
        user_ids=tuple(_map(folder / "user_map.txt.gz")),
        texts=tuple(str(item.get("title") or "") for item in items),
        tags=_tags(source, names),
        is_dated=False,
        digest=_digest(folder, source.digest),
        words=_listens(len(log)),
    )
    return Written(
        data=data,
        split=_cut(log, len(train), seed),
        users=_profiles(folder / USER_PROFILES, log.n_users),
        items=_profiles(folder / ITEM_PROFILES, len(items)),
    )


def _map(path: Path) -> list[str]:
    """Return the outer names in the order of the inner numbers."""
    pairs = [line.split() for line in _lines(path)]
    return [name for name, _ in sorted(pairs, key=lambda pair: int(pair[1]))]


def _pairs(path: Path) -> Iterator[tuple[int, int]]:
    for line in _lines(path):
        user, *items = (int(word) for word in line.split())
        yield from ((user, item) for item in items)


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from (line for line in file if line.strip())


def _log(pairs: list[tuple[int, int]], n_users: int, n_items: int) -> Log:
    users, items = np.array(pairs, dtype=np.int64).T
    return Log(
        users=users,
        items=items,
        weights=np.ones(len(pairs), dtype=np.float32),
        times=np.arange(len(pairs), dtype=np.float64),
        n_users=n_users,
        n_items=n_items,
    )


def _listens(count: int) -> Words:
    return Words(
        kinds=("listen",),
        kind=np.zeros(count, dtype=np.intp),
        value=np.full(count, np.nan),
        texts=("",) * count,
    )


def _tags(source: FolderData, names: list[str]) -> csr_array:
    places = {name: place for place, name in enumerate(source.item_ids)}
    rows = [(row, places[name]) for row, name in enumerate(names) if name in places]
    pick = csr_array(
        (np.ones(len(rows), dtype=np.float32), tuple(zip(*rows, strict=True))),
        shape=(len(names), len(source.item_ids)),
    )
    return csr_array(pick @ source.tags)


def _cut(log: Log, train: int, seed: int) -> Split:
    """Hold out some of each user's train items, at least one of those with three or more."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(train), log.users[:train]))
    users = log.users[:train][order]
    counts = np.bincount(users, minlength=log.n_users)
    place = np.arange(train) - np.searchsorted(users, users, side="left")
    wanted = np.where(counts >= 3, np.maximum((HELD_OUT * counts).astype(np.int64), 1), 0)
    held = np.zeros(train, dtype=bool)
    held[order] = place < wanted[users]
    known = np.arange(train)
    return Split(
        "fixed",
        take(log, known[~held]),
        take(log, known[held]),
        take(log, np.arange(train, len(log))),
    )


def _profiles(path: Path, count: int) -> tuple[str, ...]:
    found = json.loads(gzip.decompress(path.read_bytes()))
    return tuple(str(found.get(str(number), "")) for number in range(count))


def _digest(folder: Path, origin: str) -> str:
    total = hashlib.sha256(origin.encode())
    for path in sorted(folder.glob("*.gz")):
        total.update(path.read_bytes())
    return total.hexdigest()
