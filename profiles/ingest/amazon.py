"""Amazon's reviews and metadata as they are published: the shapes of 2014, 2018 and 2023."""

import ast
import html
import json
import math
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from profiles.ingest.lines import Advance
from profiles.ingest.parts import Mapping, Part, Plan, mapped
from profiles.ingest.records import Found, Record, json_rows

ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
FIRST_LINES = 20  # of a file, to tell what it holds
LONGEST_TITLE, LONGEST_TAG = 1_000, 60
PRICE = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
LONGEST_LITERAL = 200_000  # a reader of Python needs a hundred times the memory of its text
NAMES_2014 = {  # and of 2018
    "reviewerID": "user",
    "overall": "value",
    "summary": "headline",
    "reviewText": "text",
    "unixReviewTime": "happened_at",
}
NAMES_2023 = {
    "user_id": "user",
    "rating": "value",
    "title": "headline",
    "text": "text",
    "timestamp": "happened_at",
}


def plan_of(folder: Path) -> Plan | None:
    """Return what `folder` holds of Amazon's files, or None where that is nothing."""
    parts: list[Part] = []
    for path in sorted(path for path in folder.iterdir() if path.name.endswith(ENDINGS)):
        first = _first_row(path)
        if first is None or not ({"asin", "parent_asin"} & first.keys()):
            continue
        if {"reviewerID", "user_id"} & first.keys():
            parts.append(Part("interactions", (path,), _reader(path, _review)))
        else:
            parts.append(Part("items", (path,), _reader(path, _product)))
    parts.sort(key=lambda part: part.what != "items")
    return Plan("amazon", parts, makes_items=True) if parts else None


def _reader(path: Path, mapping: Mapping) -> Callable[[Advance], Iterator[Record]]:
    return lambda advance: mapped(json_rows(path, advance, parse=loads), mapping)


def _first_row(path: Path) -> dict[str, Any] | None:
    records = islice(json_rows(path, lambda _: None, parse=loads), FIRST_LINES)
    return next((record.row for record in records if isinstance(record, Found)), None)


def loads(text: str) -> Any:
    """Read a line as JSON or, as in the files of 2014, as a Python literal.

    Raises ValueError where it is neither.
    """
    try:
        return json.loads(text)
    except ValueError:
        if len(text) > LONGEST_LITERAL:
            raise
        try:
            return ast.literal_eval(text)
        except (SyntaxError, MemoryError, RecursionError, TypeError):
            pass
        raise


def _review(row: dict[str, Any]) -> dict[str, Any]:
    names = NAMES_2023 if "user_id" in row else NAMES_2014
    sent = {ours: row[theirs] for theirs, ours in names.items() if row.get(theirs) is not None}
    headline = sent.pop("headline", "")
    sent["text"] = _joined([headline, sent.get("text", "")])
    sent["item"] = row.get("parent_asin") or row.get("asin")
    return sent | {"kind": "review"}


def _product(row: dict[str, Any]) -> dict[str, Any]:
    texts = [*_texts(row.get("description")), *_texts(row.get("feature") or row.get("features"))]
    maker = row.get("brand") or row.get("store")
    price = _price(row.get("price"))
    attributes = {"brand": maker} if isinstance(maker, str) and maker.strip() else {}
    return {
        "id": row.get("parent_asin") or row.get("asin"),
        "title": "".join(_texts(row.get("title")))[:LONGEST_TITLE],
        "text": _joined(texts),
        "tags": _tags(row),
        "attributes": attributes if price is None else {**attributes, "price": price},
    }


def _tags(row: dict[str, Any]) -> list[str]:
    given = row.get("categories") or row.get("category") or []
    flat: list[Any] = []
    for each in given if isinstance(given, list) else [given]:
        flat.extend(each if isinstance(each, list) else [each])
    # Some of the published categories are pieces of web pages: longer than any name of one.
    return [
        html.unescape(each).strip()
        for each in flat
        if isinstance(each, str) and len(each) <= LONGEST_TAG and "<" not in each
    ]


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str) and each.strip()]


def _joined(texts: list[Any]) -> Any:
    """Return the texts on lines of their own; what is no text is returned, to be refused."""
    wrong = next((each for each in texts if not isinstance(each, str)), None)
    if wrong is not None:
        return wrong
    return "\n".join(each.strip() for each in texts if each.strip())


def _price(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) else None
    found = PRICE.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[0].lstrip("$ ").replace(",", "")) if found else None
