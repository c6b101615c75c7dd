"""What came in of late and is to the user's taste, and what is taken to more than before."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.arrays import as_floats
from recommendations.engine.newest import arrivals, freshness, new_within, tells_apart
from recommendations.engine.trending import PRIOR, rising
from tests.recommendations.engine.worlds import log_of

DAY = 86_400.0


def test_an_item_came_in_when_it_was_entered_or_first_met_if_that_was_before():
    log = log_of((0, 0, 1.0, 5.0), (1, 0, 1.0, 3.0), (1, 1, -1.0, 8.0), items=4)
    assert_allclose(arrivals(log) / DAY, [3, 8, np.inf, np.inf])
    entered = np.array([1.0, 9.0, 7.0, 9.0]) * DAY  # what is entered later is not there yet
    assert_allclose(arrivals(log, entered) / DAY, [1, 8, 7, np.inf])


def test_where_nothing_is_dated_nothing_is_new():
    assert tells_apart(np.array([0.0, 31.0 * DAY, np.inf]))
    assert not tells_apart(np.array([0.0, 1.0, 2.0, np.inf]))
    assert not tells_apart(np.array([np.inf]))


def test_freshness_halves_in_thirty_days_whenever_one_looks():
    arrived = np.array([0.0, 30.0, 60.0, np.inf]) * DAY
    assert_allclose(freshness(arrived), [0.25, 0.5, 1.0, 0.0])
    later = freshness(arrived, 90 * DAY)
    assert_allclose(later[:3] / later[2], [0.25, 0.5, 1.0])
    assert later[3] == 0


def test_tags_tell_the_taste_and_texts_where_no_tag_speaks():
    tags, taste = as_floats([[0.0, 2.0], [0.0, -1.0]]), as_floats([[0.5, 0.1], [0.3, -0.2]])
    assert_allclose(new_within(tags, taste), [[0.0, 2.0], [0.3, 0.0]])
    assert_allclose(new_within(None, taste), [[0.5, 0.1], [0.3, 0.0]])


def test_what_rises_is_told_by_its_rate_against_its_own_past():
    overall, recent = as_floats([10, 10, 10, 0]), as_floats([1, 1, 4, 3])
    scores = rising(overall, recent)
    # of the three that anybody took to: late 1/2, 1/2, 2 of the mean, long 1 each
    assert_allclose(scores, [0, 0, np.log((2 + PRIOR) / (1 + PRIOR)), 0], rtol=1e-6)


def test_one_more_taker_of_a_rare_item_is_no_great_trend():
    overall, recent = as_floats([100, 100, 0.5]), as_floats([2, 1, 0.02])
    scores = rising(overall, recent)  # the rare one's share is four times what it was
    assert scores.argmax() == 0


@pytest.mark.parametrize("recent", [[0, 0], [1, 1]])
def test_where_nothing_rises_nothing_is_named(recent):
    assert not rising(as_floats([2, 2]), as_floats(recent)).any()
