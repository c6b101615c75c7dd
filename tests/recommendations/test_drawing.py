"""Portraits from a log alone."""

import numpy as np
from scipy.sparse import csr_array

from recommendations.queries.drawing import Drawer
from tests.recommendations.engine.worlds import log_of

GOTHIC, TRAVEL, OF_ALL = 0, 1, 2


def shelves():
    """Ten gothic and ten travel items; all of them bear a third tag as well."""
    tags = np.zeros((20, 3), dtype=np.float32)
    tags[:10, GOTHIC] = tags[10:, TRAVEL] = tags[:, OF_ALL] = 1.0
    return csr_array(tags)


def readers():
    """Users 0 to 9 keep to gothic and 10 to 19 to travel."""
    return log_of(
        *((user, item + 10 * (user > 9)) for user in range(20) for item in range(8)),
        users=20,
        items=20,
    )


def test_users_are_said_to_like_what_sets_them_apart():
    drawn = Drawer(shelves())(readers(), np.arange(20))
    stated = drawn.stated.toarray()
    assert (stated[:10, GOTHIC] > 0).all()
    assert (stated[10:, TRAVEL] > 0).all()
    assert not (stated[:10, TRAVEL] > 0).any()
    assert not stated[:, OF_ALL].any()  # everybody meets it: it says nothing about anybody
    assert drawn.borne.shape == (20, 3)


def test_only_the_sample_and_those_asked_for_are_drawn():
    drawn = Drawer(shelves(), sample=0)(readers(), np.array([3, 12]))
    assert set(drawn.stated.nonzero()[0].tolist()) == {3, 12}


def test_each_user_keeps_the_clearest_statements():
    drawn = Drawer(shelves(), most=0)(readers(), np.arange(20))
    assert drawn.stated.nnz == 0
    assert drawn.stated.shape == (20, 3)


def test_the_same_log_gives_the_same_portraits():
    first, second = (Drawer(shelves(), sample=5)(readers(), np.arange(2)) for _ in range(2))
    assert (first.stated != second.stated).nnz == 0
