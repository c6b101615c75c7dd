"""Clusters of users: as many as are found again, with numbers that never change their meaning."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from core.arrays import unit_rows
from profiles.modelling.company import (
    HeldOut,
    beside,
    habits,
    hold_out,
    item_directions,
    leaning,
    stand_of,
    told_by,
)
from profiles.modelling.naming import numbers_for, telling_tags
from profiles.modelling.parting import BEHAVIOUR, COMPANY, TASTE, View, most_telling, part_users
from profiles.modelling.segments import SegmentConfig, Tried, choose, nearest, segment, tries

CONFIG = SegmentConfig()


def crowd(*sizes: int, seed: int = 3) -> np.ndarray:
    """Users around as many axes as there are sizes."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(np.eye(5, dtype=np.float32)[: len(sizes)], sizes, axis=0)
    return unit_rows((centres + rng.normal(0, 0.05, centres.shape)).astype(np.float32))


def towns(count: int, *, users: int = 20, items: int = 12, seed: int = 1) -> csr_array:
    """Users of several towns: each takes to half the items of its own, by chance."""
    rng = np.random.default_rng(seed)
    met = np.zeros((count * users, count * items), dtype=np.float32)
    for town in range(count):
        rows = slice(town * users, (town + 1) * users)
        met[rows, town * items : (town + 1) * items] = rng.random((users, items)) < 0.5
    met[np.arange(len(met)), np.repeat(np.arange(count) * items, users)] = 1.0
    return csr_array(met)


def test_the_number_of_segments_follows_from_the_users():
    parted = segment(crowd(20, 15, 25), SegmentConfig(counts=(2, 3)))
    assert sorted(np.bincount(parted.labels)) == [15, 20, 25]
    assert parted.stability == 1.0


def test_users_without_any_order_part_less_stably_than_those_with_one():
    rng = np.random.default_rng(0)
    cloud = unit_rows(rng.normal(size=(200, 5)).astype(np.float32))
    loose = tries(cloud, CONFIG)
    clear = tries(crowd(70, 60, 70), CONFIG)
    assert max(each.stability for each in loose if each.count > 2) < CONFIG.stable
    assert next(each.stability for each in clear if each.count == 3) > 0.99


def test_of_the_stable_numbers_the_most_telling_is_taken():
    tried = (Tried(2, 0.95, 0.1), Tried(5, 0.8, 0.6), Tried(9, 0.72, 0.4), Tried(20, 0.3, 0.9))
    assert choose(tried, CONFIG).count == 5


def test_where_no_number_is_stable_the_most_stable_is_taken_and_says_so():
    tried = (Tried(2, 0.4, 0.1), Tried(5, 0.6, 0.0))
    assert choose(tried, CONFIG) == Tried(5, 0.6, 0.0)


def test_a_handful_of_users_are_one_segment():
    parted = segment(crowd(6, 6), CONFIG)
    assert parted.labels.tolist() == [0] * 12
    assert parted.stability is None
    assert_allclose(parted.centroids[0], crowd(6, 6).mean(axis=0), rtol=1e-6)


def test_placing_a_user_anew_agrees_with_the_segmentation():
    vectors = crowd(20, 15, 25)
    parted = segment(vectors, CONFIG)
    labels, distances, margins = nearest(vectors, parted.centroids, np.bincount(parted.labels))
    assert_array_equal(labels, parted.labels)
    assert_allclose(distances, parted.distances, rtol=1e-5)
    assert_allclose(margins, parted.margins, rtol=1e-5)


def test_a_user_halfway_between_two_segments_is_on_the_border():
    centroids = np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    labels, distances, margins = nearest(vectors, centroids, np.array([1, 1]))
    assert labels[0] == 0
    assert_allclose(distances, [0.0, 1.0])
    assert_allclose(margins, [2.0, 0.0])


def test_the_company_that_users_keep_parts_them_where_texts_tell_nothing():
    met = towns(4)
    same = np.ones((48, 3), dtype=np.float32) / np.sqrt(3).astype(np.float32)
    parting = part_users(met, CONFIG, texts=same)
    assert parting.view.name == COMPANY
    assert_array_equal(np.bincount(parting.segmentation.labels), [20] * 4)
    assert len(set(parting.segmentation.labels[:20].tolist())) == 1


def test_taste_parts_users_where_hardly_two_of_them_met_the_same():
    rng = np.random.default_rng(4)
    picks = rng.integers(0, 150, (60, 4)) + np.repeat([0, 150, 300], 20)[:, None]
    met = np.zeros((60, 450), dtype=np.float32)
    met[np.arange(60)[:, None], picks] = 1.0
    parting = part_users(csr_array(met), CONFIG, texts=crowd(150, 150, 150))
    assert parting.view.name == TASTE
    assert parting.items is None
    crowds = [set(parting.segmentation.labels[start : start + 20]) for start in (0, 20, 40)]
    assert not any(one & other for one, other in itertools.combinations(crowds, 2))


def test_a_new_user_with_the_companys_items_stands_among_them():
    met = towns(3)
    parting = part_users(met, CONFIG)
    fresh = csr_array(np.eye(1, 36, 14, dtype=np.float32) + np.eye(1, 36, 15, dtype=np.float32))
    sizes = np.bincount(parting.segmentation.labels)
    label, _, _ = nearest(stand_of(fresh, parting.items), parting.segmentation.centroids, sizes)
    assert label[0] == parting.segmentation.labels[25], "items 14 and 15 are the second town's"


def test_the_same_users_are_parted_the_same_way_twice():
    once, again = part_users(towns(3), CONFIG), part_users(towns(3), CONFIG)
    assert_array_equal(once.segmentation.labels, again.segmentation.labels)
    assert_array_equal(once.items, again.items)


def test_what_a_segment_tells_is_how_high_it_ranks_what_was_held_out():
    met = np.array([[1, 1, 1, 0, 0, 0]] * 3 + [[0, 0, 0, 1, 1, 1]] * 3, dtype=np.float32)
    left = met.copy()
    left[0, 2] = left[3, 5] = 0.0
    held = HeldOut(csr_array(left), np.array([0, 3]), np.array([2, 5]))
    # In their towns the held-out items are the only ones unmet: first.
    assert told_by(np.array([0, 0, 0, 1, 1, 1]), held) == 1.0
    # Over all, 2 and 5 have two takers each and the other town's four others three or two: user 0
    # has 3 and 4 before item 2, and 5 beside it, so that its place is 3.5; user 3 the same.
    assert_allclose(told_by(np.zeros(6, dtype=np.intp), held), 1 / np.log2(1 + 3.5))


def test_several_held_out_items_of_a_user_share_an_ideal():
    left = csr_array(np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1]], dtype=np.float32))
    held = HeldOut(left, np.array([0, 0]), np.array([0, 2]))
    # Popular first: item 0, then 1 and 2 alike at 2.5.
    expected = (1.0 + 1 / np.log2(3.5)) / (1.0 + 1 / np.log2(3))
    assert_allclose(told_by(np.zeros(3, dtype=np.intp), held), expected)


def test_held_out_items_are_gone_from_what_is_left():
    met = towns(2)
    held = hold_out(met)
    assert held.met.nnz == met.nnz - len(held.users)
    counts = np.diff(met.indptr)
    assert_array_equal(np.bincount(held.users, minlength=40), np.maximum(counts // 5, 1))
    assert (held.met.toarray()[held.users, held.items] == 0).all()
    assert (met.toarray()[held.users, held.items] == 1).all()


def test_the_newest_is_held_out_where_dates_are_known():
    met = csr_array(np.ones((2, 5), dtype=np.float32))
    when = np.array([5.0, 1.0, 2.0, 3.0, 4.0, np.nan, 1.0, 9.0, 3.0, 4.0])
    held = hold_out(met, when=when)
    assert (held.users.tolist(), held.items.tolist()) == ([0, 1], [0, 2])


def test_users_who_met_nothing_stand_nowhere():
    items = item_directions(towns(2), 4)
    assert_array_equal(stand_of(csr_array((1, 24), dtype=np.float32), items), np.zeros((1, 4)))


def test_segments_keep_the_number_of_those_whose_members_they_have():
    before = np.array([4, 4, 4, 7, 7, 7, 0, 0])
    labels = np.array([1, 1, 1, 0, 0, 1, 2, 2])
    assert numbers_for(labels, before, after=9) == [7, 4, 10]


def test_a_number_never_passes_to_a_group_of_others():
    before = np.array([3] * 10)
    labels = np.array([0] * 10 + [1] * 5)
    assert numbers_for(labels, np.append(before, [0] * 5), after=3) == [3, 4]
    strangers = np.array([1] + [0] * 9)
    assert numbers_for(strangers, np.array([5, 6, 6, 6, 6, 6, 6, 6, 6, 6]), after=8) == [6, 5]
    scattered = np.array([0] * 10 + [1] * 90)
    spread = np.tile(np.arange(1, 11), 10)
    assert numbers_for(scattered, spread, after=10) == [11, 12]


def test_a_segment_that_splits_leaves_its_number_to_the_larger_part():
    assert numbers_for(np.array([0, 1, 1, 1]), np.array([2, 2, 2, 2]), after=2) == [3, 2]


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
    assert telling_tags(labels, users, statements, CONFIG) == {0: [crime], 1: [war]}
    assert telling_tags(labels, users, statements, CONFIG, sign=-1) == {0: [], 1: [crime]}


@pytest.mark.parametrize("users", [1, 2, 19])
def test_few_users_are_parted_without_a_fault(users):
    met = csr_array(np.eye(users, 3, dtype=np.float32) + np.eye(users, 3, -1, dtype=np.float32))
    met = csr_array(np.maximum(met.toarray(), np.eye(1, 3, dtype=np.float32)))
    parting = part_users(met, CONFIG)
    assert parting.segmentation.labels.tolist() == [0] * users


def test_an_item_leans_to_what_its_users_took_to_besides():
    # One user took to both items, so that n_u is 2 and each n_i is 1: W is 1 / sqrt(2).
    met = csr_array(np.array([[1.0, 1.0, 0.0]], dtype=np.float32))
    items = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]], dtype=np.float32)
    leant = np.array([[1.0, 0.0], [0.0, 1.0]]) + np.array([[1.0, 1.0], [1.0, 1.0]]) / np.sqrt(2)
    assert_allclose(leaning(met, items)[:2], leant, rtol=1e-6)
    assert_allclose(leaning(met, items)[2], [0.0, 2.0])


def test_habits_tell_what_is_widely_known_from_what_busy_users_take_to():
    met = csr_array(
        np.array([[1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 1], [1, 1, 0, 0]], dtype=np.float32)
    )
    known, busy = habits(met).T
    assert np.argsort(-known).tolist()[:2] == [0, 1]
    assert known[2] == known[3], "one user each"
    assert busy[2] > busy[3], "theirs takes to three things, and to two"
    assert_allclose(habits(met).mean(axis=0), 0.0, atol=1e-6)
    assert_allclose(habits(met).std(axis=0), 1.0, atol=1e-6)


def test_habits_of_items_that_are_all_alike_say_nothing():
    assert not habits(csr_array(np.eye(4, dtype=np.float32))).any()


def test_habits_stand_beside_directions_as_one_more_dimension_each():
    joined = beside(np.full((3, 2), 0.1, dtype=np.float32), np.ones((3, 2), dtype=np.float32))
    assert_allclose(joined, 0.1, rtol=1e-6)


def test_behaviour_is_looked_at_alone_and_beside_company():
    views = part_users(towns(4), CONFIG).views
    assert [one.name for one in views if one.behaves] == [COMPANY, BEHAVIOUR]
    assert all(one.tried for one in views)


@pytest.mark.parametrize(
    ("told", "stability", "plain", "taken"),
    [
        (0.103, 0.9, 0.9, BEHAVIOUR),
        (0.101, 0.9, 0.9, COMPANY),
        (0.2, 0.4, 0.9, COMPANY),
        (0.1, 0.9, 0.4, COMPANY),
        (0.103, 0.9, 0.4, BEHAVIOUR),
    ],
)
def test_behaviour_parts_users_only_where_it_surely_tells_more(told, stability, plain, taken):
    company = View(COMPANY, 8, (), Tried(4, plain, 0.1))
    behaving = View(BEHAVIOUR, 2, (), Tried(4, stability, told), behaves=True)
    assert most_telling([company, behaving], CONFIG).name == taken
