"""The order of a playlist, against lines worked out by hand and by trying them all."""

import itertools

import numpy as np
import pytest

from core.arrays import as_floats, unit_rows
from recommendations.engine.smooth import smooth_order, transitions


def at(*degrees):
    angles = np.radians(degrees)
    return as_floats(np.stack([np.cos(angles), np.sin(angles)], axis=1))


def way(vectors, order):
    return float(np.sum(1.0 - transitions(vectors[list(order)])))


def test_items_on_a_circle_come_in_the_order_of_their_angles():
    assert smooth_order(at(0, 80, 20, 60, 40)).tolist() == [0, 2, 4, 3, 1]


def test_the_first_item_stays_first():
    assert smooth_order(at(40, 0, 80, 20), start=2).tolist() == [2, 0, 3, 1]


def test_a_chain_that_has_to_come_back_is_turned_round():
    # The nearest to 0 is -10, and from there everything else lies on the other side.
    vectors = at(0, -10, 12, 24, 36, 48, -22, -34)
    chain = [0, 1, 6, 7, 2, 3, 4, 5]
    assert way(vectors, smooth_order(vectors)) <= way(vectors, chain)


@pytest.mark.parametrize("seed", range(6))
def test_no_line_is_much_shorter(seed):
    vectors = unit_rows(as_floats(np.random.default_rng(seed).normal(size=(7, 3))))
    found = way(vectors, smooth_order(vectors))
    best = min(way(vectors, (0, *rest)) for rest in itertools.permutations(range(1, 7)))
    assert best - 1e-6 <= found <= 1.3 * best
    order = smooth_order(vectors)
    for start, end in itertools.combinations(range(1, 8), 2):  # no stretch is better turned round
        turned = [*order[:start], *order[start:end][::-1], *order[end:]]
        assert way(vectors, turned) >= found - 1e-5


def test_items_without_a_vector_are_placed_too_and_few_items_are_no_trouble():
    vectors = np.vstack([at(0, 10), np.zeros((2, 2), np.float32)])
    assert sorted(smooth_order(vectors).tolist()) == [0, 1, 2, 3]
    assert smooth_order(at()).tolist() == []
    assert smooth_order(at(5)).tolist() == [0]
    assert smooth_order(at(5, 6)).tolist() == [0, 1]
