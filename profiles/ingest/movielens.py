"""MovieLens as GroupLens publishes it: the CSV sets, the 1M and 10M sets, and the 100K set."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profiles.ingest.exchange import typed
from profiles.ingest.lines import Advance
from profiles.ingest.parts import Part, Plan, find_file, mapped
from profiles.ingest.records import Found, Record, csv_rows, split_rows

MOST_USER_TAGS = 10
NO_GENRES = "(no genres listed)"
YEAR = re.compile(r"\((\d{4})\)\s*$")
# The order of the 0/1 columns in u.item.
GENRES_100K = [
    *["unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"],
    *["Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery"],
    *["Romance", "Sci-Fi", "Thriller", "War", "Western"],
]


@dataclass(frozen=True, slots=True)
class Table:
    """A file of MovieLens: cells between `separator`, or CSV with a header where that is empty."""

    path: Path
    separator: str
    names: Sequence[str]

    def rows(self, advance: Advance) -> Iterator[Record]:
        """Yield the file's rows, by the names that the CSV sets use."""
        if not self.separator:
            return csv_rows(self.path, advance)
        return split_rows(self.path, advance, separator=self.separator, names=self.names)


def plan_of(folder: Path) -> Plan | None:
    """Return what `folder` holds of MovieLens, or None where that is nothing."""
    movies = _table(folder, ("movies", "movieId title genres"), "u.item")
    ratings = _table(folder, ("ratings", "userId movieId rating timestamp"), "u.data")
    tags = _table(folder, ("tags", "userId movieId tag timestamp"))
    users = _table(folder, ("users", "userId gender age occupation zip"), "u.user")
    if movies is None and ratings is None:
        return None
    parts: list[Part] = []
    if movies is not None:
        paths = (movies.path,) if tags is None else (tags.path, movies.path)
        parts.append(Part("items", paths, lambda advance: _items(movies, tags, advance)))
    if users is not None:
        read_users = users.rows
        parts.append(Part("users", (users.path,), lambda go: mapped(read_users(go), _user)))
    if ratings is not None:
        read = ratings.rows
        parts.append(Part("interactions", (ratings.path,), lambda go: mapped(read(go), _rating)))
    return Plan("movielens", parts, makes_items=movies is None)


NAMES_100K = {
    "u.item": ("|", ["movieId", "title", "released", "video", "url", *GENRES_100K]),
    "u.data": ("\t", ["userId", "movieId", "rating", "timestamp"]),
    "u.user": ("|", ["userId", "age", "gender", "occupation", "zip"]),
}


def _table(folder: Path, modern: tuple[str, str], oldest: str = "") -> Table | None:
    name, columns = modern
    names = columns.split()
    if path := find_file(folder, f"{name}.csv"):
        return Table(path, "", names)
    if path := find_file(folder, f"{name}.dat"):
        return Table(path, "::", names)
    if oldest and (path := find_file(folder, oldest)):
        return Table(path, *NAMES_100K[oldest])
    return None


def _items(movies: Table, tags: Table | None, advance: Advance) -> Iterator[Record]:
    """Yield the films, with the words that users tagged them with most often."""
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for record in tags.rows(advance) if tags else ():
        if isinstance(record, Found):
            said[str(record.row.get("movieId"))][str(record.row.get("tag", "")).strip()] += 1
        else:
            yield record

    def item(row: dict[str, Any]) -> dict[str, Any]:
        counted = said.get(str(row.get("movieId")), Counter())
        # The most frequent first, then by the alphabet: the same however the file is ordered.
        often = sorted(counted, key=lambda tag: (-counted[tag], tag))[:MOST_USER_TAGS]
        return _item(row) | {"tags": [*_genres(row), *often]}

    yield from mapped(movies.rows(advance), item)


def _item(row: dict[str, Any]) -> dict[str, Any]:
    title = str(row.get("title", ""))
    year = YEAR.search(title)
    attributes = {"year": int(year[1])} if year else {}
    return {"id": row.get("movieId"), "title": title, "attributes": attributes}


def _genres(row: dict[str, Any]) -> list[str]:
    if "genres" in row:
        return [each for each in str(row["genres"]).split("|") if each != NO_GENRES]
    return [each for each in GENRES_100K[1:] if row.get(each) == "1"]


def _user(row: dict[str, Any]) -> dict[str, Any]:
    traits = {name: row[name] for name in ("gender", "age", "occupation") if name in row}
    return {"id": row.get("userId"), "traits": traits}


def _rating(row: dict[str, Any]) -> dict[str, Any]:
    sent = {
        "user": row.get("userId"),
        "item": row.get("movieId"),
        "kind": "rate",
        "value": row.get("rating"),
        "happened_at": row.get("timestamp"),
    }
    return typed({name: cell for name, cell in sent.items() if cell is not None})
