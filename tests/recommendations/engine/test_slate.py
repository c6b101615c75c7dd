import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.arrays import as_floats
from recommendations.engine.blend import BlendConfig, blend
from recommendations.engine.diversity import diversify
from recommendations.engine.history import History
from recommendations.engine.reasons import Reason, reasons_for
from recommendations.engine.rules import allowed
from recommendations.engine.sources import score_neighbours, score_popular, score_tags

TWINS_AND_A_STRANGER = as_floats([[1, 0], [1, 0], [0, 1]])


def test_full_relevance_keeps_the_ranking():
    picked = diversify(as_floats([3, 1, 2]), TWINS_AND_A_STRANGER, length=3, relevance=1.0)
    assert picked.tolist() == [0, 2, 1]


def test_a_twin_of_what_was_picked_waits():
    # merits 1, .9, 0 after bringing [10, 9, 0] to [0, 1]: once 0 is picked, its twin is worth
    # .5 * .9 - .5 * 1 = -.05 and the stranger .5 * 0 - 0 = 0
    picked = diversify(as_floats([10, 9, 0]), TWINS_AND_A_STRANGER, length=3, relevance=0.5)
    assert picked.tolist() == [0, 2, 1]


def test_being_unlike_the_rest_does_not_make_up_for_what_was_spoken_against():
    picked = diversify(as_floats([10, 9, -9]), TWINS_AND_A_STRANGER, length=3, relevance=0.5)
    assert picked.tolist() == [0, 1, 2]
    worse = diversify(as_floats([-1, -2, -9]), TWINS_AND_A_STRANGER, length=3, relevance=0.5)
    assert worse.tolist() == [
        0,
        2,
        1,
    ]  # nothing is better than they


def test_a_short_list_is_not_padded():
    assert diversify(as_floats([1]), as_floats([[1, 0]]), length=5).tolist() == [0]
    assert diversify(as_floats([]), as_floats(np.empty((0, 2))), length=5).tolist() == []


def test_level_scores_go_to_the_earlier_item():
    strangers = as_floats(np.eye(3))
    assert diversify(as_floats([1, 1, 1]), strangers, length=2).tolist() == [0, 1]


def test_each_rule_bars():
    items = np.array([1, 2, 3, 4])
    found = allowed(items, excluded=np.array([2, 1]), unwanted=np.array([3, 99]))
    assert found.tolist() == [False, False, False, True]
    assert allowed(items).all()


def slate(weights):
    """Item 20 by two met items, by a tag and by popularity; item 30 by popularity alone."""
    past = History(np.array([7, 8]), as_floats([1.0, 1.0]))
    scored = [
        score_neighbours(past, np.array([[20], [20]]), as_floats([[0.3], [0.1]])),
        score_tags(np.array([20]), np.array([0, 1]), np.array([5]), as_floats([1]), {5: 0.9}),
        score_popular(np.array([20, 30]), as_floats([1, 2])),
    ]
    blended = blend(scored, BlendConfig(weights=weights))
    picks = np.argsort(blended.items)
    return reasons_for(blended.items, blended.parts, scored, picks, history=past)


def test_reasons_are_facts_by_their_share_of_the_score():
    # parts of item 20: neighbours 1 * 1, tags .6 * 1, popular .4 * .5; together 1.8
    first, _ = slate({"neighbours": 1.0, "tags": 0.6, "popular": 0.4})
    assert [(one.kind, one.ref) for one in first] == [("item", 7), ("statement", 5), ("item", 8)]
    assert_allclose([one.share for one in first], [0.75 / 1.8, 0.6 / 1.8, 0.25 / 1.8], rtol=1e-5)


def test_what_only_many_take_to_is_called_popular():
    _, second = slate({"neighbours": 1.0, "tags": 0.6, "popular": 0.4})
    assert second == [Reason("popular", None, 1.0)]


@pytest.mark.parametrize(("of_late", "told"), [(0.9, "recent"), (0.1, "popular")])
def test_popular_of_late_is_told_from_popular_and_the_weightier_alone(of_late, told):
    items, weights = np.array([20]), as_floats([1])
    past = History(np.array([7]), as_floats([1.0]))
    scored = [
        score_neighbours(past, np.array([[20]]), as_floats([[0.3]])),
        score_popular(items, weights),
        score_popular(items, weights, source="recent"),
    ]
    given = {"neighbours": 1.0, "popular": 0.5, "recent": of_late}
    blended = blend(scored, BlendConfig(weights=given))
    (found,) = reasons_for(blended.items, blended.parts, scored, np.array([0]), history=past)
    assert [one.kind for one in found] == ["item", told]
    assert found[1].share == pytest.approx(given[told] / (1.5 + of_late), rel=1e-5)


def test_a_pick_that_nothing_spoke_for_is_given_no_made_up_reason():
    _, second = slate({"neighbours": 1.0})
    assert second == [Reason("popular", None, 0.0)]


def test_what_is_true_of_everybody_comes_after_what_is_about_the_user():
    # parts of item 20: tags .2 * 1, popular .8 * .5; the greater share is still the later reason
    first, _ = slate({"tags": 0.2, "popular": 0.8})
    assert [one.kind for one in first] == ["statement", "popular"]
    assert_allclose([one.share for one in first], [0.2 / 0.6, 0.4 / 0.6], rtol=1e-5)


def test_what_spoke_against_is_no_reason():
    past = History(np.array([7, 8]), as_floats([1.0, -1.0]))
    scored = [score_neighbours(past, np.array([[20], [20]]), as_floats([[0.3], [0.1]]))]
    blended = blend(scored, BlendConfig(weights={"neighbours": 1.0}))
    (found,) = reasons_for(blended.items, blended.parts, scored, np.array([0]), history=past)
    assert [(one.kind, one.ref) for one in found] == [("item", 7)]
    assert found[0].share == pytest.approx(1.0)
