"""Who gets which arm, what is tried out, and how far rates can be trusted."""

import numpy as np
import pytest

from recommendations.engine.exploring import arm_of, explored
from recommendations.engine.rates import Tally, difference, effective, rate_of, wilson

PICKS, POOL = np.arange(10), np.arange(10, 30)
NONE_NEEDED = np.zeros(10, dtype=bool)
NEVER = np.zeros(20, dtype=np.int64)


def test_a_user_gets_the_same_arm_every_time_and_arms_their_shares():
    arms = [arm_of("salt", f"user {n}", [1, 3]) for n in range(4_000)]
    assert arms == [arm_of("salt", f"user {n}", [1, 3]) for n in range(4_000)]
    assert abs(arms.count(0) / 4_000 - 0.25) < 0.02


def test_two_experiments_divide_users_independently():
    first = np.array([arm_of("one", str(n), [1, 1]) for n in range(4_000)])
    second = np.array([arm_of("two", str(n), [1, 1]) for n in range(4_000)])
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


def test_an_arm_without_weight_gets_nobody():
    assert {arm_of("salt", str(n), [0, 1, 0]) for n in range(500)} == {1}


def test_the_share_of_places_is_right_on_average_and_the_first_stays():
    counts = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        laid, tried = explored(PICKS, POOL, NEVER, NEVER, 0.15, rng, is_needed=NONE_NEEDED)
        assert laid[0] == 0
        assert not tried[0]
        assert len(set(laid.tolist())) == 10
        assert laid[~tried].tolist() == list(range(10 - tried.sum()))
        counts.append(tried.sum())
    assert abs(np.mean(counts) - 1.5) < 0.1


def test_what_is_clicked_more_is_tried_more_and_what_is_unknown_is_tried_too():
    shown, clicked = np.full(20, 200), np.full(20, 10)
    clicked[3], shown[7], clicked[7] = 100, 0, 0
    tried = np.zeros(30)
    for seed in range(300):
        rng = np.random.default_rng(seed)
        laid, is_tried = explored(PICKS, POOL, clicked, shown, 0.2, rng, is_needed=NONE_NEEDED)
        tried[laid[is_tried]] += 1
    assert tried.argmax() == 13
    assert tried[17] > np.delete(tried[10:], [3, 7]).max()


@pytest.mark.parametrize(
    ("needed", "stay"),
    [([9], [0, 1, 2, 3, 4, 5, 6, 9]), ([4, 5, 6, 7, 8, 9], [0, 1, 4, 5, 6, 7, 8, 9])],
)
def test_what_is_needed_on_the_list_gives_way_last(needed, stay):
    rng, is_needed = np.random.default_rng(0), np.isin(PICKS, needed)
    laid, tried = explored(PICKS, POOL, NEVER, NEVER, 0.2, rng, is_needed=is_needed)
    assert laid[~tried].tolist() == stay


def test_the_first_place_stays_where_all_else_is_needed_too():
    rng = np.random.default_rng(0)
    laid, tried = explored(PICKS, POOL, NEVER, NEVER, 0.3, rng, is_needed=PICKS > 0)
    assert laid[~tried].tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_without_a_share_or_anything_to_try_the_list_stays():
    for pool, share in ((POOL, 0.0), (POOL[:0], 0.5)):
        seen = NEVER[: len(pool)]
        rng = np.random.default_rng(0)
        laid, tried = explored(PICKS, pool, seen, seen, share, rng, is_needed=NONE_NEEDED)
        assert laid.tolist() == PICKS.tolist()
        assert not tried.any()


def tally_of(hits, trials):
    """Sum up users. Shapes: both (U,)."""
    hits, trials = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    return Tally(
        len(trials),
        int(trials.sum()),
        int(hits.sum()),
        float(trials @ trials),
        float(hits @ hits),
        float(hits @ trials),
    )


def test_wilson_by_hand():
    found = wilson(0.8, 10)
    assert found == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) == rate_of(Tally()) == (0.0, 0.0, 1.0)


def test_newcombe_by_hand():
    """56 of 70 against 48 of 80, the example of Newcombe's paper."""
    assert difference(wilson(56 / 70, 70), wilson(48 / 80, 80)) == pytest.approx(
        (0.2, 0.0524, 0.3339), abs=1e-4
    )


def test_users_who_always_or_never_click_are_worth_one_trial_each():
    hits, trials = np.repeat([10.0, 0.0], 50), np.full(100, 10.0)
    assert effective(tally_of(hits, trials)) == pytest.approx(99.0, abs=0.5)


@pytest.mark.parametrize(
    ("hits", "trials"),
    [([500], [1_000]), ([0, 0], [5_000, 5_000]), ([40, 40, 40], [40, 40, 40]), ([0], [1])],
)
def test_where_no_variance_can_be_seen_trials_are_worth_no_more_than_users(hits, trials):
    found = effective(tally_of(hits, trials))
    assert found == pytest.approx(len(trials))
    assert rate_of(tally_of(hits, trials)).high > 0.5


def test_users_of_unlike_numbers_are_worth_fewer():
    assert effective(tally_of([0, 0], [90, 10])) == pytest.approx(100**2 / (90**2 + 10**2))


def test_one_click_more_or_less_does_not_make_few_users_many():
    """Two users alike are worth (1.96 / 12.71)² of their trials: one degree of freedom."""
    found = effective(tally_of([500, 500], [1_000, 1_000]))
    assert found == pytest.approx(2_000 * (1.96 / 12.7062) ** 2, rel=1e-3)
    assert effective(tally_of([1, 0], [5_000, 5_000])) < 300


def test_users_of_one_impression_each_are_worth_as_many_trials_but_one():
    assert effective(tally_of([1, 0, 0, 1], [1, 1, 1, 1])) == pytest.approx(3)


@pytest.mark.parametrize("users", [3, 10, 150])
def test_the_interval_holds_the_truth_where_users_differ(users):
    rng, held = np.random.default_rng(1), 0
    for _ in range(400):
        trials = rng.integers(1, 30, users).astype(float)
        hits = rng.binomial(trials.astype(int), rng.beta(1.0, 4.0, users)).astype(float)
        found = rate_of(tally_of(hits, trials))
        held += found.low <= 0.2 <= found.high
    assert held / 400 >= 0.92
