import numpy as np
from numpy.testing import assert_allclose

from profiles.modelling.behaviour import Deed, behaviour_of, sentiment_of_months

DAY = 86_400.0


def deed(**fields) -> Deed:
    return Deed(
        **{
            "kind": "rate",
            "item": 1,
            "moment": 0.0,
            "signed": 1.0,
            "scaled": None,
            "sentiment": None,
            "has_text": False,
            "tags": (),
        }
        | fields
    )


def test_figures_of_somebody_who_did_nothing_are_unknown_and_not_zero():
    found = behaviour_of([])
    assert found["breadth"] is None
    assert found["generosity"] is None
    assert found["kinds"] == {}


def test_breadth_is_entropy_over_its_maximum():
    met = [deed(item=at, tags=(900,)) for at in range(3)] + [deed(item=9, tags=(901,))]
    expected = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25)) / np.log(2)
    assert_allclose(behaviour_of(met)["breadth"], expected, atol=5e-4)
    assert behaviour_of([deed(tags=(900,))])["breadth"] == 0.0


def test_shares_and_means_are_those_of_the_deeds():
    found = behaviour_of(
        [
            deed(item=1, scaled=1.0, has_text=True),
            deed(item=1, scaled=-0.5, signed=-0.5),
            deed(item=2, kind="view", signed=0.0, moment=40 * DAY),
        ]
    )
    assert found["kinds"] == {"rate": 2, "view": 1}
    assert found["months"] == {"1970-01": 2, "1970-02": 1}
    assert found["novelty"] == 0.667
    assert found["generosity"] == 0.25
    assert found["pleased_share"] == 0.5
    assert found["review_share"] == 0.333


def test_sentiment_is_told_month_by_month():
    found = sentiment_of_months(
        [
            deed(sentiment=0.5),
            deed(sentiment=-0.1, moment=DAY),
            deed(sentiment=1.0, moment=40 * DAY),
            deed(sentiment=0.2, moment=None),
            deed(),
        ]
    )
    assert found["mean"] == 0.4
    assert found["count"] == 4
    assert found["months"] == [
        {"month": "1970-01", "mean": 0.2, "count": 2},
        {"month": "1970-02", "mean": 1.0, "count": 1},
    ]
