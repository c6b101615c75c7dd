import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.arrays import as_floats
from recommendations.engine.blend import PLACES, SCALES, BlendConfig, Bucket, blend, scaled
from recommendations.engine.blending import (
    Mixture,
    gains,
    gather_slips,
    learn_blend,
    search,
)
from recommendations.engine.ensemble import joined
from recommendations.engine.sources import score_popular
from recommendations.engine.validation import Cases, measure, worth
from tests.recommendations.engine.worlds import log_of


def source(name, **scores):
    items = np.array([int(key[1:]) for key in scores])
    return score_popular(items, as_floats(list(scores.values())), source=name)


def test_sources_are_scaled_weighed_and_added():
    config = BlendConfig(weights={"a": 1.0, "b": 0.5})
    found = blend([source("a", i1=4, i2=2), source("b", i2=10, i3=5)], config)
    # item 1: 1 + 0; item 2: .5 + .5 * 1; item 3: .5 * .5
    assert found.items.tolist() == [1, 2, 3]
    assert_allclose(found.scores, [1.0, 1.0, 0.25])
    assert_allclose(found.parts, [[1, 0], [0.5, 0.5], [0, 0.25]])


def test_parts_sum_to_the_score():
    config = BlendConfig(weights={"a": 0.7, "b": 0.2}, scales={"b": "rank"})
    found = blend([source("a", i1=3, i2=-2, i4=1), source("b", i2=10, i3=5)], config)
    assert_allclose(found.parts.sum(axis=1), found.scores, atol=1e-6)


def test_the_pool_keeps_the_best_and_ties_go_to_the_lower_item():
    config = BlendConfig(weights={"a": 1.0}, pool=2)
    assert blend([source("a", i9=1, i3=1, i5=1)], config).items.tolist() == [3, 5]


def test_nothing_to_blend_is_an_empty_list():
    assert len(blend([], BlendConfig()).items) == 0
    assert len(blend([source("a")], BlendConfig()).items) == 0


def test_a_source_without_a_weight_counts_nothing():
    found = blend([source("a", i1=1), source("new", i2=1)], BlendConfig(weights={"a": 1.0}))
    assert found.scores.tolist() == [1.0, 0.0]


def test_weights_go_by_how_much_a_user_met():
    config = BlendConfig({"a": 1.0}, buckets=(Bucket(0, {"a": 2.0}), Bucket(5, {"a": 3.0})))
    met = [None, 0, 4, 5, 900]
    assert [config.weights_for(one)["a"] for one in met] == [1.0, 2.0, 2.0, 3.0, 3.0]


def test_weights_are_changed_for_users_of_every_kind():
    config = BlendConfig({"a": 1.0}, pool=7, buckets=(Bucket(0, {"a": 2.0}), Bucket(5, {"a": 3.0})))
    found = config.reweighed(lambda own: own | {"b": 2 * own["a"]})
    expected = [{"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 4.0}, {"a": 3.0, "b": 6.0}]
    assert [found.weights_for(one) for one in (None, 0, 5)] == expected
    assert (found.pool, [one.least for one in found.buckets]) == (7, [0, 5])


def test_a_config_survives_being_stored():
    config = BlendConfig({"a": 1.0}, scales={"a": "rank"}, buckets=(Bucket(5, {"a": 3.0}),))
    assert BlendConfig.from_json(json.loads(json.dumps(config.as_json()))) == config


def test_scales_keep_zero_and_sign():
    assert_allclose(scaled(as_floats([4, 0, -2]), "max"), [1, 0, -0.5])
    assert_allclose(scaled(as_floats([4, 0, -2]), "rank"), [1, 0, 0])
    assert_allclose(scaled(as_floats([0, 0]), "max"), [0, 0])


def test_what_only_speaks_against_is_left_as_it_is_and_never_outweighs_the_best():
    assert_allclose(scaled(as_floats([0, -0.25]), "max"), [0, -0.25])
    assert_allclose(scaled(as_floats([2, 1, -8]), "max"), [1, 0.5, -1])


def test_equals_share_the_better_place_and_only_fifty_places_count():
    assert_allclose(scaled(as_floats([7, 7, 1]), "rank"), [1, 1, 20 / 22])
    whole = scaled(as_floats(np.arange(100.0, 0.0, -1.0)), "rank")
    assert whole[PLACES - 1] == pytest.approx(20 / 69)
    assert not whole[PLACES:].any()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    "scores",
    [
        [9, 5, 3, 2],
        [2, 1, -8],
        [3, 3, 3, 3, 0],
        [-1, -2, -3],
        np.arange(900.0, 0.0, -1.0),
        np.repeat([5.0, 4.0, 3.0], [30, 40, 30]),  # fifty places end among equals
    ],
)
def test_cutting_the_tail_of_a_source_changes_nothing_above_it(scale, scores):
    whole = scaled(as_floats(scores), scale)
    for kept in (2, 3, PLACES, PLACES + 7):
        if scale == "rank" and kept < min(PLACES, len(scores)):
            continue  # a source never names fewer than that
        assert_allclose(scaled(as_floats(scores[:kept]), scale), whole[:kept])


@pytest.mark.parametrize("scale", SCALES)
def test_what_may_not_be_shown_has_no_part_in_the_scale(scale):
    opened = scaled(as_floats([-np.inf, 4, 2]), scale)
    assert_allclose(opened[1:], scaled(as_floats([4, 2]), scale))
    assert np.isfinite(opened).all()


def test_a_taste_is_never_ranked():
    cases = seekers(users=300)
    both = [hints(cases, 1, 0.5), hints(cases, 2, 0.5) ** 8]
    config, *_ = learn_blend(gather_slips(cases, both), ("tags", "taste"), np.zeros(300))
    assert config.scales == {"tags": "max", "taste": "max"}


def seekers(users=80, items=12, liked=3):
    """Each user wants one item, met nothing; two users in three want item `liked`."""
    wanted = [(user, liked if user % 3 else user % items) for user in range(users)]
    empty = log_of((0, items - 1), users=users, items=items)
    return Cases.of(empty, log_of(*wanted, users=users, items=items))


def hints(cases, seed, strength):
    """Noise, plus a hint of what each user wants."""
    noise = np.random.default_rng(seed).random(cases.wanted.shape)
    return as_floats(noise + strength * cases.wanted.toarray())


def test_slips_measure_like_the_whole_catalogue():
    cases = seekers()
    first, second = hints(cases, 1, 0.5), hints(cases, 2, 0.3)
    slips = gather_slips(cases, [first, second])
    whole = scaled(first, "max") + np.float32(0.5) * scaled(second, "max")
    expected = worth(measure(cases, whole))
    assert_allclose(gains(slips, Mixture((1.0, 0.5), (0, 0))), expected, atol=1e-6)
    twice = joined([slips, slips])
    assert_allclose(gains(twice, Mixture((1.0, 0.5), (0, 0))), np.tile(expected, 2), atol=1e-6)


def test_noise_gets_no_weight_beside_a_perfect_source():
    cases = seekers()
    slips = gather_slips(cases, [hints(cases, 1, 0.0), hints(cases, 2, 5.0)])
    found, _ = search(slips, ("a", "b"))
    assert found.weights[0] == 0.0
    assert gains(slips, found).mean() == pytest.approx(1.0)


def test_two_weak_sources_are_both_used():
    cases = seekers(users=300)
    slips = gather_slips(cases, [hints(cases, 1, 0.5), hints(cases, 2, 0.5)])
    found, _ = search(slips, ("a", "b"))
    assert min(found.weights) > 0
    alone = max(gains(slips, Mixture(one, (0, 0))).mean() for one in ((1.0, 0.0), (0.0, 1.0)))
    assert gains(slips, found).mean() > alone


def test_a_climb_stops_at_so_many_tries_with_the_best_so_far():
    cases = seekers(users=300)
    slips = gather_slips(cases, [hints(cases, seed, 0.5) for seed in (1, 2, 3)])
    whole, tries = search(slips, ("a", "b", "c"))
    assert 40 < tries <= 3 * 73
    found, fewer = search(slips, ("a", "b", "c"), most=40)
    assert 3 < fewer <= 40
    alone = max(gains(slips, Mixture(tuple(one), (0,) * 3)).mean() for one in np.eye(3))
    assert alone < gains(slips, found).mean() < gains(slips, whole).mean()
    assert search(slips, ("a", "b", "c"), most=0)[1] == 3


def test_users_without_a_past_get_weights_of_their_own():
    cases = seekers(users=200)
    is_cold = np.arange(200) < 100
    popular = as_floats(np.tile(np.arange(12) == 3, (200, 1)))
    personal = np.where(is_cold[:, None], hints(cases, 1, 0.0), hints(cases, 1, 3.0))
    slips = gather_slips(cases, [as_floats(personal), popular])
    config, reached, _ = learn_blend(slips, ("personal", "popular"), np.where(is_cold, 0, 10))
    cold, warm = config.weights_for(0), config.weights_for(10)
    assert cold["popular"] > cold["personal"]
    assert warm["personal"] > 0
    assert reached["from 5"] > reached["from 0"]


def test_a_group_that_is_like_the_others_keeps_the_general_weights():
    """What is best for some users alone is so by chance, where nothing sets them apart."""
    cases = seekers(users=600)
    slips = gather_slips(cases, [hints(cases, seed, 0.5) for seed in range(1, 7)])
    lengths = np.where(np.arange(600) < 70, 2, 7)
    config, reached, _ = learn_blend(slips, tuple("abcdef"), lengths)
    assert [bucket.weights for bucket in config.buckets] == [config.weights] * 2
    general = gains(slips, Mixture(tuple(config.weights.values()), (0,) * 6))
    assert reached["from 1"] == pytest.approx(general[:70].mean(), abs=1e-6)


def test_groups_too_small_to_learn_from_use_the_general_weights():
    cases = seekers(users=80)
    slips = gather_slips(cases, [hints(cases, 1, 0.5)])
    config, *_ = learn_blend(slips, ("a",), np.where(np.arange(80) < 10, 0, 7))
    assert [bucket.least for bucket in config.buckets] == [5]
