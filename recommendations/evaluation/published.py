"""Read published splits: lines of users and items, or one sequence a user with item texts."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from core.arrays import as_floats
from core.errors import InvalidError
from recommendations.engine.log import Log
from recommendations.engine.splits import Split
from recommendations.evaluation.folder import digest_of

Shape = Literal["exchange", "lines", "sequences"]
PARTS = {
    "train": ("train",),
    "validation": ("validation", "valid", "val"),
    "test": ("test",),
}
# The last item of a sequence is tested on and the one before validated on.
SHORTEST = 3
WHAT_IS_READ = (
    "Expected items, users and interactions as .jsonl(.gz); or train, validation and test as "
    ".txt(.gz); or sequences and item_text as .txt(.gz)."
)

Line = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Published:
    """A published data set with the split that it was published with.

    Nothing is fitted on the validation part. `asks_with_validation` says whether its items belong
    to the past that test users are asked with; where not, they stay open to be ranked. `texts` are
    I strings, empty where an item has none. `digest` is the SHA-256 of the files as they were
    read; `left_out` says what was, and why.
    """

    name: str
    shape: Shape
    split: Split
    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    texts: tuple[str, ...]
    asks_with_validation: bool
    digest: str
    left_out: dict[str, int]

    @property
    def in_order(self) -> bool:
        """Whether a line tells the order in which a user met its items."""
        return self.shape == "sequences"


def shape_of(folder: Path) -> Shape:
    """Tell by the files' names what a folder holds.

    Raises InvalidError, naming what is missing, where it is none of the three shapes.
    """
    if not folder.is_dir():
        raise InvalidError(f"{folder} is not a folder. {WHAT_IS_READ}", folder=str(folder))
    if any((folder / f"interactions.jsonl{end}").is_file() for end in ("", ".gz")):
        return "exchange"
    if _path(folder, "sequences"):
        return "sequences"
    if any(_path(folder, *names) for names in PARTS.values()):
        return "lines"
    raise InvalidError(f"{folder} holds nothing to measure on. {WHAT_IS_READ}", folder=str(folder))


def read_lines(folder: Path) -> Published:
    """Read `train`, `validation` and `test`, one line a user: `user item item ...`.

    An item that one line names twice counts once. Raises InvalidError, naming file and line.
    """
    paths = {part: _needed(folder, *names) for part, names in PARTS.items()}
    lines = {part: _unique_users(path) for part, path in paths.items()}
    users = _places(user for part in lines.values() for user, _ in part)
    items = _places(item for part in lines.values() for _, row in part for item in row)
    logs = {part: _log(rows, users, items) for part, rows in lines.items()}
    return Published(
        name=folder.resolve().name,
        shape="lines",
        split=Split("published", logs["train"], logs["validation"], logs["test"]),
        user_ids=tuple(users),
        item_ids=tuple(items),
        texts=("",) * len(items),
        asks_with_validation=False,
        digest=digest_of(paths.values()),
        left_out={},
    )


def read_sequences(folder: Path) -> Published:
    """Read `sequences`, one line a user, oldest item first, and `item_text`, one line an item.

    Of each user with three items or more the last is the test and the one before the validation;
    shorter sequences are learnt from alone. Texts of items that nobody met are left out. Raises
    InvalidError, naming file and line.
    """
    path, told = _needed(folder, "sequences"), _path(folder, "item_text")
    lines = _unique_users(path)
    users = _places(user for user, _ in lines)
    items = _places(item for _, row in lines for item in row)
    texts, unmet = _texts(told, items) if told else (("",) * len(items), 0)
    cut = [(user, row, len(row) if len(row) < SHORTEST else len(row) - 2) for user, row in lines]
    train = [(user, row[:end]) for user, row, end in cut]
    validation = [(user, row[end : end + 1]) for user, row, end in cut]
    test = [(user, row[end + 1 :]) for user, row, end in cut]
    return Published(
        name=folder.resolve().name,
        shape="sequences",
        split=Split(
            "leave-one-out",
            _log(train, users, items),
            _log(validation, users, items, after=train),
            _log(test, users, items, after=[(user, row[:-1]) for user, row in lines]),
        ),
        user_ids=tuple(users),
        item_ids=tuple(items),
        texts=texts,
        asks_with_validation=True,
        digest=digest_of([path, *([told] if told else [])]),
        left_out={
            "users_with_too_few_items_to_test": sum(len(row) < SHORTEST for _, row in lines),
            "texts_of_items_that_nobody_met": unmet,
        },
    )


def _log(
    lines: list[Line], users: dict[str, int], items: dict[str, int], after: list[Line] | None = None
) -> Log:
    """Lay lines out; a row's time is its place in the user's line, after those before it."""
    started = [len(row) for _, row in after] if after else [0] * len(lines)
    rows = [
        (users[user], items[item], start + place)
        for (user, row), start in zip(lines, started, strict=True)
        for place, item in enumerate(row)
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Log(
        users=table[:, 0].copy(),
        items=table[:, 1].copy(),
        weights=as_floats(np.ones(len(table))),
        times=table[:, 2].astype(np.float64),
        n_users=len(users),
        n_items=len(items),
    )


def _unique_users(path: Path) -> list[Line]:
    first: dict[str, int] = {}
    found = []
    for number, line in _lines(path):
        user, *items = line.split()
        if user in first:
            raise InvalidError(
                f"{path.name} line {number}: user {user} already has line {first[user]}. "
                "Put all items of a user on one line.",
                line=number,
            )
        if not items:
            raise InvalidError(
                f"{path.name} line {number}: user {user} has no items. Add some, separated by "
                "spaces, or leave the line out.",
                line=number,
            )
        first[user] = number
        found.append((user, list(dict.fromkeys(items))))
    if not found:
        raise InvalidError(f"{path.name} is empty. Give one line a user: user item item ...")
    return found


def _texts(path: Path, items: dict[str, int]) -> tuple[tuple[str, ...], int]:
    texts, unmet = [""] * len(items), 0
    for _, line in _lines(path):
        item, _, text = line.partition(" ")
        if item in items:
            texts[items[item]] = text.strip()
        else:
            unmet += 1
    return tuple(texts), unmet


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    number = 0
    try:
        with path.open("rb") as file, gzip.open(file) if path.suffix == ".gz" else file as lines:
            for number, line in enumerate(lines, start=1):
                if text := line.decode("utf-8").strip():
                    yield number, text
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as problem:
        raise InvalidError(
            f"{path.name} cannot be read after line {number}: {problem}. "
            "It must be UTF-8 text, compressed by gzip where its name ends in .gz.",
            line=number,
        ) from None


def _places(names: Iterable[str]) -> dict[str, int]:
    """Number names in the order of their values, as numbers where all are."""
    distinct = set(names)
    as_numbers = all(name.isdecimal() for name in distinct)
    ordered = sorted(distinct, key=lambda name: (int(name) if as_numbers else 0, name))
    return {name: place for place, name in enumerate(ordered)}


def _needed(folder: Path, *names: str) -> Path:
    found = _path(folder, *names)
    if found is None:
        expected = " nor ".join(f"{name}.txt(.gz)" for name in names)
        raise InvalidError(f"{folder} has no {expected}. {WHAT_IS_READ}", folder=str(folder))
    return found


def _path(folder: Path, *names: str) -> Path | None:
    paths = [folder / f"{name}.txt{end}" for name in names for end in (".gz", "")]
    return next((path for path in paths if path.is_file()), None)
