"""A folder as a plan: which files hold items, users and interactions, and how to read them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from profiles.ingest.lines import Advance
from profiles.ingest.records import Found, Record

What = Literal["items", "users", "interactions"]
Mapping = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a folder holds, in one or more files; `read` yields rows as the API takes."""

    what: What
    paths: tuple[Path, ...]
    read: Callable[[Advance], Iterator[Record]]

    @property
    def name(self) -> str:
        """Return the files' names, for people."""
        return ", ".join(path.name for path in self.paths)

    @property
    def size(self) -> int:
        """Return how many bytes the files have on the disk."""
        return sum(path.stat().st_size for path in self.paths)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to load, in order: items before users before interactions.

    With `makes_items` an item that only interactions name is made bare: the source publishes
    interactions without its catalogue.
    """

    format: str
    parts: Sequence[Part]
    makes_items: bool = False


def mapped(records: Iterator[Record], mapping: Mapping) -> Iterator[Record]:
    """Yield `records` with each row put through `mapping`."""
    for record in records:
        if isinstance(record, Found):
            yield Found(record.place, mapping(record.row), record.size)
        else:
            yield record


def find_file(folder: Path, *names: str) -> Path | None:
    """Return the first of `names` that is in `folder`, plain or with `.gz`."""
    candidates = (folder / f"{name}{end}" for name in names for end in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)
