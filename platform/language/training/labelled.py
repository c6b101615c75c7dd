"""Texts with what people said they mean: read from public sets, split so that nothing leaks."""

import csv
import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InvalidError

FLAT = 0.5  # a label from here up counts as yes
# The parts of all writers, and of all public texts, that are kept from training.
WRITERS_VALIDATED, WRITERS_JUDGED = 0.1, 0.2
TEXTS_VALIDATED, TEXTS_JUDGED = 0.05, 0.1


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text and its label in [0, 1]: 1 is pleased or offensive, by the use.

    `group` is who or what it must not be split from (its writer, say); `source` names its set;
    `score` in [0, 1] says how much of it, where somebody told.
    """

    text: str
    language: str
    label: float
    source: str
    group: str
    score: float | None = None

    @property
    def is_yes(self) -> bool:
        return self.label >= FLAT


@dataclass(frozen=True, slots=True)
class TextSet:
    """How one public file is read: for which use, in which columns, and on which scale.

    `low` and `high` are the labels that become 0 and 1. Sets that are for judging only, as
    their makers meant them, are never trained on.
    """

    file: str
    use: str
    language: str
    text: str = ""
    label: str = ""
    low: float = 0.0
    high: float = 1.0
    is_for_judging: bool = False


SETS = (
    TextSet("sst2-train.tsv", "sentiment", "en"),
    TextSet("sst2-dev.tsv", "sentiment", "en", is_for_judging=True),
    TextSet("graded-amazon-snippets.csv.gz", "sentiment", "en", "text", "sentiment", -4.0, 4.0),
    TextSet("graded-tweets.csv.gz", "sentiment", "en", "text", "sentiment", -4.0, 4.0),
    TextSet("zh-online-shopping.csv.gz", "sentiment", "zh", "review", "label"),
    TextSet("zh-offensive-train.csv.gz", "safety", "zh", "TEXT", "label"),
    TextSet("zh-offensive-dev.csv.gz", "safety", "zh", "TEXT", "label", is_for_judging=True),
)


@dataclass(frozen=True, slots=True)
class Split:
    """Texts to learn from, to calibrate on, and to judge by."""

    train: list[Labelled]
    validation: list[Labelled]
    test: list[Labelled]


def list_sets(folder: Path, use: str) -> list[TextSet]:
    """Return the known sets of a use that lie in `folder`. Raises InvalidError where none does."""
    found = [one for one in SETS if one.use == use and (folder / one.file).is_file()]
    if not found:
        known = ", ".join(one.file for one in SETS if one.use == use)
        raise InvalidError(f"No text set for {use} lies in {folder}; it may hold {known}.")
    return found


def read_set(folder: Path, each: TextSet) -> list[Labelled]:
    """Return the rows of a set, in their order. Each text is a group of its own."""
    file = folder / each.file
    rows = _pairs_of_tsv(file) if file.suffix == ".tsv" else _pairs_of_csv(file, each)
    span = each.high - each.low
    return [
        Labelled(
            text,
            each.language,
            min(1.0, max(0.0, (float(label) - each.low) / span)),
            each.file.split(".")[0],
            _digest(text),
        )
        for text, label in rows
        if text
    ]


def split(
    rows: Iterable[Labelled],
    *,
    validation: float = TEXTS_VALIDATED,
    test: float = TEXTS_JUDGED,
    salt: str = "",
) -> Split:
    """Split by group, by the digest of its name: the same rows always fall the same way."""
    parts = Split([], [], [])
    for row in rows:
        place = _place(salt + row.group)
        if place < test:
            parts.test.append(row)
        elif place < test + validation:
            parts.validation.append(row)
        else:
            parts.train.append(row)
    return parts


def split_by_writer(rows: Iterable[Labelled]) -> Split:
    """Split reviews whose group is the name of their writer."""
    return split(rows, validation=WRITERS_VALIDATED, test=WRITERS_JUDGED)


def is_judged_by(writer: str) -> bool:
    """Return whether no head learns from this writer, and each is judged by what they wrote."""
    return _place(writer) < WRITERS_JUDGED


def draw(rows: Sequence[Labelled], count: int, *, seed: int) -> list[Labelled]:
    """Return `count` rows drawn without replacement, in their order; all where there are fewer."""
    if len(rows) <= count:
        return list(rows)
    chosen = np.random.default_rng(seed).choice(len(rows), size=count, replace=False)
    return [rows[place] for place in np.sort(chosen)]


def labels_of(rows: Sequence[Labelled]) -> np.ndarray:
    """Return the labels as yes or no. Shapes: returns (B,)."""
    return np.array([row.is_yes for row in rows], dtype=bool)


def by_source(rows: Sequence[Labelled]) -> Mapping[str, list[Labelled]]:
    """Return the rows of each set."""
    found: dict[str, list[Labelled]] = {}
    for row in rows:
        found.setdefault(row.source, []).append(row)
    return found


def _pairs_of_tsv(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        text, _, label = line.rpartition("\t")
        yield text.strip(), label


def _pairs_of_csv(file: Path, each: TextSet) -> Iterator[tuple[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row[each.text].lstrip("\ufeff").strip(), row[each.label]


def _place(name: str) -> float:
    """Where in [0, 1] a name falls, always the same."""
    return int(_digest(name)[:8], 16) / 0xFFFFFFFF


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
