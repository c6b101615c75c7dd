from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from profiles.modelling.claims import (
    Acts,
    Bearings,
    Mentions,
    claims_of_items,
    claims_of_words,
)


def acts(*rows: tuple[int, int, int, float, float]) -> Acts:
    """Rows of (id, user, item, signed, age); nothing has faded, everything was read."""
    table = np.array(rows, dtype=float).reshape(-1, 5)
    ids = table[:, :3].astype(np.int64)
    count = len(table)
    return Acts(
        id=ids[:, 0],
        user=ids[:, 1],
        item=ids[:, 2],
        signed=table[:, 3],
        fade=np.ones(count),
        age=table[:, 4],
        is_read=np.ones(count, dtype=bool),
    ).sorted()


def bearings(*rows: tuple[int, int, float]) -> Bearings:
    table = np.array(rows, dtype=float).reshape(-1, 3)
    return Bearings(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2])


def mentions(*rows: tuple[int, int, float]) -> Mentions:
    table = np.array(rows, dtype=float).reshape(-1, 3)
    return Mentions(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2])


def test_an_interaction_speaks_for_each_tag_as_surely_as_the_item_bears_it():
    claims = claims_of_items(
        acts((1, 7, 50, 0.8, 0), (2, 7, 51, -1.0, 0)),
        bearings((50, 900, 1.0), (50, 901, 0.5), (51, 900, 1.0)),
    )
    assert_array_equal(claims.tag, [900, 900, 901])
    assert_array_equal(claims.item, [50, 51, 50])
    assert_allclose(claims.support, [0.8, -1.0, 0.4])
    assert_allclose(claims.borne, [0.8, 1.0, 0.8])


def test_an_item_without_tags_claims_nothing():
    assert len(claims_of_items(acts((1, 7, 50, 1.0, 0)), bearings((51, 900, 1.0))).tag) == 0


def test_a_book_borrowed_and_then_panned_was_not_taken_to():
    settled = acts((1, 7, 50, 0.7, 20.0), (2, 7, 50, -1.0, 3.0)).settled()
    assert_allclose(settled.signed, [0.0, -1.0])


def test_a_glance_after_a_bad_rating_does_not_mend_it():
    settled = acts((1, 7, 50, -1.0, 20.0), (2, 7, 50, 0.1, 3.0)).settled()
    assert_allclose(settled.signed, [-1.0, 0.0])


def test_the_strongest_of_the_same_sign_speaks_for_an_item_met_often():
    settled = acts((1, 7, 50, 0.7, 9), (2, 7, 50, 1.0, 8), (3, 7, 51, 0.1, 7)).settled()
    assert_allclose(settled.signed, [0.0, 1.0, 0.1])


def test_clauses_about_one_aspect_add_up_and_the_verdict_has_half_a_say():
    claims = claims_of_words(
        acts((1, 7, 50, 1.0, 0), (2, 7, 51, 0.0, 0)),
        mentions((1, 900, 0.8), (1, 900, 0.6), (1, 901, -0.5), (2, 900, -0.3), (2, 901, 0.1)),
    )
    # 1.4 is cut at 1; -.5 is outweighed by the verdict; .05 of 901 is neither praise nor blame.
    assert_array_equal(claims.tag, [900, 900, 901])
    assert_allclose(claims.support, [1.0, -0.15, 0.25])


def test_reviews_that_say_nearly_the_same_speak_once():
    met = replace(acts(*[(at, 7, 50 + at, 1.0, 0) for at in (1, 2, 3)]), piece=np.array([1, 1, 3]))
    claims = claims_of_words(met, mentions(*[(at, 900, 1.0) for at in (1, 2, 3)]))
    assert_array_equal(claims.item, [51, 53])


def test_mentions_in_reviews_of_others_are_not_ours():
    assert len(claims_of_words(acts((1, 7, 50, 1.0, 0)), mentions((99, 900, 1.0))).tag) == 0


ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(50, 55),
        st.floats(-1, 1).map(lambda each: round(each, 3)),
        st.integers(0, 500),
    ),
    min_size=1,
    max_size=20,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_in_which_interactions_come_changes_no_bit(rows, random):
    numbered = [(at, user, item, sign, age) for at, (user, item, sign, age) in enumerate(rows)]
    shuffled = list(numbered)
    random.shuffle(shuffled)
    borne = bearings(*[(item, 900 + item % 3, 0.7) for item in range(50, 56)])
    first = claims_of_items(acts(*numbered).settled(), borne)
    second = claims_of_items(acts(*shuffled).settled(), borne)
    for name in ("user", "tag", "item", "support", "borne"):
        assert_array_equal(getattr(first, name), getattr(second, name))
