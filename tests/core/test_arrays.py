import numpy as np
from numpy.testing import assert_array_equal

from core.arrays import as_floats, is_among, looked_up, places_in

LISTED = np.array([2, 5, 9])
NOTHING = np.empty(0, dtype=np.int64)


def test_what_is_listed_is_found_at_its_place():
    wanted = np.array([9, 1, 2, 11, 6])
    place, is_known = places_in(wanted, LISTED)
    assert is_known.tolist() == [True, False, True, False, False]
    assert place[is_known].tolist() == [2, 0]


def test_a_table_is_looked_through_in_its_own_shape():
    wanted = np.array([[5, -1], [9, 2]])
    assert is_among(wanted, LISTED).tolist() == [[True, False], [True, True]]
    assert places_in(wanted, LISTED)[0].shape == (2, 2)


def test_nothing_is_found_in_an_empty_list():
    wanted = np.array([3, 4])
    place, is_known = places_in(wanted, NOTHING)
    assert (place.shape, is_known.tolist()) == ((2,), [False, False])
    assert_array_equal(looked_up(wanted, NOTHING, as_floats(np.empty((0, 2)))), np.zeros((2, 2)))
    assert not len(places_in(NOTHING, LISTED)[0])


def test_values_are_taken_from_beside_what_is_listed():
    found = looked_up(np.array([5, 6]), LISTED, as_floats([[1, 2], [3, 4], [5, 6]]))
    assert found.tolist() == [[3, 4], [0, 0]]
