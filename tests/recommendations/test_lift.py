"""What portraits and words add to a ranking, in worlds where the answer is plain."""

from dataclasses import replace

import numpy as np
import pytest

from core.arrays import as_floats
from core.errors import InvalidError
from recommendations.engine.learned import Content
from recommendations.engine.log import join
from recommendations.engine.splits import Split, user_split
from recommendations.evaluation.portrait.keep import all_liked, by_words, sentiment_gain
from recommendations.evaluation.portrait.lift import portrait_lift, relative, remembering
from tests.recommendations.engine.test_gate import opinions, townsmen
from tests.recommendations.engine.test_portrait_source import (
    SMALL,
    portray,
    strangers,
    tastes,
)
from tests.recommendations.engine.worlds import log_of


@pytest.fixture(scope="module")
def lift():
    return portrait_lift(user_split(tastes()), Content(), portray, budget=SMALL)


def test_a_true_portrait_lifts_the_ranking_and_a_shuffled_one_does_not(lift):
    assert lift["gate"]["is_open"]
    assert lift["low"] > 0.1
    assert lift["shuffled"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert not lift["shuffled_gate"]["is_open"]


def test_the_lift_is_the_share_that_the_two_figures_say(lift):
    both = lift["ndcg@20"]
    with_it, without = both["with"]["value"], both["without"]["value"]
    assert lift["value"] == pytest.approx((with_it - without) / without, abs=1e-3)
    assert lift["weights"]["portrait"] > 0


def test_other_peoples_portraits_lift_nothing():
    found = portrait_lift(user_split(tastes()), Content(), strangers, budget=SMALL)
    assert (found["value"], found["low"], found["high"]) == (0.0, 0.0, 0.0)


def test_the_portraits_of_the_same_rows_are_drawn_once():
    asked = []

    def counted(log, users):
        asked.append(len(log))
        return portray(log, users)

    drawn, log = remembering(counted), tastes()
    assert drawn(log, np.arange(3)) is drawn(replace(log), np.arange(5))
    assert len(asked) == 1


def test_a_difference_is_told_as_a_share_of_what_there_was():
    found = relative(np.full(9, 0.3), np.full(9, 0.2), np.random.default_rng(0))
    assert found == {"value": 0.5, "low": 0.5, "high": 0.5}
    nothing = relative(np.zeros(3), np.zeros(3), np.random.default_rng(0))
    assert nothing["value"] == 0.0


def told(*, are_true):
    """Praise and blame, then two lots of likings to choose and to test on."""
    past, future = opinions(are_true=are_true)
    readers = log_of(*townsmen(), users=160, items=30)
    train = join(replace(past, n_users=160), readers)
    rows = replace(future, n_users=160)
    half = np.arange(len(rows)) % 3 == 0
    return Split("user", train, _part(rows, half), _part(rows, ~half))


def _part(log, rows):
    kept = {name: getattr(log, name)[rows] for name in ("users", "items", "weights", "times")}
    return replace(log, **kept)


def test_true_words_earn_their_keep_and_words_of_other_reviews_do_not():
    found = sentiment_gain(told(are_true=True), budget=replace(SMALL, users=160))
    assert found["is_on"]
    assert found["low"] > 0
    assert found["as_served"]["value"] == found["value"]
    assert found["shuffled"]["value"] < found["value"] / 2


def test_words_drawn_by_chance_are_not_used():
    found = sentiment_gain(told(are_true=False), budget=replace(SMALL, users=160))
    assert not found["is_on"]
    assert found["as_served"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_where_hardly_anything_was_written_there_is_nothing_to_ask():
    assert sentiment_gain(user_split(tastes()), budget=SMALL) is None


def test_nothing_to_validate_on_is_refused():
    log = log_of((0, 0), (0, 1))
    with pytest.raises(InvalidError, match="nothing to validate"):
        portrait_lift(Split("user", log, log, log), Content(), portray, budget=SMALL)


def test_words_alone_say_as_much_as_they_are_warm():
    log = replace(log_of((0, 0), (0, 1), (0, 2)), felt=as_floats([1.0, -0.5, np.nan]))
    assert by_words(log).weights.tolist() == pytest.approx([0.7, -0.35, 0.0])
    assert all_liked(log).weights.tolist() == pytest.approx([0.7, 0.7, 0.0])
