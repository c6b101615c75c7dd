import numpy as np
import pytest
from numpy.testing import assert_allclose

from recommendations.engine.ensemble import (
    Member,
    climb,
    combined,
    gather_opinions,
    standardised,
    weigh,
)
from recommendations.engine.log import join
from recommendations.engine.popular import Popular
from recommendations.engine.ranker import (
    Candidates,
    Ranker,
    choose_ranker,
    gather_candidates,
    stacked,
)
from recommendations.engine.tuning import Setting, tune
from recommendations.engine.validation import Cases, measure, merit, worth
from tests.recommendations.engine.worlds import log_of, two_towns

USERS, ITEMS = 200, 40


@pytest.fixture(scope="module")
def cases():
    """Each user met one item and wants two others."""
    rng = np.random.default_rng(5)
    drawn = np.array([rng.choice(ITEMS, 3, replace=False) for _ in range(USERS)])
    past = [(user, drawn[user, 0]) for user in range(USERS)]
    future = [(user, item) for user in range(USERS) for item in drawn[user, 1:]]
    return Cases.of(
        log_of(*past, users=USERS, items=ITEMS), log_of(*future, users=USERS, items=ITEMS)
    )


def knowing(cases, share, seed):
    """Scores that rise where an item is wanted, by `share` of their noise."""
    noise = np.random.default_rng(seed).normal(size=(USERS, ITEMS))
    return (noise + share * cases.wanted.toarray()).astype(np.float32)


def test_open_items_have_mean_zero_and_spread_one(cases):
    scores = standardised(cases, knowing(cases, 1.0, 0) * 50 + 7)
    met = cases.met.toarray() > 0
    assert (scores[met] == 0).all()
    opened = scores[~met].reshape(USERS, ITEMS - 1)
    assert_allclose(opened.mean(axis=1), 0, atol=1e-6)
    assert_allclose(opened.std(axis=1), 1, atol=1e-5)


def test_who_tells_nothing_apart_says_nothing(cases):
    assert (standardised(cases, np.full((USERS, ITEMS), 3.0, np.float32)) == 0).all()


def test_gains_on_candidates_are_gains_on_the_catalogue(cases):
    tables = [standardised(cases, knowing(cases, share, share)) for share in (1, 2)]
    found = gather_opinions(cases, tables).gains([0.5, 1.0])
    expected = worth(measure(cases, combined([0.5, 1.0], tables)))
    assert_allclose(found, expected, atol=1e-6)


def test_who_knows_more_counts_more_and_noise_counts_little(cases):
    tables = [standardised(cases, knowing(cases, share, share)) for share in (0, 1, 2)]
    found = weigh(gather_opinions(cases, tables), ["noise", "little", "much"])
    assert found.weights["much"] > found.weights["little"] > found.weights["noise"]
    assert found.alone["much"] > found.alone["little"] > found.alone["noise"]
    assert found.merit > found.alone["little"]


def test_two_who_know_different_things_beat_either(cases):
    tables = [standardised(cases, knowing(cases, 2, seed)) for seed in (1, 2)]
    weights, tries = climb(gather_opinions(cases, tables))
    blended = merit(cases, combined(weights, tables))
    assert min(weights) > 0.3
    assert blended > 1.05 * max(merit(cases, one) for one in tables)
    assert tries > 2


def test_the_best_setting_is_kept_and_the_first_of_level_ones():
    log = two_towns()
    past = log_of(*zip(log.users[::2], log.items[::2], strict=True), users=20, items=20)
    rest = log_of(*zip(log.users[1::2], log.items[1::2], strict=True), users=20, items=20)
    found = tune(
        "popular", [Setting("a", Popular), Setting("b", Popular)], past, Cases.of(past, rest)
    )
    assert found.setting.label == "a"
    assert set(found.merits) == {"a", "b"}
    with pytest.raises(ValueError, match="at least one setting"):
        tune("none", [], past, Cases.of(past, rest))


def test_a_member_is_asked_with_what_the_users_met():
    log = join(two_towns(), two_towns())
    scores = Member("popular", Popular().fit(log)).score(log, np.array([3, 4]))
    assert scores.shape == (2, 20)


def lessons_of(cases, shares):
    tables = [standardised(cases, knowing(cases, share, seed)) for seed, share in enumerate(shares)]
    blended = combined([1.0] * len(tables), tables)
    counts = np.ones(ITEMS, dtype=np.float32)
    return gather_candidates(cases, blended, tables, counts), blended


def test_candidates_are_open_and_the_blend_comes_first(cases):
    found, blended = lessons_of(cases, (1, 2))
    met = cases.met.toarray() > 0
    assert not np.take_along_axis(met, found.items, axis=1)[found.is_open].any()
    own = np.take_along_axis(blended, found.items, axis=1)
    assert_allclose(found.blended[found.is_open], own[found.is_open])
    assert found.is_wanted.sum() == 2 * USERS


def test_a_ranker_that_knows_better_than_the_blend_is_kept(cases):
    found, blended = lessons_of(cases, (0, 4))
    settings = {"min_data_in_leaf": 20, "rounds": 30}
    learnt = Ranker.fit(found, settings)
    scores = learnt.score(found, blended)
    assert merit(cases, scores) > 1.05 * merit(cases, blended)
    assert np.isfinite(scores).all()
    chosen = choose_ranker(found, trials=2)
    assert chosen.gate.is_open
    assert chosen.ranker is not None
    assert chosen.tries == 2


def test_a_ranker_with_nothing_to_learn_is_left_out(cases):
    found, _ = lessons_of(cases, (0, 0))
    chosen = choose_ranker(found, trials=1)
    assert not chosen.gate.is_open
    assert chosen.ranker is None


def test_stacked_candidates_are_all_there(cases):
    found, _ = lessons_of(cases, (1,))
    half = np.arange(USERS // 2)
    both = stacked([found.some(half), found.some(half + USERS // 2)])
    assert isinstance(both, Candidates)
    assert_allclose(both.gains(both.blended), found.gains(found.blended))
