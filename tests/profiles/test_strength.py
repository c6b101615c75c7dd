import numpy as np
import pytest
from numpy.testing import assert_allclose

from profiles.modelling.strength import Kinds, ages_of, fade, signed

NONE = float("nan")
# like (+), dismiss (-), stars (a scale from 3 to 5), note (neither polarity nor scale)
KINDS = Kinds(
    polarity=np.array([1.0, -1.0, 0.0, 0.0]),
    weight=np.array([0.8, 0.6, 1.0, 0.5]),
    half_life=np.array([180.0, 90.0, 365.0, 30.0]),
    middle=np.array([NONE, NONE, 3.0, NONE]),
    best=np.array([NONE, NONE, 5.0, NONE]),
)
LIKE, DISMISS, STARS, NOTE = range(4)


def strength(kind: int, value: float = NONE, sentiment: float = NONE) -> float:
    found = signed(np.array([value]), np.array([kind]), KINDS, sentiment=np.array([sentiment]))
    return float(found[0])


@pytest.mark.parametrize(
    ("kind", "value", "sentiment", "expected"),
    [
        (LIKE, NONE, NONE, 0.8),
        (DISMISS, NONE, NONE, -0.6),
        (STARS, 5.0, NONE, 1.0),
        (STARS, 4.0, NONE, 0.5),
        (STARS, 3.0, 0.9, 0.0),  # a middling rating is a verdict, whatever the words
        (STARS, 0.0, NONE, -1.0),  # never beyond the scale
        (STARS, NONE, 0.5, 0.35),  # no rating: 0.7 of the sentiment
        (NOTE, NONE, -1.0, -0.35),  # 0.5 * 0.7 * -1
        (NOTE, NONE, NONE, 0.0),
        (LIKE, NONE, -1.0, 0.8),  # the kind speaks; the words do not turn it around
    ],
)
def test_a_rating_speaks_first_then_the_kind_then_the_words(kind, value, sentiment, expected):
    assert_allclose(strength(kind, value, sentiment), expected)


def test_an_age_counts_back_from_the_users_own_newest():
    user, moment = np.array([7, 3, 7, 3, 9]), np.array([0.0, 5.0, 2 * 86_400.0, NONE, NONE])
    assert_allclose(ages_of(user, moment), [2.0, 0.0, 0.0, NONE, NONE])
    assert ages_of(user[:0], moment[:0]).shape == (0,)


def test_a_half_life_halves_and_no_date_counts_as_new():
    left = fade(np.array([0.0, 180.0, 180.0, NONE]), np.array([0, 0, 1, 0]), KINDS)
    assert_allclose(left, [1.0, 0.5, 0.25, 1.0])
