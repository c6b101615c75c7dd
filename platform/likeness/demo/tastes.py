"""Planted tastes: what each demo reader likes, and how far a book pleases them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from likeness.demo.library import Circle

CHANGING = 3  # one reader in so many changes taste
COMING_ROUND = 2  # of those, one in so many learns to like what they disliked
STRAYING = 0.35  # chance that one of a reader's likes comes from another circle


@dataclass(frozen=True)
class Planted:
    """The truth about one reader, for a test to compare a portrait with.

    `changed_likes` replaces `likes` from `changed_at` on; both are empty for a constant reader.
    A dislike that appears in `changed_likes` is one that the reader gave up.
    """

    user: str
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    changed_likes: tuple[str, ...] = ()
    changed_at: datetime | None = None

    @property
    def current_likes(self) -> tuple[str, ...]:
        """The likes that hold on the last day."""
        return self.changed_likes or self.likes

    @property
    def current_dislikes(self) -> tuple[str, ...]:
        """The dislikes that hold on the last day."""
        return tuple(tag for tag in self.dislikes if tag not in self.changed_likes)


@dataclass(frozen=True)
class Taste:
    """Weights by tag over one stretch of time: likes above 0, dislikes and worn-out likes below."""

    weights: dict[str, float]

    @property
    def likes(self) -> set[str]:
        return {tag for tag, weight in self.weights.items() if weight > 0}

    @property
    def dislikes(self) -> set[str]:
        return {tag for tag, weight in self.weights.items() if weight < 0}

    def pleasure(self, tags: Collection[str]) -> float:
        """Return the expected rating, 1 to 5, of a book with `tags`.

        The strongest like lifts it from 3 and further ones a little; the strongest dislike
        weighs more than any like, since a book is put down for one thing that annoys.
        """
        known = [self.weights[tag] for tag in tags if tag in self.weights]
        likes = sorted((weight for weight in known if weight > 0), reverse=True)
        lift = sum(weight if rank == 0 else 0.15 for rank, weight in enumerate(likes))
        drop = min((weight for weight in known if weight < 0), default=0.0)
        if drop:
            lift *= 0.3
        return float(np.clip(3 + 1.8 * lift + 1.8 * drop, 1, 5))


@dataclass(frozen=True)
class Reader:
    """One demo reader: language, planted truth, and the tastes before and after any change."""

    planted: Planted
    language: str
    before: Taste
    after: Taste

    def taste(self, *, late: bool) -> Taste:
        """Return the taste that holds in the earlier or the later stretch."""
        return self.after if late else self.before


def plant_readers(
    rng: np.random.Generator, circles: list[Circle], *, count: int, changed_at: datetime
) -> list[Reader]:
    """Return `count` readers, spread evenly over circles and over the two languages.

    Every third one changes taste at `changed_at`, half of those by coming round to a dislike.
    """
    readers = []
    for index in range(count):
        planted = _plant(rng, circles, index=index, changed_at=changed_at)
        language = "en" if index % 2 == 0 else "zh"
        before, after = _tastes(rng, planted)
        readers.append(Reader(planted, language, before, after))
    return readers


def _plant(
    rng: np.random.Generator, circles: list[Circle], *, index: int, changed_at: datetime
) -> Planted:
    circle = circles[index % len(circles)]
    other = circles[(index + int(rng.integers(1, len(circles)))) % len(circles)]
    likes = _some(rng, circle.likes, int(rng.integers(2, 4)))
    if rng.random() < STRAYING:
        likes += _some(rng, [tag for tag in other.likes if tag not in likes], 1)
    allowed = [tag for tag in circle.dislikes if tag not in likes]
    dislikes = _some(rng, allowed, int(rng.integers(1, 3)))
    user = f"reader-{index + 1:03d}"
    # By whole rounds of circles, so that the changing readers come from every circle.
    turn = (index + index // len(circles)) % (CHANGING * COMING_ROUND)
    if turn % CHANGING:
        return Planted(user, likes, dislikes)
    kept, fresh = likes[:1], [t for t in other.likes if t not in likes and t not in dislikes]
    comes_round = turn == 0
    changed = kept + _some(rng, fresh, 1 if comes_round else 2)
    changed += dislikes[:1] if comes_round else ()
    return Planted(user, likes, dislikes, changed, changed_at)


def _tastes(rng: np.random.Generator, planted: Planted) -> tuple[Taste, Taste]:
    def drawn(tags: tuple[str, ...], sign: int) -> dict[str, float]:
        return {tag: sign * round(float(rng.uniform(0.7, 1.0)), 3) for tag in tags}

    before = drawn(planted.likes, 1) | drawn(planted.dislikes, -1)
    if not planted.changed_likes:
        return Taste(before), Taste(before)
    worn_out = dict.fromkeys(planted.likes, -0.45)
    return Taste(before), Taste(before | worn_out | drawn(planted.changed_likes, 1))


def _some(rng: np.random.Generator, tags: Collection[str], size: int) -> tuple[str, ...]:
    pool = list(tags)
    picked = rng.choice(len(pool), size=min(size, len(pool)), replace=False)
    return tuple(pool[place] for place in picked)
