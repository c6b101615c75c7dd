from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.arrays import as_floats
from recommendations.engine.condense import condense
from recommendations.engine.history import History, HistoryConfig, histories, history_of
from recommendations.engine.log import take
from recommendations.engine.sources import (
    link_scores,
    score_neighbours,
    score_popular,
    score_tags,
    score_taste,
)
from tests.recommendations.engine.worlds import drifting

DAY = 86_400.0


def history(*pairs):
    return History(np.array([i for i, _ in pairs]), as_floats([w for _, w in pairs]))


IDS = np.array([[10, 11], [11, 12], [10, -1]])
WEIGHTS = as_floats([[0.5, 0.2], [0.4, 0.3], [0.1, 0.0]])


def test_neighbour_scores_add_up_over_the_history():
    scored = score_neighbours(history((1, 1.0), (2, 0.5), (3, -1.0)), IDS, WEIGHTS)
    assert scored.items.tolist() == [10, 11, 12]
    assert_allclose(scored.scores, [0.5 - 0.1, 0.2 + 0.2, 0.15], rtol=1e-6)


def test_carriers_are_history_positions_with_their_share_of_what_spoke_for():
    scored = score_neighbours(history((1, 1.0), (2, 0.5), (3, -1.0)), IDS, WEIGHTS)
    assert scored.carriers.tolist() == [[0, -1], [0, 1], [1, -1]]
    assert_allclose(scored.shares, [[1, 0], [0.5, 0.5], [1, 0]])


def test_contributions_sum_to_the_score():
    rng = np.random.default_rng(0)
    ids = np.stack([rng.choice(30, 6, replace=False) for _ in range(2)])
    weights = as_floats(rng.random((2, 6)))
    past = history((7, 0.9), (8, 0.3))
    scored = score_neighbours(past, ids, weights)
    for item, score, carriers, shares in zip(
        scored.items, scored.scores, scored.carriers, scored.shares, strict=True
    ):
        parts = {
            position: past.weights[position] * weights[position][ids[position] == item].sum()
            for position in (0, 1)
        }
        assert score == pytest.approx(sum(parts.values()), rel=1e-5)
        assert shares.sum() == pytest.approx(1.0, rel=1e-5)
        for carrier, share in zip(carriers, shares, strict=True):
            if carrier >= 0:
                assert share * score == pytest.approx(parts[int(carrier)], rel=1e-5)


def test_scores_alone_are_those_that_come_with_carriers():
    past = history((1, 1.0), (2, 0.5), (3, -1.0))
    items, scores = link_scores(past, IDS, WEIGHTS)
    scored = score_neighbours(past, IDS, WEIGHTS)
    assert items.tolist() == scored.items.tolist()
    assert_allclose(scores, scored.scores, rtol=1e-6)


def test_an_empty_history_has_no_candidates():
    scored = score_neighbours(history(), np.empty((0, 5), dtype=np.int64), np.empty((0, 5)))
    assert len(scored.items) == len(scored.scores) == 0


def test_the_nearest_interest_decides_however_little_it_weighs_and_an_aversion_takes_away():
    vectors = as_floats([[1, 0], [0, 1], [0.6, 0.8]])
    tastes = as_floats([[1, 0], [0, 1]])
    liked = score_taste(np.array([5, 6, 7]), vectors, tastes, as_floats([1.0, 0.5]))
    assert_allclose(liked.scores, [1.0, 1.0, 0.8], rtol=1e-6)
    assert liked.carriers[:, 0].tolist() == [0, 1, 1]
    averse = score_taste(np.array([5, 6, 7]), vectors, tastes, as_floats([1.0, -0.5]))
    assert_allclose(averse.scores, [1.0, -0.5, 0.6 - 0.4], rtol=1e-6)
    assert averse.carriers[:, 0].tolist() == [0, -1, 0]


def test_no_taste_is_no_opinion():
    scored = score_taste(
        np.array([5]), as_floats([[1, 0]]), as_floats(np.empty((0, 2))), as_floats([])
    )
    assert scored.scores.tolist() == [0.0]
    assert scored.carriers.tolist() == [[-1, -1]]


def test_tags_add_up_and_name_what_carried():
    # item 5 bears tags 1 (weight 1) and 2 (weight .5); item 6 bears 2; item 7 bears 9, unstated
    indptr, tags = np.array([0, 2, 3, 4]), np.array([1, 2, 2, 9])
    weights = as_floats([1.0, 0.5, 1.0, 1.0])
    scored = score_tags(np.array([5, 6, 7]), indptr, tags, weights, {2: 0.8, 1: 0.2, 4: 1.0})
    assert scored.items.tolist() == [5, 6]
    assert_allclose(scored.scores, [0.2 + 0.4, 0.8])
    assert scored.carriers.tolist() == [[2, 1], [2, -1]]
    assert_allclose(scored.shares, [[2 / 3, 1 / 3], [1, 0]], rtol=1e-6)


def test_a_disliked_tag_takes_away_and_carries_nothing():
    scored = score_tags(
        np.array([5]), np.array([0, 2]), np.array([1, 2]), as_floats([1, 1]), {1: 0.5, 2: -0.9}
    )
    assert_allclose(scored.scores, [-0.4], rtol=1e-6)
    assert scored.carriers.tolist() == [[1, -1]]


def test_no_statement_names_no_item():
    nothing = score_tags(np.array([5]), np.array([0, 1]), np.array([1]), as_floats([1]), {})
    assert len(nothing.items) == 0


def test_popular_and_recent_say_the_same_under_their_own_names():
    items, weights = np.array([3, 4]), as_floats([2, 1])
    assert score_popular(items, weights).source == "popular"
    assert score_popular(items, weights, source="recent").source == "recent"
    assert score_popular(items, weights).scores.tolist() == [2, 1]


def test_a_past_fades_by_days_and_by_steps_and_dislikes_are_scaled():
    config = HistoryConfig(half_life_days=10, half_life_steps=1, dislike=0.5)
    found = history_of(np.array([4, 3]), as_floats([-1.0, 1.0]), np.array([10 * DAY, 0.0]), config)
    assert found.items.tolist() == [3, 4]
    assert_allclose(found.weights, [0.5 * 0.5, -0.5])


def test_ignored_dislikes_are_left_out_and_are_no_step_in_time():
    config = HistoryConfig(half_life_steps=1)
    found = history_of(
        np.array([1, 2, 3]), as_floats([1, 1, -1]), np.array([0.0, 1.0, 2.0]), config
    )
    assert found.items.tolist() == [1, 2]
    assert_allclose(found.weights, [0.5, 1.0])


def test_one_who_stayed_away_for_years_comes_back_to_the_same_taste():
    config = HistoryConfig(half_life_days=30)
    items, said = np.array([1, 2]), as_floats([0.8, 0.8])
    recent = history_of(items, said, np.array([0.0, 30.0]) * DAY + 4_000 * DAY, config)
    long_ago = history_of(items, said, np.array([0.0, 30.0]) * DAY, config)
    assert recent.weights.tolist() == long_ago.weights.tolist()
    assert_allclose(long_ago.weights, [0.4, 0.8], rtol=1e-6)


def test_what_has_faded_to_nothing_beside_the_rest_is_left_out():
    days = np.array([0.0, 2_000.0, 2_010.0]) * DAY
    strengths = as_floats([1.0, 1e-6, 1e-6])
    found = history_of(np.array([1, 2, 3]), strengths, days, HistoryConfig(half_life_days=30))
    # the first has halved 67 times; the others are faint, but as strong as each other
    assert found.items.tolist() == [2, 3]
    assert condense(found).items.tolist() == [2, 3]


@pytest.mark.parametrize(
    "config",
    [HistoryConfig(), HistoryConfig(30, None, 0.3), HistoryConfig(None, 3, 1.0)],
)
def test_all_histories_at_once_are_those_of_each_user(config):
    log = drifting()
    # user 7 left 2,000 days before the others; user 9 came back once after as long a time
    times = np.where(log.users == 7, log.times - 2_000 * DAY, log.times)
    first_of_9 = np.flatnonzero(log.users == 9)[0]
    times[first_of_9] -= 2_000 * DAY
    log = replace(log, times=times)
    table = histories(log, config)
    for user in (0, 7, 9, 159):
        own = take(log, log.users == user)
        one = condense(history_of(own.items, own.weights, own.times, config))
        row = table[[user]].toarray()[0]
        assert np.flatnonzero(row).tolist() == sorted(one.items.tolist())
        assert_allclose(row[one.items], one.weights, atol=1e-6)
    assert np.abs(table[[7]].data).max() >= 0.3
