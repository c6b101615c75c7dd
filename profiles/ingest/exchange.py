"""The platform's own exchange format: JSON lines, or CSV with the same names as columns."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from profiles.ingest.parts import Part, Plan, What, find_file, mapped
from profiles.ingest.records import csv_rows, json_rows

PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d{0,15})(\.\d+)?([eE][+-]?\d{1,3})?")
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
WHATS: tuple[What, ...] = ("items", "users", "interactions")


def plan_of(folder: Path) -> Plan | None:
    """Return what `folder` holds in the exchange format, or None where that is nothing."""
    parts = [part for what in WHATS if (part := _part(folder, what)) is not None]
    return Plan("exchange", parts) if parts else None


def _part(folder: Path, what: What) -> Part | None:
    if path := find_file(folder, f"{what}.jsonl", f"{what}.ndjson"):
        return Part(what, (path,), partial(json_rows, path))
    if path := find_file(folder, f"{what}.csv"):
        source = path
        return Part(what, (source,), lambda advance: mapped(csv_rows(source, advance), typed))
    return None


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a CSV row with the types of the exchange format.

    `tags` are split at semicolons, `attributes.x` and `traits.x` are gathered, numbers are read
    where numbers belong. What cannot be read stays text, so that the row is refused by its value.
    """
    found: dict[str, Any] = {}
    for name, cell in row.items():
        head, dot, key = name.partition(".")
        if dot and head in {"attributes", "traits"}:
            found.setdefault(head, {})[key] = _number(cell)
        else:
            found[name] = CELLS.get(name, str)(cell)
    return found


def _number(cell: str) -> str | int | float:
    """Return the number that `cell` is the plain spelling of, else the cell: "007" is a name."""
    plain = cell.strip()
    if not PLAIN_NUMBER.fullmatch(plain):
        return cell
    return int(plain) if plain.lstrip("-").isdigit() else float(plain)


def _tags(cell: str) -> list[str]:
    return [tag.strip() for tag in cell.split(";") if tag.strip()]


def _flag(cell: str) -> bool | str:
    return FLAGS.get(cell.strip().lower(), cell)


CELLS: dict[str, Callable[[str], Any]] = {
    "tags": _tags,
    "value": _number,
    "happened_at": _number,
    "available_from": _number,
    "available_until": _number,
    "is_available": _flag,
}
