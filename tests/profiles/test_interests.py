import numpy as np
from scipy.sparse import csr_array

from profiles.modelling.interests import InterestConfig, interest_clusters, item_vectors

ITEMS, USERS = 24, 40


def two_camps():
    """Even users take to the first twelve items, odd ones to the others; six of twelve each."""
    rng = np.random.default_rng(1)
    table = np.zeros((USERS, ITEMS), dtype=np.float32)
    for user in range(USERS):
        table[user, 12 * (user % 2) + rng.choice(12, 6, replace=False)] = 1.0
    return csr_array(table)


def words_of(names):
    """One word for each half, and one that all items bear."""
    table = np.zeros((ITEMS, len(names)), dtype=np.float32)
    table[:12, 0], table[12:, 1], table[:, 2] = 1.0, 1.0, 1.0
    return csr_array(table)


NAMES = ("noir", "opera", "thing")
CONFIG = InterestConfig(largest=0.6)


def test_no_cluster_mixes_what_different_people_take_to():
    found = interest_clusters(two_camps(), words_of(NAMES), NAMES, CONFIG)
    table = found.memberships.toarray()
    first, second = table[:12].sum(axis=0), table[12:].sum(axis=0)
    assert table.shape[1] >= 2
    assert ((first == 0) | (second == 0)).all()


def test_clusters_are_called_by_what_sets_them_apart():
    found = interest_clusters(two_camps(), words_of(NAMES), NAMES, CONFIG)
    table = found.memberships.toarray()
    for column, name in enumerate(found.names):
        assert name[0] == ("noir" if table[:12, column].any() else "opera")
        assert "thing" not in name
    assert len(set(found.names)) == len(found.names)


def test_what_no_word_sets_apart_is_left_out():
    nothing = csr_array(np.ones((ITEMS, 1), dtype=np.float32))
    assert interest_clusters(two_camps(), nothing, ("thing",), CONFIG).names == ()


def test_a_cluster_has_three_items_and_three_users():
    found = interest_clusters(two_camps(), words_of(NAMES), NAMES, CONFIG)
    assert (np.diff(found.memberships.tocsc().indptr) >= 3).all()
    two_users = csr_array(two_camps()[[0, 1]])
    assert interest_clusters(two_users, words_of(NAMES), NAMES, CONFIG).names == ()


def test_clusters_come_at_several_grains_within_one_another():
    found = interest_clusters(two_camps(), words_of(NAMES), NAMES, InterestConfig(largest=1.0))
    sizes = np.diff(found.memberships.tocsc().indptr)
    assert sizes.max() >= 10
    assert sizes.min() <= 8


def test_how_surely_an_item_belongs_is_above_nothing_and_at_most_one():
    found = interest_clusters(two_camps(), words_of(NAMES), NAMES, CONFIG)
    assert 0 < found.memberships.data.min() <= found.memberships.data.max() <= 1


def test_the_same_likes_give_the_same_clusters():
    first, second = (
        interest_clusters(two_camps(), words_of(NAMES), NAMES, CONFIG) for _ in range(2)
    )
    assert first.names == second.names
    assert (first.memberships != second.memberships).nnz == 0


def test_an_item_that_nobody_took_to_lies_nowhere():
    likes = two_camps().toarray()
    likes[:, 3] = 0.0
    vectors = item_vectors(csr_array(likes), 8)
    assert not vectors[3].any()
    np.testing.assert_allclose(np.linalg.norm(np.delete(vectors, 3, axis=0), axis=1), 1, rtol=1e-5)
