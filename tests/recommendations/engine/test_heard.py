"""What users say they like has a place on their lists, and refusals leave the rest in order."""

import numpy as np
from numpy.testing import assert_array_equal

from core.arrays import as_floats
from recommendations.engine.arrange import Shortlist, arrange
from recommendations.engine.blend import BlendConfig
from recommendations.engine.exploring import explored
from recommendations.engine.sources import Scored, score_popular, score_tags

ITEMS = np.arange(10)


def said_of(tags_of, strengths):
    """Say of each item which tags it bears."""
    indptr = np.cumsum([0, *(len(tags_of.get(item, ())) for item in ITEMS.tolist())])
    tags = np.array([tag for item in ITEMS.tolist() for tag in tags_of.get(item, ())], dtype=int)
    found = score_tags(ITEMS, indptr, tags, as_floats(np.ones(len(tags))), strengths)
    return Scored("said", found.items, found.scores, found.carriers, found.shares)


def arranged(scored, *, length=5, barred=(), refused=(), vectors=None, relevance=1.0):
    vectors = np.zeros((len(ITEMS), 1), dtype=np.float32) if vectors is None else vectors
    shortlist = Shortlist(ITEMS, vectors, vectors.any(axis=1))
    config = BlendConfig(weights={"popular": 1.0}, relevance=relevance)
    return arrange(
        scored,
        shortlist,
        config,
        met=3,
        barred=np.array(barred, dtype=np.int64),
        length=length,
        refused=np.array(refused, dtype=np.int64),
    )


def listed(scored, **asked):
    found = arranged(scored, **asked)
    return found.blended.items[found.picks].tolist()


def popular(*, by=1.0):
    """Item 0 is taken to most, 9 least; all of much the same."""
    return score_popular(ITEMS, as_floats(10.0 - by * ITEMS))


def test_a_tag_that_is_said_and_would_not_show_takes_the_last_place():
    said = said_of({0: [7], 8: [5], 9: [5]}, {7: 0.9, 5: 0.1})
    assert listed([popular()]) == [0, 1, 2, 3, 4]
    assert listed([popular(), said]) == [0, 1, 2, 3, 8]


def test_what_shows_already_needs_no_place():
    said = said_of({1: [5], 9: [5]}, {5: 0.1})
    assert listed([popular(), said])[-1] != 9


def test_what_is_tried_out_takes_no_place_that_a_tag_was_given():
    said = said_of({0: [7], 8: [5]}, {7: 0.9, 5: 0.1})
    found = arranged([popular(), said])
    pool = np.setdiff1d(np.arange(len(ITEMS)), found.picks)
    never = np.zeros(len(pool), dtype=np.int64)
    rng = np.random.default_rng(0)
    laid, tried = explored(found.picks, pool, never, never, 0.4, rng, is_needed=found.is_needed)
    assert found.blended.items[laid[~tried]].tolist() == [0, 1, 8]


def test_a_list_gives_a_fifth_of_its_places_at_most():
    said = said_of({0: [7], 7: [4], 8: [5], 9: [6]}, {7: 0.9, 4: 0.1, 5: 0.1, 6: 0.1})
    assert listed([popular(), said]) == [0, 1, 2, 3, 7]
    assert listed([popular(), said], length=4) == [0, 1, 2, 3]


def test_what_alone_shows_a_tag_makes_no_room_for_another():
    """Place 4 shows the tag 6 and nothing else does, so 3 makes room for the tag 5."""
    said = said_of({0: [7], 4: [6], 8: [5]}, {7: 0.9, 6: 0.05, 5: 0.05})
    assert listed([popular(), said]) == [0, 1, 2, 4, 8]


def test_no_place_is_given_to_what_is_disliked_or_barred_or_refused():
    said = said_of({0: [7], 8: [5], 9: [5]}, {7: 0.9, 5: 0.1})
    assert listed([popular(), said], barred=[8])[-1] == 9
    assert listed([popular(), said], refused=[8])[-1] == 9
    disliked = said_of({0: [7], 8: [5]}, {7: 0.9, 5: -0.1})
    assert listed([popular(), disliked]) == [0, 1, 2, 3, 4]


def test_what_is_refused_sets_the_scale_and_is_not_shown():
    """Without the best of one source the other would count for less against it."""
    popular_ones = score_popular(ITEMS, as_floats([10, 3, 2, 1, 0, 0, 0, 0, 0, 0]))
    recent = score_popular(ITEMS, as_floats([0, 0, 0, 0, 4, 4.4, 4.6, 5, 0, 0]), source="recent")
    shortlist = Shortlist(ITEMS, np.zeros((10, 1), np.float32), np.zeros(10, bool))
    config = BlendConfig(weights={"popular": 1.0, "recent": 0.5}, relevance=1.0)

    def shown(**kept_out):
        found = arrange(
            [popular_ones, recent],
            shortlist,
            config,
            met=3,
            barred=np.array([-1]),
            length=10,
            **kept_out,
        )
        return found.blended.items[found.picks].tolist()

    whole = shown()
    assert shown(refused=np.array([0])) == [item for item in whole if item != 0]


def test_what_is_refused_does_not_change_how_far_a_list_is_spread():
    rng = np.random.default_rng(0)
    vectors = as_floats(rng.normal(size=(10, 4)))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = popular(by=0.5)
    order = listed([scores], length=9, refused=[0], vectors=vectors, relevance=0.6)
    assert 0 not in order
    assert_array_equal(sorted(order), np.arange(1, 10))
