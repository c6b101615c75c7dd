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
    found = clues.features(np.array([0]), np.array([[2, 3]]))
    near = [ALIKE[0, 2], ALIKE[1, 2]]
    assert_allclose(found[0], [[max(near), np.mean(near), 1.0], [0, 0, 0]], rtol=1e-5)


def test_in_order_the_newest_item_has_a_say_of_its_own():
    found = Clues.of(LOG, VECTORS, is_ordered=True).features(np.array([0]), np.array([[2, 3]]))
    assert found.shape == (1, 2, 7)
    # The newest of user 0 is item 1: its cosine to 2, and its text's to 2 and 3.
    assert_allclose(found[0, :, 3], [ALIKE[1, 2], 0], rtol=1e-5)
    assert_allclose(found[0, :, 4], [1.0, 0.8], rtol=1e-5)
    assert_allclose(found[0, :, 5], [0.5, 0.7], rtol=1e-5)
    assert_allclose(found[0, :, 6], [1.0, 0.8], rtol=1e-5)


def test_who_has_no_past_has_no_clues():
    log = log_of((0, 0), (0, 1), users=2)
    assert not Clues.of(log, None, is_ordered=True).features(np.array([1]), np.array([[0]])).any()


def test_clues_stand_beside_what_the_members_say():
    cases = Cases.of(LOG, log_of((0, 2), users=3, items=4))
    scores = np.array([[0.0, 0.0, 2.0, 1.0]], dtype=np.float32)
    counts = np.ones(4, dtype=np.float32)
    clues = Clues.of(LOG, VECTORS, is_ordered=True)
    with_them = gather_candidates(cases, scores, [scores], counts, clues)
    without = gather_candidates(cases, scores, [scores], counts)
    width = without.features.shape[2]
    assert_allclose(with_them.features[:, :, :width], without.features)
    assert_allclose(with_them.features[:, :, width:], clues.features(cases.users, with_them.items))
