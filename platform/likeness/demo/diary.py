"""Two years of one reader: which books they met, and what they did with each."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from core.arrays import Doubles
from likeness.demo.handout import Written
from likeness.demo.library import Row
from likeness.demo.tastes import Reader, Taste

FEWEST, MOST = 28, 54  # interactions after which a reader starts no further book


@dataclass(frozen=True)
class Span:
    """The two years, and the day in the middle at which tastes change."""

    start: datetime
    middle: datetime
    end: datetime

    @classmethod
    def before(cls, end: datetime) -> "Span":
        """Return the two years up to midnight UTC of the day of `end`, which must be aware."""
        end = end.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(end - timedelta(days=730), end - timedelta(days=365), end)


class Diary:
    """Writes the interactions of one reader with the books of the room."""

    def __init__(
        self,
        rng: np.random.Generator,
        reader: Reader,
        *,
        books: list[Row],
        renown: Doubles,
        span: Span,
    ) -> None:
        self._rng = rng
        self._reader = reader
        self._books = {book["id"]: book for book in books}
        self._pull = {
            late: self._appetite(reader.taste(late=late), books, renown) for late in (False, True)
        }
        self._span = span
        self._met: set[str] = set()
        self._traces: Counter[tuple[str, bool]] = Counter()  # opinions by tag and stretch
        self._rows: list[Row] = []

    def write(self, reviews: list[Written]) -> list[Row]:
        """Return the reader's interactions in time order, with an event id each."""
        for written in reviews:
            self._read_and_review(written)
        for late in (False, True):
            self._show_taste(late=late)
        for late in (False, True):
            self._shun_disliked(late=late)
        enough = int(self._rng.integers(FEWEST, MOST + 1))
        late = bool(self._rng.integers(2))
        while len(self._rows) < enough:
            self._meet_another(late=late)
            late = not late
        self._rows.sort(key=lambda row: (row["happened_at"], row["item"], row["kind"]))
        user = self._reader.planted.user
        return [{"event_id": f"{user}-{n:03d}", **row} for n, row in enumerate(self._rows, 1)]

    def _appetite(self, taste: Taste, books: list[Row], renown: Doubles) -> dict[str, float]:
        """Return how strongly each book draws the reader: taste, renown, and a shared language."""
        pull = {}
        for book, fame in zip(books, renown, strict=True):
            near = 1.0 if book["attributes"]["language"] == self._reader.language else 0.45
            hoped = float(np.exp(1.3 * max(taste.pleasure(book["tags"]) - 3, 0)))
            pull[book["id"]] = near * hoped * float(fame)
        return pull

    def _read_and_review(self, written: Written) -> None:
        review = written.review
        self._met.add(review.item)
        at = self._borrow(review.item, self._moment(late=written.late))
        if review.rating <= 2 and self._rng.random() < 0.4:
            at = self._later(at, 1, 5)
            self._add(review.item, "return", at)
        at = self._later(at, 1, 14)
        self._add(review.item, "review", at, value=float(review.rating), text=review.text)
        self._trace(review.item, late=written.late)

    def _show_taste(self, *, late: bool) -> None:
        """Rate a book for each planted tag of a stretch, two where the other stretch lacks it.

        A taste that leaves no trace could not be found by any portrait.
        """
        weights, other = (self._reader.taste(late=half).weights for half in (late, not late))
        for tag, weight in weights.items():
            is_planted = tag in self._reader.planted.dislikes or weight > 0
            wanted = (1 if weight * other.get(tag, 0) > 0 else 2) if is_planted else 0
            for _ in range(wanted - self._traces[tag, late]):
                self._read_one(tag, late=late)

    def _shun_disliked(self, *, late: bool) -> None:
        for tag, weight in self._reader.taste(late=late).weights.items():
            if weight < 0 and tag in self._reader.planted.dislikes:
                self._shun_one(tag, late=late)

    def _shun_one(self, tag: str, *, late: bool) -> None:
        if len(self._rows) < MOST and self._rng.random() < 0.6:
            item = self._pick(late=late, tag=tag)
            self._glance(item, self._moment(late=late), self._expected(item, late=late))

    def _read_one(self, tag: str, *, late: bool) -> None:
        item = self._pick(late=late, tag=tag)
        expected = self._expected(item, late=late)
        self._read(item, self._moment(late=late), expected, rates=True)
        self._trace(item, late=late)

    def _trace(self, item: str, *, late: bool) -> None:
        self._traces.update((tag, late) for tag in self._books[item]["tags"])

    def _meet_another(self, *, late: bool) -> None:
        item = self._pick(late=late)
        expected = self._expected(item, late=late)
        at = self._moment(late=late)
        if self._rng.random() < (0.45 if expected < 2.5 else 0.12):
            self._glance(item, at, expected)
        else:
            self._read(item, at, expected, rates=self._rng.random() < 0.75)

    def _pick(self, *, late: bool, tag: str | None = None) -> str:
        """Draw a book not met before by how strongly it draws, of `tag` while any is left."""
        pull = {
            item: weight
            for item, weight in self._pull[late].items()
            if item not in self._met and (tag is None or tag in self._books[item]["tags"])
        }
        if not pull:
            return self._pick(late=late)
        weights = np.array(list(pull.values()))
        item = list(pull)[int(self._rng.choice(len(weights), p=weights / weights.sum()))]
        self._met.add(item)
        return item

    def _expected(self, item: str, *, late: bool) -> float:
        return self._reader.taste(late=late).pleasure(self._books[item]["tags"])

    def _glance(self, item: str, at: datetime, expected: float) -> None:
        self._add(item, "view", at)
        if expected < 2.5:
            self._add(item, "dismiss", at + timedelta(seconds=int(self._rng.integers(5, 90))))

    def _read(self, item: str, at: datetime, expected: float, *, rates: bool) -> None:
        at = self._borrow(item, at)
        rating = int(np.clip(np.rint(expected + self._rng.normal(0, 0.4)), 1, 5))
        if rating <= 2 and self._rng.random() < 0.5:
            at = self._later(at, 1, 5)
            self._add(item, "return", at)
        if rates:
            self._add(item, "rate", self._later(at, 1, 20), value=float(rating))

    def _borrow(self, item: str, at: datetime) -> datetime:
        self._add(item, "view", at)
        at += timedelta(minutes=int(self._rng.integers(1, 40)))
        self._add(item, "borrow", at)
        return at

    def _moment(self, *, late: bool) -> datetime:
        """Draw an opening hour in a half of the span, early enough to finish a loan within it."""
        start = self._span.middle if late else self._span.start
        stop = (self._span.end if late else self._span.middle) - timedelta(days=30)
        day = start + timedelta(days=int(self._rng.integers((stop - start).days)))
        return day.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(
            minutes=int(self._rng.integers(11 * 60))
        )

    def _later(self, at: datetime, fewest_days: int, most_days: int) -> datetime:
        days = int(self._rng.integers(fewest_days, most_days + 1))
        return at + timedelta(days=days, minutes=int(self._rng.integers(60)))

    def _add(self, item: str, kind: str, at: datetime, **rest: float | str) -> None:
        self._rows.append(
            {
                "user": self._reader.planted.user,
                "item": item,
                "kind": kind,
                **rest,
                "happened_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )
