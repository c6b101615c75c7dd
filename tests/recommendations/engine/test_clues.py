import numpy as np
from numpy.testing import assert_allclose

from recommendations.engine.clues import Clues
from recommendations.engine.ranker import gather_candidates
from recommendations.engine.validation import Cases
from tests.recommendations.engine.worlds import log_of

# Users 0 to 2 took to items 0 and 1 in turn, user 1 then to 2; nobody has met item 3.
LOG = log_of((0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 0), items=4)
VECTORS = np.array([[1, 0], [0, 1], [0, 1], [0.6, 0.8]], dtype=np.float32)
ALIKE = {(0, 2): 1 / np.sqrt(3), (1, 2): 1 / np.sqrt(2)}


def test_what_joins_a_candidate_to_single_items_by_hand():
    clues = Clues.of(LOG, None, is_ordered=False)
    found = clues.features(np.array([0]), np.array([[2, 3]]), np.array([[1, 3]]))
    low, high = ALIKE[0, 2], ALIKE[1, 2]
    mean = (low + high) / 2
    # Of the two users of item 1 one took to 2, whose only user took to both; beside the
    # leaders 1 and 3, item 2 is like the first alone.
    by_hand = [high, low, mean, mean, 1.0, 1 / 2, 1.0, high / 2, high]
    assert_allclose(found[0], [by_hand, [0] * 9], rtol=1e-5)


def test_in_order_the_newest_item_has_a_say_of_its_own():
    clues = Clues.of(LOG, VECTORS, is_ordered=True)
    found = clues.features(np.array([0]), np.array([[2, 3]]), np.array([[1]]))
    assert found.shape == (1, 2, 13)
    # The newest of user 0 is item 1: its cosine to 2, and its text's to 2 and 3.
    assert_allclose(found[0, :, 9], [ALIKE[1, 2], 0], rtol=1e-5)
    assert_allclose(found[0, :, 10], [1.0, 0.8], rtol=1e-5)
    assert_allclose(found[0, :, 11], [0.5, 0.7], rtol=1e-5)
    assert_allclose(found[0, :, 12], [1.0, 0.8], rtol=1e-5)


def test_who_has_no_past_has_no_clues():
    log = log_of((0, 0), (0, 1), users=2)
    clues = Clues.of(log, None, is_ordered=True)
    assert not clues.features(np.array([1]), np.array([[0]]), np.array([[1]])).any()


def test_clues_stand_beside_what_the_members_say():
    cases = Cases.of(LOG, log_of((0, 2), users=3, items=4))
    scores = np.array([[0.0, 0.0, 2.0, 1.0]], dtype=np.float32)
    counts = np.ones(4, dtype=np.float32)
    clues = Clues.of(LOG, VECTORS, is_ordered=True)
    with_them = gather_candidates(cases, scores, [scores], counts, clues)
    without = gather_candidates(cases, scores, [scores], counts)
    width = without.features.shape[2]
    assert_allclose(with_them.features[:, :, :width], without.features)
    order = np.argsort(-with_them.blended, axis=1, kind="stable")
    leaders = np.take_along_axis(with_them.items, order[:, :2], axis=1)
    joined = clues.features(cases.users, with_them.items, leaders)
    # Only two candidates are open; the leaders, twenty at most, hold those that are barred, too.
    assert_allclose(with_them.features[:, :, width : width + 7], joined[:, :, :7])
    assert with_them.features.shape[2] == width + clues.width
