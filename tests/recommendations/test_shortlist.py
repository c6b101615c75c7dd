"""What goes from a source's opinion onto the shortlist."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from recommendations.engine.blend import PLACES, SCALES_OF, BlendConfig, Bucket
from recommendations.engine.condense import condense
from recommendations.engine.history import History
from recommendations.engine.shortlist import best_of, centred, most_of, with_least
from recommendations.rows import SOURCES


def ids(*values):
    return np.array(values, dtype=np.int64)


def floats(*values):
    return np.array(values, dtype=np.float32)


def test_the_best_that_are_not_barred_are_kept_best_first():
    items, scores = ids(1, 2, 3, 4, 5), floats(9, 1, 3, 8, 2)
    assert best_of(items, scores, barred=ids(1, 4), most=2).tolist() == [3, 5]


@pytest.mark.parametrize("length", [1, 10, 100])
@pytest.mark.parametrize("source", sorted(set(SOURCES) - set(SCALES_OF)))
def test_a_source_that_is_ranked_names_an_item_for_each_place(source, length):
    assert most_of(source, length) >= PLACES


def test_nothing_scored_is_nothing_kept():
    assert best_of(ids(), floats(), barred=ids(1), most=2).tolist() == []


def test_a_source_counts_at_least_its_share_of_the_weightiest():
    blend = BlendConfig(
        weights={"neighbours": 4.0, "tags": 0.0},
        buckets=(Bucket(5, {"neighbours": 0.5, "tags": 0.4}),),
    )
    raised = with_least(blend, "tags", 0.25)
    assert raised.weights == {"neighbours": 4.0, "tags": 1.0}
    assert raised.buckets[0].weights == {"neighbours": 0.5, "tags": 0.4}


def test_cosines_are_taken_from_the_common_middle():
    vectors = np.array([[1, 0.1], [1, -0.1], [0, 0]], dtype=np.float32)
    moved = centred(vectors, np.array([True, True, False]))
    assert_allclose(moved, [[0, 1], [0, -1], [0, 0]], atol=1e-6)


def test_items_without_any_vector_stay_as_they_are():
    vectors = np.zeros((2, 3), dtype=np.float32)
    assert centred(vectors, np.array([False, False])).tolist() == vectors.tolist()


def test_an_item_met_often_says_one_full_verdict_at_most():
    past = condense(History(ids(7, 7, 8, 7), floats(0.8, 0.8, 0.5, 0.8)))
    assert past.items.tolist() == [8, 7]  # 7 was met last
    assert past.weights.tolist() == [0.5, 1.0]


def test_a_dismissal_takes_back_a_like():
    past = condense(History(ids(7, 8, 7), floats(0.5, 0.25, -0.5)))
    assert past.items.tolist() == [8]
