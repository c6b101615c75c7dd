"""Where a user's items lie in price, length, year: whatever numbers items come with."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from profiles.modelling.numbers import completed, outside_fences

LEAST_KNOWN = 3
MOST_BANDS = 6
# "12.99", "$12.99", "104 minutes"; and a date, of which the year is the number.
NUMBER = re.compile(r"^\D{0,3}?(-?\d+(?:[.,]\d+)?)\s*[A-Za-z\u4e00-\u9fff]*\.?$")
DATE = re.compile(r"^(\d{4})-\d{2}(?:-\d{2})?")
MAKERS = (
    *("creator", "author", "authors", "artist", "artists", "director", "writer"),
    *("brand", "publisher", "maker", "designer", "channel", "seller"),
)
# Numbers that name a thing in place of measuring it.
NAMES = re.compile(r"(?:^|_)(?:id|isbn|asin|sku|ean|code|zip|postcode|phone)$", re.IGNORECASE)


def numbers_in(attributes: Mapping[str, Any]) -> dict[str, float]:
    """Return the attributes that measure something, as numbers by name."""
    found: dict[str, float] = {}
    for name, value in attributes.items():
        number = None if NAMES.search(name) else _number(value)
        if number is not None and math.isfinite(number):
            found[name] = number
    return found


def maker_in(attributes: Mapping[str, Any]) -> str:
    """Return who made the item, as far as its attributes say so; else nothing."""
    for name in MAKERS:
        value = attributes.get(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str) and value.strip():
            return value.strip().casefold()
    return ""


def bands_of(items: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return the user's band in each number that their items come with.

    `low`, `middle` and `high` are the quartiles of all their items, with the median in place of
    what is missing; `known` and `missing` say how many that were. `outside` counts items beyond
    the fences. At most MOST_BANDS, those known of the most items first; each of at least
    LEAST_KNOWN items and of half of them.
    """
    columns: dict[str, list[float]] = defaultdict(list)
    for name in sorted({name for numbers in items for name in numbers}):
        columns[name] = [numbers.get(name, math.nan) for numbers in items]
    found = {name: _band(np.array(column)) for name, column in columns.items()}
    kept = [
        (name, band)
        for name, band in found.items()
        if band["known"] >= max(LEAST_KNOWN, band["missing"])
    ]
    kept.sort(key=lambda pair: (-pair[1]["known"], pair[0]))
    return dict(kept[:MOST_BANDS])


def _band(column: Any) -> dict[str, Any]:
    whole, missing = completed(column[:, None], "median")
    low, middle, high = np.quantile(whole[:, 0], [0.25, 0.5, 0.75]).tolist()
    return {
        "low": round(low, 3),
        "middle": round(middle, 3),
        "high": round(high, 3),
        "known": int((~missing).sum()),
        "missing": int(missing.sum()),
        "outside": int(outside_fences(column).sum()),
    }


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if date := DATE.match(text):
        return float(date.group(1))
    number = NUMBER.match(text)
    return float(number.group(1).replace(",", ".")) if number else None
