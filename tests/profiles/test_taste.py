import numpy as np
from numpy.testing import assert_allclose

from profiles.modelling.taste import DISLIKE_SLOT, TasteConfig, directions_of, silhouette

CONFIG = TasteConfig()


def around(axis: int, count: int) -> np.ndarray:
    """Unit vectors close to one axis of a space of six, each a little aside."""
    found = np.zeros((count, 6), dtype=np.float32)
    found[:, axis] = 1.0
    found[np.arange(count), (axis + 1 + np.arange(count) % 5) % 6] = 0.1
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_two_interests_give_two_directions_the_heavier_first():
    vectors = np.vstack([around(0, 4), around(3, 6)])
    first, second = directions_of(vectors, np.ones(10), CONFIG)
    assert (first.slot, second.slot) == (0, 1)
    assert first.vector.argmax() == 3
    assert second.vector.argmax() == 0
    assert_allclose([first.weight, second.weight], [0.6, 0.4])
    assert_allclose(np.linalg.norm(first.vector), 1.0, rtol=1e-6)


def test_few_items_are_one_direction_that_leans_to_the_heavier():
    vectors = np.eye(2, dtype=np.float32)
    (only,) = directions_of(vectors, np.array([3.0, 4.0]), CONFIG)
    assert_allclose(only.vector, [0.6, 0.8], rtol=1e-6)


def test_what_is_disliked_is_a_direction_of_its_own():
    liked, away = directions_of(np.eye(2, dtype=np.float32), np.array([1.0, -3.0]), CONFIG)
    assert_allclose(liked.vector, [1, 0])
    assert away.slot == DISLIKE_SLOT
    assert_allclose(away.vector, [0, 1])
    assert away.weight == -0.75


def test_evidence_that_cancels_out_or_is_absent_is_no_opinion():
    opposed = np.array([[1, 0], [-1, 0]], dtype=np.float32)
    assert directions_of(opposed, np.ones(2), CONFIG) == []
    assert directions_of(np.zeros((0, 2), dtype=np.float32), np.zeros(0), CONFIG) == []


def test_the_silhouette_is_that_of_the_book():
    # Points 0, 1 | 5 on a line: own distances 1, 1; to the other part 5, 4.
    line = np.array([0.0, 1.0, 5.0, 6.0])
    distances = np.abs(line[:, None] - line[None, :])
    expected = ((5.5 - 1) / 5.5 + (4.5 - 1) / 4.5) * 2 / 4
    assert_allclose(silhouette(distances, np.array([0, 0, 1, 1])), expected)
