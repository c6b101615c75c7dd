"""A request's past is what a refit of that user would learn from, however often they come back."""

from datetime import timedelta

import numpy as np
import pytest

from profiles.models import Reading
from recommendations.engine.history import NEWEST, HistoryConfig, histories
from recommendations.engine.sequence import newest_liked
from recommendations.queries.askers import load_met
from recommendations.queries.lessons import load_lesson
from tests.factories import make_interaction, make_item, make_review, make_user, make_workspace
from tests.recommendations.worlds import NOW

pytestmark = pytest.mark.django_db

FADINGS = [
    HistoryConfig(dislike=1.0),
    HistoryConfig(half_life_steps=5.0),
    HistoryConfig(half_life_days=20.0, half_life_steps=50.0, dislike=0.5, feeling=1.5),
]
# What one may do with an item, and with which value.
DEEDS = [("view", None), ("click", None), ("like", None), ("dismiss", None), ("less", None)]
DEEDS += [("rating", 1.0), ("rating", 3.0), ("rating", 4.0), ("review", None), ("review", 2.0)]


@pytest.fixture
def workspace(db):
    return make_workspace()


@pytest.fixture
def reader(workspace):
    return make_user(workspace, "reader")


@pytest.fixture
def items(workspace):
    return [make_item(workspace, f"i{number}") for number in range(12)]


def ago(days: float):
    return NOW - timedelta(days=days)


def put_review(reader, item, sentiment, **fields):
    review = make_review(reader, item, "words", **fields)
    Reading.objects.create(
        workspace_id=reader.workspace_id,
        review=review,
        sentiment=sentiment,
        confidence=0.8,
        safety=1.0,
        content_hash="",
        model="hand",
        version="1",
    )


def past_of(reader, fading):
    past, _ = load_met(reader.pk, fading, now=NOW)
    return dict(zip(past.history.items.tolist(), past.history.weights.tolist(), strict=True))


def refitted(reader, fading):
    """What a fit learns of the user now."""
    lesson = load_lesson(reader.workspace_id)
    place = lesson.people.tolist().index(reader.pk)
    row = histories(lesson.log, fading)[[place]].tocoo()
    return dict(zip(lesson.items[row.coords[1]].tolist(), row.data.tolist(), strict=True))


@pytest.mark.parametrize("fading", FADINGS)
@pytest.mark.parametrize("seed", range(3))
def test_who_comes_back_has_the_past_that_a_refit_would_learn(reader, items, fading, seed):
    rng = np.random.default_rng(seed)
    for _ in range(60):
        item = items[int(rng.integers(len(items)))]
        kind, value = DEEDS[int(rng.integers(len(DEEDS)))]
        happened_at = ago(int(rng.integers(40)))  # many at one moment
        if kind == "review":
            sentiment = float(np.round(rng.uniform(-1, 1), 1))
            put_review(reader, item, sentiment, value=value, happened_at=happened_at)
        else:
            make_interaction(reader, item, kind, value=value, happened_at=happened_at)
    assert past_of(reader, fading) == pytest.approx(refitted(reader, fading), abs=1e-6)
    lesson = load_lesson(reader.workspace_id)
    [liked] = newest_liked(lesson.log, np.array([0]), NEWEST)
    past, _ = load_met(reader.pk, fading, now=NOW)
    assert past.liked.tolist() == lesson.items[liked].tolist()


def test_many_looks_say_no_more_than_one_and_less_than_a_liking(reader, items):
    for day in range(8):
        make_interaction(reader, items[0], "view", happened_at=ago(day))
    make_interaction(reader, items[1], "like", happened_at=ago(9))
    said = past_of(reader, HistoryConfig())
    assert said == pytest.approx({items[0].pk: 0.1, items[1].pk: 0.8})


def test_what_was_heard_over_and_over_does_not_push_out_the_rest(reader, items):
    for place, item in enumerate(items):
        make_interaction(reader, item, happened_at=ago(100 - place))
    for minute in range(NEWEST + 10):
        make_interaction(reader, items[0], "view", happened_at=ago(minute / 1440))
    past, seen = load_met(reader.pk, HistoryConfig(), now=NOW)
    assert set(past.history.items.tolist()) == set(seen.tolist()) == {item.pk for item in items}


def test_of_a_long_past_the_newest_things_count(workspace, reader):
    items = [make_item(workspace, f"n{number}") for number in range(NEWEST + 5)]
    for place, item in enumerate(items):
        make_interaction(reader, item, happened_at=ago(place))
    past, seen = load_met(reader.pk, HistoryConfig(), now=NOW)
    assert past.history.items.tolist() == [item.pk for item in items[:NEWEST][::-1]]
    assert len(seen) == NEWEST + 5


def is_liked(reader, item):
    past, _ = load_met(reader.pk, HistoryConfig(), now=NOW)
    return past.items[item.pk].is_liked


def test_what_was_liked_stays_so_when_it_is_looked_at_until_it_is_disliked(reader, items):
    make_interaction(reader, items[0], "like", happened_at=ago(3))
    make_interaction(reader, items[0], "click", happened_at=ago(2))
    assert is_liked(reader, items[0])
    make_interaction(reader, items[0], "dismiss", happened_at=ago(1))
    assert not is_liked(reader, items[0])
    make_interaction(reader, items[1], "click", happened_at=ago(1))
    assert not is_liked(reader, items[1])
