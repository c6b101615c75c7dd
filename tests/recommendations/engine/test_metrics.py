import numpy as np
import pytest
from numpy.testing import assert_allclose

from recommendations.engine import metrics
from recommendations.engine.validation import MEASURES, Cases, measure, measures_of, ranks
from tests.recommendations.engine.worlds import drifting, log_of, two_towns

SCORES = np.array([0.9, 0.5, 0.5, 0.5, 0.1], dtype=np.float32)


def ranked(scores, *wanted, met=()):
    """The ranks of what a user wanted, in order of items, by the product's own way."""
    past = log_of((1, 0), *((0, item) for item in met), users=2, items=5)
    future = log_of(*((0, item) for item in wanted), users=2, items=5)
    return ranks(Cases.of(past, future), scores[None]).tolist()


def measured(*found):
    """The measures of one user whose wanted items have these ranks."""
    users = np.zeros(len(found), dtype=np.intp)
    whole = measures_of(np.array(found, dtype=np.float64), users, np.array([len(found)]))
    return dict(zip(MEASURES, whole[0].tolist(), strict=True))


def plain_rank(scores, item, barred):
    """The rank of one item, by looking at every other."""
    others = [score for score, closed in zip(scores, barred, strict=True) if not closed]
    above, level = (sum(one > scores[item] for one in others), others.count(scores[item]))
    return 1 + above + (level - 1) / 2


def plain_ndcg(found, k):
    best = sum(1 / np.log2(1 + place) for place in range(1, min(len(found), k) + 1))
    return sum(1 / np.log2(1 + rank) for rank in found if rank <= k) / best


def test_ties_count_half():
    # item 2 is below item 0 and level with two others: 1 + 1 + 2 / 2
    assert ranked(SCORES, 0, 2) == [1.0, 3.0]


def test_a_model_without_an_opinion_puts_everything_in_the_middle():
    assert ranked(np.zeros(5, dtype=np.float32), 0, 4) == [3.0, 3.0]


def test_barred_items_take_no_place():
    assert ranked(SCORES, 2, met=(0, 3)) == [1.5]


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_is_refused(broken):
    scores = SCORES.copy()
    scores[2] = broken
    with pytest.raises(ValueError, match="finite"):
        ranked(scores, 0)


def test_ndcg_by_hand():
    gained = 1 / np.log2(2) + 1 / np.log2(4)
    best = 1 / np.log2(2) + 1 / np.log2(3) + 1 / np.log2(4)
    assert measured(1, 3, 12)["ndcg@10"] == pytest.approx(gained / best)


def test_the_best_list_of_k_is_worth_one_however_much_was_wanted():
    assert measured(*range(1, 31))["ndcg@10"] == pytest.approx(1.0)


def test_recall_counts_the_wanted_that_were_reached():
    assert measured(1, 20, 20.5, 70)["recall@20"] == 0.5


def test_coverage_gini_and_novelty_by_hand():
    slates = np.array([[0, 1], [0, -1]])
    assert metrics.coverage(slates, 4) == 0.5
    # places per item, ascending: 0 0 1 2; sum of (2i - 5) * count = 1 + 3 * 2 = 7; over 4 * 3
    assert metrics.gini(slates, 4) == pytest.approx(7 / 12)
    # item 0 is the most popular (0 bits), item 1 has a quarter of its users (2 bits)
    counts = np.array([8, 2, 1, 0], dtype=np.float32)
    assert metrics.novelty(slates, counts) == pytest.approx(2 / 3)


def test_everyone_alike_is_gini_zero():
    assert metrics.gini(np.array([[0, 1], [2, 3]]), 4) == pytest.approx(0.0)


def test_diversity_is_the_mean_distance_within_a_slate():
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    # pairs of 0 1 2: distances 0, 1, 1; the slate of one item has no pairs
    assert metrics.intra_list_diversity(np.array([[0, 1, 2]]), vectors) == pytest.approx(2 / 3)
    assert metrics.intra_list_diversity(np.array([[0, -1, -1]]), vectors) == 0.0


def test_a_difference_that_every_user_shares_is_certain():
    first, second = np.array([0.3, 0.9, 0.5]), np.array([0.1, 0.7, 0.3])
    found = metrics.paired_bootstrap(first, second, np.random.default_rng(0))
    assert_allclose(found, [0.2, 0.2, 0.2])


def test_an_interval_is_as_wide_as_the_normal_one():
    values = np.random.default_rng(3).normal(1.0, 2.0, size=4_000)
    found = metrics.interval(values, np.random.default_rng(0))
    half = 1.96 * values.std() / np.sqrt(4_000)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.value == pytest.approx(half, rel=0.1)


def test_all_users_at_once_are_ranked_like_one_by_one():
    log = drifting()
    half = len(log) // 2
    past, future = (
        log_of(*zip(log.users[s], log.items[s], log.weights[s], strict=True), users=160, items=60)
        for s in (slice(0, half), slice(half, None))
    )
    cases = Cases.of(past, future)
    scores = np.random.default_rng(0).integers(0, 9, (len(cases), 60)).astype(np.float32)
    one_by_one = [
        [plain_rank(scores[row], item, cases.barred(row)) for item in cases.relevant(row)]
        for row in range(len(cases))
    ]
    assert_allclose(ranks(cases, scores), np.concatenate(one_by_one))
    plain = [
        (
            *(plain_ndcg(one, k) for k in (10, 20)),
            *(np.mean([rank <= k for rank in one]) for k in (20, 10)),
        )
        for one in one_by_one
    ]
    assert_allclose(measure(cases, scores), plain)


def test_only_what_is_new_to_a_user_is_wanted():
    past, future = log_of((0, 0), (1, 1), items=3), log_of((0, 0), (0, 2), (1, 1), items=3)
    cases = Cases.of(past, future)
    assert cases.users.tolist() == [0]
    assert cases.relevant(0).tolist() == [2]


def test_drawing_users_is_seeded():
    log = two_towns()
    empty = log_of(users=20, items=20)
    first, second = (Cases.of(empty, log, most=5, seed=4).users.tolist() for _ in range(2))
    assert first == second
    assert len(first) == 5


def test_intervals_of_many_columns_rest_on_the_draws_of_one():
    values = np.random.default_rng(3).normal(size=(150, 2))
    both = metrics.intervals(values, np.random.default_rng(0), n=250)
    draws = np.random.default_rng(0).multinomial(150, np.full(150, 1 / 150), size=250)
    for column, found in enumerate(both):
        alone = metrics.interval(values[:, column], np.random.default_rng(0), n=250)
        assert_allclose(found, alone, rtol=1e-9)
        by_hand = np.quantile(draws @ values[:, column] / 150, [0.025, 0.975])
        assert_allclose([found.low, found.high], by_hand, rtol=1e-9)
    # A lead drawn with its parts is the difference that the same draws give: here exactly 1.
    shifted = np.stack([values[:, 0] + 1, values[:, 0], np.ones(150)], axis=1)
    ours, theirs, lead = metrics.intervals(shifted, np.random.default_rng(0), n=250)
    assert_allclose([ours.low - theirs.low, lead.low, lead.high], 1.0)


def test_intervals_of_nobody_have_no_width():
    assert metrics.intervals(np.empty((0, 2)), np.random.default_rng(0)) == [(0, 0, 0)] * 2
