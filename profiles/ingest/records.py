"""What a file holds, line by line: rows as they were written, and what is no row."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.rows import shown
from profiles.ingest.lines import LONGEST_LINE_BYTES, Advance, Line, read_lines

csv.field_size_limit(LONGEST_LINE_BYTES)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the file's name and the line, counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Found:
    """A row, as names and values; `size` is about how many bytes it took."""

    place: Place
    row: dict[str, Any]
    size: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no row, and why."""

    place: Place
    code: str
    message: str
    value: str = ""


Record = Found | Broken


def json_rows(
    path: Path, advance: Advance, *, parse: Callable[[str], Any] = json.loads
) -> Iterator[Record]:
    """Yield the JSON objects of `path`, one a line; empty lines are passed over.

    `parse` reads a line, and raises ValueError where it cannot.
    """
    for line in read_lines(path, advance):
        place = Place(path.name, line.number)
        text = _text_of(line, place)
        if isinstance(text, Broken):
            yield text
        elif text.strip():
            yield _json_row(text, place, parse)


def csv_rows(path: Path, advance: Advance) -> Iterator[Record]:
    """Yield the rows of a CSV with a header; an empty cell is an absent field."""
    lines = _CsvLines(path, advance)
    reader = csv.reader(lines)
    header: list[str] | None = None
    while True:
        lines.begin()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            message = f"It is not CSV: {error}; check the quotes."
            yield Broken(lines.place, "invalid_csv", message)
            continue
        yield from lines.take_broken()
        if cells is None:
            return
        if header is None:
            header = [name.strip() for name in cells]
        elif cells:
            yield _named(cells, header, lines.place, lines.size)


def split_rows(
    path: Path, advance: Advance, *, separator: str, names: Sequence[str]
) -> Iterator[Record]:
    """Yield rows without a header whose cells stand between `separator` and are never quoted.

    Where the number of cells may vary, the last name takes all that remain.
    """
    for line in read_lines(path, advance):
        place = Place(path.name, line.number)
        text = _text_of(line, place, also="latin-1")  # as such files were written
        if isinstance(text, Broken):
            yield text
        elif text.strip():
            cells = text.split(separator, len(names) - 1)
            yield _named(cells, names, place, len(line.content))


class _CsvLines(Iterator[str]):
    """The decoded lines of a CSV, for a reader that may take several for one row."""

    def __init__(self, path: Path, advance: Advance) -> None:
        self.place = Place(path.name, 1)
        self.size = 0
        self._lines = read_lines(path, advance)
        self._broken: list[Broken] = []
        self._is_first = True

    def begin(self) -> None:
        """Say that the next line is the first of a row."""
        self._is_first, self.size = True, 0

    def take_broken(self) -> list[Broken]:
        """Return the lines that could not be read since the last call."""
        broken, self._broken = self._broken, []
        return broken

    def __next__(self) -> str:
        for line in self._lines:
            place = Place(self.place.file, line.number)
            text = _text_of(line, place)
            if isinstance(text, Broken):
                self._broken.append(text)
                continue
            if self._is_first:
                self.place, self._is_first = place, False
            self.size += len(line.content)
            return f"{text}\n"
        raise StopIteration


def _text_of(line: Line, place: Place, *, also: str = "") -> str | Broken:
    if line.problem:
        return Broken(place, "unreadable", line.problem)
    try:
        return line.content.decode()
    except UnicodeDecodeError as error:
        if also:
            return line.content.decode(also)
        wrong = line.content[error.start : error.end]
        message = f"Byte {error.start + 1} of the line is not UTF-8; write the file in UTF-8."
        return Broken(place, "invalid_utf8", message, repr(wrong))


def _json_row(text: str, place: Place, parse: Callable[[str], Any]) -> Record:
    try:
        row = parse(text)
    except (ValueError, RecursionError) as error:
        message = f"It is not JSON: {error}; write one object a line."
        return Broken(place, "invalid_json", message, shown(text.strip()))
    if not isinstance(row, dict):
        message = "It is JSON, but no object; write one object a line."
        return Broken(place, "invalid_json", message, shown(text.strip()))
    return Found(place, row, len(text))


def _named(cells: Sequence[str], names: Sequence[str], place: Place, size: int) -> Record:
    if len(cells) != len(names):
        message = f"It has {len(cells)} cells where {len(names)} belong: {', '.join(names)}."
        return Broken(place, "invalid_csv", message, shown(", ".join(cells)))
    row = {name: cell for name, cell in zip(names, cells, strict=True) if cell != ""}
    return Found(place, row, size)
