"""Factors as they serve: placed once, and users solved from their past at any time."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, csr_matrix

from recommendations.engine.factors import (
    Factors,
    FactorsConfig,
    Placed,
    fold_in,
    pulls_of,
    sampled,
    table_of,
)
from recommendations.engine.log import matrix
from recommendations.engine.sources import score_factors
from tests.recommendations.engine.worlds import log_of, two_towns

CONFIG = FactorsConfig(dimensions=4, trust=7.0, ridge=0.5, sweeps=3)


def crowd(users=60, items=40, seed=3):
    rng = np.random.default_rng(seed)
    pairs = {(int(u), int(i)) for u, i in np.argwhere(rng.random((users, items)) < 0.2)}
    return log_of(*sorted(pairs), items=items)


def test_a_user_is_solved_as_the_library_solves_them():
    log = crowd()
    fitted = Factors(CONFIG).fit(log)
    met = matrix(log)
    expected = fitted.model.recalculate_user(np.arange(5), csr_matrix(met[:5]))
    found = fold_in(csr_array(met[:5]), fitted.vectors, trust=CONFIG.trust, ridge=CONFIG.ridge)
    assert_allclose(found, expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_places_items_alike_to_the_last_bit(threads):
    log = crowd(users=300, items=120)
    alone = Placed.of(log, CONFIG)
    together = Placed.of(log, replace(CONFIG, threads=threads))
    assert (alone.vectors == together.vectors).all()
    assert (alone.table == together.table).all()


def test_what_is_placed_survives_being_stored_in_half_the_bits():
    placed = Placed.of(crowd(), CONFIG)
    assert (placed.vectors == placed.vectors.astype(np.float16)).all()
    assert_allclose(placed.table, table_of(placed.vectors, CONFIG.ridge))


def test_an_item_that_nobody_took_to_is_placed_nowhere():
    placed = Placed.of(log_of((0, 0), (1, 0), (1, 1), items=3), CONFIG)
    assert placed.vectors[:2].any(axis=1).all()
    assert not placed.vectors[2].any()


@pytest.mark.parametrize("count", [1, 3, 30])
def test_what_each_item_pulls_adds_up_to_the_user(count):
    placed = Placed.of(crowd(), CONFIG)
    weights = np.random.default_rng(0).random(count).astype(np.float32)
    weights[:1] = -0.5 if count > 1 else 0.5
    items = np.arange(count)
    past = csr_array((weights, (np.zeros(count, dtype=int), items)), shape=(1, 40))
    pulls = pulls_of(placed.vectors[items], weights, placed.table, trust=CONFIG.trust)
    user = fold_in(past, placed.vectors, trust=7.0, ridge=0.5)[0]
    assert_allclose(pulls.sum(axis=0), user, rtol=1e-4, atol=1e-6)
    assert not pulls[weights <= 0].any(), "a dislike counts as not met"


def test_parts_and_shares_are_exact_whatever_one_solves():
    placed = Placed.of(crowd(), CONFIG)
    weights = np.array([1.0, 0.4, 0.7], dtype=np.float32)
    pulls = pulls_of(placed.vectors[:3], weights, placed.table, trust=CONFIG.trust)
    items = np.arange(10, 40)
    found = score_factors(pulls, items, placed.vectors[items])
    past = csr_array(np.concatenate([weights, np.zeros(37, dtype=np.float32)])[None])
    assert_allclose(found.scores, placed.score(past)[0, items], rtol=1e-4, atol=1e-6)
    parts = pulls @ placed.vectors[items].T.astype(float)
    for column in range(len(items)):
        ranked = sorted(range(3), key=lambda place: -parts[place, column])
        told = [place for place in ranked if parts[place, column] > 0][:2]
        assert found.carriers[column].tolist() == [*told, -1, -1][:2]
        whole = np.maximum(parts[:, column], 0).sum()
        assert_allclose(found.shares[column][: len(told)], parts[told, column] / whole, rtol=1e-5)


def test_what_nobody_placed_is_left_out():
    vectors = np.array([[1.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    found = score_factors(np.array([[2.0, 0.0]]), np.array([7, 9]), vectors)
    assert (found.items.tolist(), found.scores.tolist()) == ([7], [2.0])
    assert found.carriers.tolist() == [[0, -1]]
    assert score_factors(np.empty((0, 2)), np.array([7, 9]), vectors).scores.tolist() == [0.0]


def test_of_a_large_log_some_whole_users_are_fitted():
    log = two_towns()
    few = sampled(log, 30, seed=1)
    assert 0 < len(few) <= 30
    counts = np.bincount(log.users, minlength=log.n_users)
    kept = np.bincount(few.users, minlength=log.n_users)
    assert ((kept == 0) | (kept == counts)).all()
    assert sampled(log, 30, seed=1).users.tolist() == few.users.tolist()
    assert sampled(log, 10_000, seed=1) is log
    placed = Placed.of(log, CONFIG, most=30)
    assert placed.vectors.shape == (20, 4)
