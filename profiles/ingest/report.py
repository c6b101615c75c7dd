"""What became of every row that was read: totals, the first refusals, and a file with all."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from core.rows import RowResult
from profiles.ingest.parts import What
from profiles.ingest.records import Broken, Place

MOST_SHOWN = 20
STATUSES = ("created", "updated", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class Rejection:
    """One line that was refused: where it stands, what is wrong, and what to do."""

    file: str
    line: int
    field: str
    value: str
    code: str
    message: str


@dataclass(slots=True)
class Report:
    """The counts of one run. Every rejection is written to `file` as it comes, as a JSON line."""

    file: TextIO
    counts: dict[What, Counter[str]] = field(default_factory=dict)
    first: list[Rejection] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def count(self, what: What, place: Place, result: RowResult) -> None:
        """Count a row by what became of it."""
        if result.status == "rejected":
            rejection = Rejection(
                place.file, place.line, result.field, result.value, result.code, result.message
            )
            self._reject(what, rejection)
        else:
            self._counter(what)[result.status] += 1

    def count_broken(self, what: What, broken: Broken) -> None:
        """Count a line that is no row."""
        place = broken.place
        rejection = Rejection(place.file, place.line, "", broken.value, broken.code, broken.message)
        self._reject(what, rejection)

    def note(self, sentence: str) -> None:
        """Keep a sentence that the reader of the report should see, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    @property
    def rows(self) -> int:
        """Return how many rows were read."""
        return sum(counter.total() for counter in self.counts.values())

    def rows_of(self, what: What) -> int:
        """Return how many items, users or interactions were read."""
        return self.counts[what].total() if what in self.counts else 0

    def total(self, status: str) -> int:
        """Return how many rows of any kind have this status."""
        return sum(counter[status] for counter in self.counts.values())

    def close(self, seconds: float) -> None:
        """Write the totals as the report's last line."""
        totals: dict[str, Any] = {
            what: {status: counter[status] for status in STATUSES}
            for what, counter in self.counts.items()
        }
        summary = {
            "totals": totals,
            "ignored_fields": dict(self.ignored),
            "notes": self.notes,
            "seconds": round(seconds, 3),
        }
        self._write(summary)

    def _reject(self, what: What, rejection: Rejection) -> None:
        self._counter(what)["rejected"] += 1
        if len(self.first) < MOST_SHOWN:
            self.first.append(rejection)
        self._write(asdict(rejection))

    def _counter(self, what: What) -> Counter[str]:
        return self.counts.setdefault(what, Counter())

    def _write(self, line: dict[str, Any]) -> None:
        self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
