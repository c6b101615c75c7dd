"""Open the word lists that stand beside this module as TOML, so that they can grow without code."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("words")


def load_words(name: str) -> dict[str, Any]:
    """Return the parsed list `words/<name>.toml`."""
    with (_FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def graded(groups: list[Mapping[str, Any]], value: str) -> dict[str, float]:
    """Return each word of `groups` with the number that its group gives under `value`.

    A word that stands in two groups keeps the first.
    """
    grades: dict[str, float] = {}
    for group in groups:
        for word in group["words"].split():
            grades.setdefault(word, float(group[value]))
    return grades
