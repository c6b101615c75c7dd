import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from core.arrays import unit_rows
from profiles.modelling.segments import (
    SegmentConfig,
    nearest,
    numbers_for,
    segment,
    telling_tags,
)

CONFIG = SegmentConfig()


def crowd(*sizes: int, seed: int = 3) -> np.ndarray:
    """Users around as many axes as there are sizes."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(np.eye(5, dtype=np.float32)[: len(sizes)], sizes, axis=0)
    return unit_rows((centres + rng.normal(0, 0.05, centres.shape)).astype(np.float32))


def test_the_number_of_segments_follows_from_the_users():
    parted = segment(crowd(20, 15, 25), CONFIG)
    assert sorted(np.bincount(parted.labels)) == [15, 20, 25]


def test_a_handful_of_users_are_one_segment():
    parted = segment(crowd(6, 6), CONFIG)
    assert parted.labels.tolist() == [0] * 12
    assert_allclose(parted.centroids[0], crowd(6, 6).mean(axis=0), rtol=1e-6)


def test_placing_a_user_anew_agrees_with_the_segmentation():
    vectors = crowd(20, 15, 25)
    parted = segment(vectors, CONFIG)
    sizes = np.bincount(parted.labels)
    labels, distances = nearest(vectors, parted.centroids, sizes)
    assert_array_equal(labels, parted.labels)
    assert_allclose(distances, parted.distances, rtol=1e-5)


def test_segments_keep_their_numbers_and_new_ones_take_new_numbers():
    old = {4: np.array([1.0, 0.0]), 7: np.array([0.0, 1.0])}
    centroids = np.array([[0.1, 0.9], [-1.0, 0.0], [0.9, 0.1]], dtype=np.float32)
    assert numbers_for(centroids, old, after=9) == [7, 10, 4]


def test_a_segment_is_named_for_what_sets_it_apart_and_never_for_a_dislike():
    labels, users = np.array([0, 0, 1, 1]), [11, 12, 13, 14]
    everybody, crime, war = 1, 2, 3
    statements = [
        *[(user, everybody, 0.9) for user in users],
        (11, crime, 0.8),
        (12, crime, 0.8),
        (13, crime, -0.9),
        (14, crime, -0.9),
        (13, war, 0.6),
        (14, war, 0.6),
    ]
    named = telling_tags(labels, users, statements, CONFIG)
    assert named == {0: [crime], 1: [war]}
