"""Who wrote which review: texts are given to readers whose planted taste explains them."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from likeness.demo.library import Review, Row
from likeness.demo.tastes import Reader, Taste

MOST_REVIEWS = 8  # by one reader


@dataclass(frozen=True)
class Written:
    """A review with the stretch of its writer's time in which it was written."""

    review: Review
    late: bool


class Handout:
    """Gives each review to at most one reader, and each reader a book at most once."""

    def __init__(self, rng: np.random.Generator, reviews: list[Review], books: list[Row]) -> None:
        self._rng = rng
        self._tags = {book["id"]: book["tags"] for book in books}
        self._left = [reviews[place] for place in rng.permutation(len(reviews))]
        self._written: dict[str, list[Written]] = defaultdict(list)

    def run(self, readers: list[Reader]) -> dict[str, list[Written]]:
        """Return the reviews of each reader id; those that fit nobody stay unused."""
        for reader in readers:
            self._show_change_of_mind(reader)
        for review in list(self._left):
            self._give(review, readers)
        return dict(self._written)

    def _show_change_of_mind(self, reader: Reader) -> None:
        """Let a reader who came round speak ill of the tag first and well of it later."""
        turned = set(reader.planted.dislikes) & set(reader.planted.changed_likes)
        for late in (False, True):
            for review in self._left:
                if turned & set(review.tags) and self._fits(reader, review, late=late):
                    self._assign(reader, review, late=late)
                    break

    def _give(self, review: Review, readers: list[Reader]) -> None:
        order = self._rng.permutation(len(readers))
        for place in sorted(order, key=lambda place: self._load(readers[place])):
            reader = readers[place]
            lates = [late for late in (False, True) if self._fits(reader, review, late=late)]
            if lates and self._load(reader) < MOST_REVIEWS:
                self._assign(reader, review, late=lates[int(self._rng.integers(len(lates)))])
                return

    def _load(self, reader: Reader) -> int:
        return len(self._written[reader.planted.user])

    def _fits(self, reader: Reader, review: Review, *, late: bool) -> bool:
        has_read = {written.review.item for written in self._written[reader.planted.user]}
        if reader.language != review.language or review.item in has_read:
            return False
        return explains(reader.taste(late=late), review, self._tags[review.item])

    def _assign(self, reader: Reader, review: Review, *, late: bool) -> None:
        self._left.remove(review)
        self._written[reader.planted.user].append(Written(review, late))


def explains(taste: Taste, review: Review, book_tags: list[str]) -> bool:
    """Tell whether a reader of `taste` could have written `review`.

    The rating must lie within 1 of the expected one, and what the text praises or blames must
    be something that the reader likes or dislikes; a rating of 3 needs no such cause.
    """
    if abs(taste.pleasure(book_tags) - review.rating) > 1:
        return False
    if review.rating == 3:
        return True
    cause = taste.likes if review.rating > 3 else taste.dislikes
    return bool(cause & set(review.tags))
