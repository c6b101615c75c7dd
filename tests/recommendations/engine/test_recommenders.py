import numpy as np
import pytest
from numpy.testing import assert_allclose

from recommendations.engine.ease import ease_weights
from recommendations.engine.links import cosine_weights, rp3beta_weights, sequence_weights
from recommendations.engine.log import matrix
from recommendations.engine.neighbours import (
    ItemLinks,
    NeighboursConfig,
    fit_neighbours,
    top_neighbours,
)
from recommendations.engine.popular import Popular, PopularityConfig, popularity, popularity_by
from tests.recommendations.engine.contract import PersonalContract, RecommenderContract
from tests.recommendations.engine.worlds import log_of, two_towns


class TestPopular(RecommenderContract):
    def make(self):
        return Popular()


class TestEase(PersonalContract):
    def make(self):
        return ItemLinks(NeighboursConfig("ease", ridge=1.0))


class TestRp3beta(PersonalContract):
    def make(self):
        return ItemLinks(NeighboursConfig("rp3beta"))


class TestCosine(PersonalContract):
    def make(self):
        return ItemLinks(NeighboursConfig("cosine"))


class TestSequence(RecommenderContract):
    def make(self):
        return ItemLinks(NeighboursConfig("sequence", half_life_steps=50.0))


class TestMix(PersonalContract):
    def make(self):
        return ItemLinks(NeighboursConfig("mix", ridge=1.0, sequence_share=0.5))


def test_popularity_counts_what_was_taken_to_and_nothing_else():
    log = log_of((0, 0, 1.0, 1), (1, 0, 1.0, 2), (2, 1, -1.0, 3), (2, 2, 0.5, 4), items=4)
    assert popularity(log, now=5 * 86_400).tolist() == [2.0, 0.0, 0.5, 0.0]


def test_an_event_one_half_life_ago_counts_half_and_the_future_not_at_all():
    log = log_of((0, 0, 1.0, 0), (0, 1, 1.0, 10), (0, 2, 1.0, 11))
    found = popularity(log, now=10 * 86_400, half_life_days=10)
    assert_allclose(found, [0.5, 1.0, 0.0])


def test_a_window_keeps_the_last_share_of_events():
    log = log_of(*[(0, 0, 1.0, day) for day in range(8)], (0, 1, 1.0, 8), (0, 2, 1.0, 9))
    assert popularity(log, now=9 * 86_400, window_share=0.2).tolist() == [0.0, 1.0, 1.0]


def test_several_memories_are_averaged_at_the_same_height():
    log = log_of(*[(0, 0, 1.0, day) for day in range(8)], (0, 1, 1.0, 8), (0, 1, 1.0, 9))
    config = PopularityConfig(window_share=0.2, others=((None, None),))
    # the last fifth: [0, 2] at height [0, 1]; all time: [8, 2] at height [1, .25]
    assert_allclose(popularity_by(log, config, now=9 * 86_400), [0.5, 0.625])


def test_ease_solves_the_two_item_case_by_hand():
    log = log_of((0, 0), (0, 1), (1, 0))
    # gram + ridge = [[3, 1], [1, 2]]; its inverse is [[2, -1], [-1, 3]] / 5;
    # B_ij = -P_ij / P_jj: 1/3 towards item 1, 1/2 towards item 0.
    assert_allclose(ease_weights(matrix(log), 1.0), [[0, 1 / 3], [1 / 2, 0]], rtol=1e-6)


def test_ease_through_the_users_is_ease_through_the_items():
    rng = np.random.default_rng(1)
    wide = matrix(log_of(*[(rng.integers(6), rng.integers(15)) for _ in range(40)], items=15))
    gram = (wide.T @ wide).toarray() + 2.0 * np.eye(15)
    inverse = np.linalg.inv(gram)
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert wide.shape[0] < wide.shape[1]
    assert_allclose(ease_weights(wide, 2.0), expected, atol=1e-5)


def test_ease_without_a_ridge_refuses_what_it_cannot_solve():
    alike = matrix(log_of(*[(user, item) for user in range(4) for item in (0, 1)]))
    with pytest.raises(ValueError, match="ridge is too small"):
        ease_weights(alike, 0.0)


def test_cosine_of_two_items_that_share_one_user():
    log = log_of((0, 0), (0, 1), (1, 0))
    # one shared user, two and one users in all
    expected = 1 / (np.sqrt(2) + 3)
    assert_allclose(
        cosine_weights(matrix(log), 3.0).toarray(), [[0, expected], [expected, 0]], rtol=1e-6
    )


def test_rp3beta_walks_through_the_user():
    log = log_of((0, 0), (0, 1), (1, 0))
    # from 0: half the walks reach user 0, half of those reach 1, which one user met: 1/4 / 1**.5
    # from 1: all walks reach user 0, half of those reach 0, which two users met: 1/2 / 2**.5
    found = rp3beta_weights(matrix(log), 1.0, 0.5).toarray()
    assert_allclose(found, [[0, 0.25], [0.5 / np.sqrt(2), 0]], rtol=1e-6)


def test_a_sequence_points_forward_and_fades():
    log = log_of((0, 0), (0, 1), (0, 2))
    found = sequence_weights(log, 1.0, 0.5).toarray()
    assert_allclose(found, [[0, 1, 0.5], [0, 0, 1], [0, 0, 0]])


def test_neighbours_are_the_strongest_first_and_padded():
    weights = np.array([[0, 0.2, 0.9], [-1, 0, 0.5], [0, 0, 0]], dtype=np.float32)
    ids, kept = top_neighbours(weights, 2)
    assert ids.tolist() == [[2, 1], [2, -1], [-1, -1]]
    assert_allclose(kept, [[0.9, 0.2], [0.5, 0], [0, 0]])


def test_a_catalogue_too_large_for_ease_gets_sparse_neighbours():
    config = NeighboursConfig("ease", dense_limit=10)
    assert fit_neighbours(two_towns(20), config).model == "rp3beta"
    assert fit_neighbours(two_towns(10), config).model == "ease"
