"""The reading room's own material: books, vocabulary, reviews and circles of taste.

Everything here is read from the JSON files beside this module; nothing is drawn at random.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Review:
    """A text someone may have written about a book, and the tags of the book it is about."""

    item: str
    rating: int
    language: str
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Circle:
    """Readers of one bent: the tags its members tend to like and to dislike."""

    likes: tuple[str, ...]
    dislikes: tuple[str, ...]


def load_books() -> list[Row]:
    """Return every book as an item of the exchange format, in order of id."""
    return _read_lines(DATA / "books.jsonl")


def load_vocabulary() -> Row:
    """Return `fields` (name per language) and `tags` (name per language, parent field)."""
    vocabulary: Row = _read_object(DATA / "tags.json")
    return vocabulary


def load_reviews() -> list[Review]:
    """Return the reviews in file order."""
    return [
        Review(row["item"], row["rating"], row["language"], row["text"], tuple(row["tags"]))
        for row in _read_lines(DATA / "reviews.jsonl")
    ]


def load_circles() -> list[Circle]:
    """Return the circles of taste from which readers are drawn."""
    circles = _read_object(DATA / "readers.json")["circles"].values()
    return [Circle(tuple(circle["likes"]), tuple(circle["dislikes"])) for circle in circles]


def load_names() -> dict[str, list[str]]:
    """Return the readers' first names by language."""
    names: dict[str, list[str]] = _read_object(DATA / "readers.json")["names"]
    return names


def _read_lines(path: Path) -> list[Row]:
    # Not splitlines: it would also break at separators that are legal inside a JSON string.
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _read_object(path: Path) -> Row:
    loaded: Row = json.loads(path.read_text("utf-8"))
    return loaded
