"""Figures of what users do: shares, rhythms and bands, with gaps told apart from facts."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from profiles.modelling.bands import bands_of, maker_in, numbers_in
from profiles.modelling.behaviour import Deed, behaviour_of, sentiment_of_months
from profiles.modelling.numbers import completed, far_from_mean, outside_fences
from profiles.modelling.rhythm import rhythm_of

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


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_a_month_without_a_review_lies_between_its_neighbours_and_counts_none():
    found = sentiment_of_months(
        [
            deed(sentiment=0.0, moment=at("2025-11-03")),
            deed(sentiment=0.6, moment=at("2026-02-03")),
        ]
    )
    assert [(each["month"], each["mean"], each["count"]) for each in found["months"]] == [
        ("2025-11", 0.0, 1),
        ("2025-12", 0.2, 0),
        ("2026-01", 0.4, 0),
        ("2026-02", 0.6, 1),
    ]
    assert found["mean"] == 0.3, "what was filled in is no review"


def test_a_month_far_beyond_the_others_is_marked():
    calm = [deed(moment=at(f"2025-{month:02d}-05")) for month in range(1, 11) for _ in range(2)]
    burst = [deed(moment=at("2025-11-05")) for _ in range(30)]
    assert behaviour_of(calm + burst)["unusual_months"] == ["2025-11"]
    assert behaviour_of(calm)["unusual_months"] == []


def test_loyalty_and_novelty_are_told_in_the_order_of_time():
    found = behaviour_of(
        [
            deed(item=3, moment=3 * DAY, maker="austen", tags=(1, 2)),
            deed(item=1, moment=1 * DAY, maker="austen", tags=(1,)),
            deed(item=2, moment=2 * DAY, maker="eliot", tags=(1,)),
            deed(item=4, moment=4 * DAY, maker="", tags=()),
        ]
    )
    assert found["loyalty"] == 0.5, "of the second and third, the third is by a maker met before"
    assert found["new_tags"] == 0.5, "of the second and third, the third brings tag 2"


def test_rhythm_counts_hours_weekdays_and_seasons():
    moments = [at(f"2026-01-{day:02d}T22:30:00") for day in (5, 12, 19, 26)]
    moments += [at("2026-07-04T09:00:00")]
    found = rhythm_of(moments)
    assert (found["hours"][22], found["hours"][9]) == (4, 1)
    assert found["weekdays"] == [4, 0, 0, 0, 0, 1, 0]
    assert found["seasons"] == [4, 0, 1, 0]


def test_dates_without_a_time_of_day_tell_no_hours():
    assert rhythm_of([at(f"2026-01-{day:02d}") for day in range(1, 9)])["hours"] is None


def test_a_clock_is_not_bursty_and_bursts_are():
    clock = rhythm_of([day * DAY for day in range(0, 100, 10)])
    assert clock["burstiness"] == -1.0
    bursts = rhythm_of([day * DAY for day in (0, 1, 2, 3, 4, 5, 200, 201, 202, 203, 204)])
    gaps = np.array([1.0] * 5 + [195.0] + [1.0] * 4)
    expected = (gaps.std() - gaps.mean()) / (gaps.std() + gaps.mean())
    assert_allclose(bursts["burstiness"], expected, atol=5e-4)
    assert bursts["burstiness"] > 0.3


def test_too_few_moments_have_no_rhythm():
    assert rhythm_of([0.0, DAY]) is None
    assert rhythm_of([0.0] * 6)["burstiness"] is None


def test_a_band_is_quartiles_with_the_median_for_what_is_missing():
    items = [{"price": price} for price in (10.0, 20.0, 30.0, 40.0, 50.0)] + [{}]
    band = bands_of(items)["price"]
    # With the median 30 in the gap: 10 20 30 30 40 50.
    assert (band["low"], band["middle"], band["high"]) == (22.5, 30.0, 37.5)
    assert (band["known"], band["missing"], band["outside"]) == (5, 1, 0)


def test_a_price_beyond_the_fences_is_counted_as_outside():
    prices = [10.0, 11.0, 12.0, 13.0, 14.0, 900.0]
    assert bands_of([{"price": price} for price in prices])["price"]["outside"] == 1


def test_what_is_known_of_few_items_makes_no_band():
    assert bands_of([{"price": 1.0}, {"price": 2.0}]) == {}
    assert bands_of([{"price": 1.0}] * 3 + [{}] * 4) == {}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (12, 12.0),
        ("$12.99", 12.99),
        ("104 minutes", 104.0),
        ("1999-05-01", 1999.0),
        ("300页", 300.0),
        (True, None),
        ("PG-13 (some violence)", None),
        ("2 for 1", None),
        (math.nan, None),
        (None, None),
    ],
)
def test_attributes_that_measure_something_are_numbers(value, number):
    found = numbers_in({"thing": value})
    assert found == ({} if number is None else {"thing": number})


def test_numbers_that_only_name_a_thing_are_not_measured():
    assert numbers_in({"item_id": 7, "isbn": "9780141439518", "pages": 300}) == {"pages": 300.0}


def test_the_maker_of_an_item_is_the_first_that_is_named():
    assert maker_in({"author": " Jane Austen "}) == "jane austen"
    assert maker_in({"artists": ["Nina", "Bill"], "brand": "B"}) == "nina"
    assert maker_in({"pages": 3}) == ""


GAPPY = np.array([[1.0, 10.0], [2.0, np.nan], [np.nan, 30.0], [6.0, 50.0]])


def test_gaps_are_filled_as_asked_for_and_marked():
    for fill, expected in (
        ("mean", (30.0, 3.0)),
        ("median", (30.0, 2.0)),
        ("between", (20.0, 4.0)),
    ):
        whole, missing = completed(GAPPY, fill)
        assert (whole[1, 1], whole[2, 0]) == expected, fill
        assert_array_equal(missing, np.isnan(GAPPY))


def test_the_nearest_rows_fill_a_gap_better_than_the_mean():
    rows = [[float(place), place * 2.0] for place in range(12)] + [[11.0, np.nan]]
    whole, _ = completed(np.array(rows), "nearest")
    # The five nearest by the first column are 11, 10, 9, 8 and 7.
    assert whole[-1, 1] == 18.0


def test_a_column_of_which_nothing_is_known_is_filled_with_zero():
    for fill in ("mean", "median", "nearest", "between"):
        whole, missing = completed(np.full((3, 1), np.nan), fill)
        assert whole.tolist() == [[0.0]] * 3, fill
        assert missing.all()


def test_outliers_are_marked_by_both_rules_and_gaps_never():
    values = np.array([1.0, 2.0, 2.0, 3.0, 1.0, 1.0, 3.0, 2.0, 3.0, 1.0, 2.0, 40.0, np.nan])
    assert np.flatnonzero(outside_fences(values)).tolist() == [11]
    uneven = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 11.0, 12.0])
    # Quartiles 2.75 and 7.25: the fences are at -4 and 14.
    assert not outside_fences(uneven).any()
    assert np.flatnonzero(outside_fences(np.append(uneven[:-1], 15.0))).tolist() == [7]
    assert np.flatnonzero(far_from_mean(values)).tolist() == [11]
    assert not outside_fences(values[:4]).any()
    same = np.array([1.0] * 30 + [2.0, 2.0, 50.0])
    assert np.flatnonzero(outside_fences(same)).tolist() == [32], "no fences, but the mean"
    assert not far_from_mean(np.ones(9)).any()
