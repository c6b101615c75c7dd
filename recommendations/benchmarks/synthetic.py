"""A made-up workspace as arrays: topics, items about them, users who follow a few."""

from dataclasses import dataclass

import numpy as np

from core.arrays import Bools, Floats, Ids, as_floats, unit_rows

TOPICS = 40
TAGS_PER_TOPIC = 10
TAGS_PER_ITEM = 6
TOPICS_PER_USER = 3
STATEMENTS_PER_USER = 15
DIMENSIONS = 384
# Real encoders put all texts into a narrow cone: cosines between strangers are near this.
COMMON_COSINE = 0.75
OWN_TOPIC_SHARE = 0.85
# Spread of how busy users are, in natural logarithms: the busiest tenth has half of what happens.
BUSYNESS = 1.2
# An item's share falls with the power 0.6 of its place on its shelf.
SHELF_POWER = 2.5
FIRST_YEAR, LAST_YEAR = 1950, 2025
AVAILABLE_SHARE = 0.98


@dataclass(frozen=True, slots=True)
class Size:
    """How large the made-up workspace is."""

    items: int
    users: int
    interactions: int


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A made-up workspace; rows are numbered from 0.

    Shapes: item_topics (I,); vectors (I, D) of unit rows; item_tags (I, 6); centres (topics, D) of
    unit rows; user_topics (U, 3); users and items (T,) of the interactions, days (T,) before now;
    stated (U, 15), tags of each user's statements; years and is_available (I,).
    """

    item_topics: Ids
    years: Ids
    is_available: Bools
    vectors: Floats
    item_tags: Ids
    centres: Floats
    user_topics: Ids
    users: Ids
    items: Ids
    days: Floats
    stated: Ids

    @property
    def n_tags(self) -> int:
        """How many tags there are."""
        return TOPICS * TAGS_PER_TOPIC


def make_synthetic(size: Size, *, seed: int = 0) -> Synthetic:
    """Make a workspace of that size; the same seed gives the same one.

    Few items and few users have most of what happens. A user meets items of three topics, now and
    then any other. Interactions are in order of time, the oldest first.
    Memory: some 100 bytes an interaction for a moment, and 3 KB an item.
    """
    rng = np.random.default_rng(seed)
    item_topics = rng.integers(TOPICS, size=size.items)
    centres = _around(unit_rows(_gauss(rng, 1)), TOPICS, COMMON_COSINE, rng)
    user_topics = rng.integers(TOPICS, size=(size.users, TOPICS_PER_USER))
    users = _active(size, rng)
    return Synthetic(
        item_topics=item_topics,
        years=rng.integers(FIRST_YEAR, LAST_YEAR + 1, size=size.items),
        is_available=rng.random(size.items) < AVAILABLE_SHARE,
        vectors=_around(centres[item_topics], size.items, 0.9, rng),
        item_tags=_tags_of(item_topics[:, None], (size.items, TAGS_PER_ITEM), rng),
        centres=centres,
        user_topics=user_topics,
        users=users,
        items=_met(users, user_topics, item_topics, rng),
        days=as_floats(np.sort(rng.exponential(120.0, size=size.interactions))[::-1]),
        stated=_tags_of(
            np.repeat(user_topics, STATEMENTS_PER_USER // TOPICS_PER_USER, axis=1),
            (size.users, STATEMENTS_PER_USER),
            rng,
        ),
    )


def _active(size: Size, rng: np.random.Generator) -> Ids:
    """Draw a user for each interaction: some are far busier than most. Shapes: returns (T,)."""
    busyness = np.cumsum(rng.lognormal(0.0, BUSYNESS, size=size.users))
    drawn: Ids = np.searchsorted(busyness / busyness[-1], rng.random(size.interactions))
    return np.minimum(drawn, size.users - 1)


def _gauss(rng: np.random.Generator, count: int) -> Floats:
    return rng.standard_normal((count, DIMENSIONS), dtype=np.float32)


def _around(middles: Floats, count: int, cosine: float, rng: np.random.Generator) -> Floats:
    """Draw unit vectors at about that cosine from their middles. Shapes: returns (count, D)."""
    noise = unit_rows(_gauss(rng, count))
    return unit_rows(as_floats(cosine * middles + np.sqrt(1 - cosine**2) * noise))


def _tags_of(topics: Ids, shape: tuple[int, int], rng: np.random.Generator) -> Ids:
    """Draw tags, mostly of the topics, the first of each topic most often."""
    own = np.minimum(rng.geometric(0.3, size=shape) - 1, TAGS_PER_TOPIC - 1)
    anywhere = rng.integers(TOPICS * TAGS_PER_TOPIC, size=shape)
    is_own = rng.random(shape) < OWN_TOPIC_SHARE
    drawn: Ids = np.where(is_own, topics * TAGS_PER_TOPIC + own, anywhere)
    return drawn


def _met(users: Ids, user_topics: Ids, item_topics: Ids, rng: np.random.Generator) -> Ids:
    """Draw an item for each interaction: of one of the user's topics, popular ones more often."""
    by_topic = np.argsort(item_topics, kind="stable")
    counts = np.bincount(item_topics, minlength=TOPICS)
    starts = np.cumsum(counts) - counts
    chosen = user_topics[users, rng.integers(TOPICS_PER_USER, size=len(users))]
    is_own = (rng.random(len(users)) < OWN_TOPIC_SHARE) & (counts[chosen] > 0)
    place = (rng.random(len(users)) ** SHELF_POWER * counts[chosen]).astype(np.int64)
    own = by_topic[np.minimum(starts[chosen] + place, len(item_topics) - 1)]
    anywhere = rng.integers(len(item_topics), size=len(users))
    drawn: Ids = np.where(is_own, own, anywhere)
    return drawn
