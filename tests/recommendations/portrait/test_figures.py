import numpy as np
import pytest
from scipy.sparse import csr_array

from recommendations.engine.blend import BlendConfig, Bucket
from recommendations.evaluation.figures import absent, ratio, share
from recommendations.evaluation.portrait.parting import segment_scores
from recommendations.evaluation.portrait.scoring import Crowd, Profiles, Scorer, linear_rows
from recommendations.evaluation.portrait.showing import TARGETS, as_markdown, lines_of


def test_a_ratio_is_of_means_with_users_drawn_in_pairs():
    first, second = np.array([0.2, 0.4, 0.6]), np.array([0.4, 0.8, 1.2])
    found = ratio(first, second, np.random.default_rng(0))
    assert found == {"value": 0.5, "low": 0.5, "high": 0.5}


def test_a_ratio_to_nothing_is_nothing():
    assert ratio(np.ones(3), np.zeros(3), np.random.default_rng(0))["value"] == 0.0


def test_a_share_has_the_interval_of_wilson():
    found = share(8, 10)
    assert found["value"] == 0.8
    assert found["low"] == pytest.approx(0.4902, abs=1e-3)
    assert found["high"] == pytest.approx(0.9433, abs=1e-3)
    assert found["count"] == 10


def test_a_segment_ranks_by_its_members_and_then_by_all():
    met = csr_array(np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 1, 0]], dtype=np.float32))
    scores = segment_scores(np.array([0, 0, 1, -1]), met, np.array([0, 2, 3]))
    # of six likings, items have two, three and one
    assert scores[0] == pytest.approx([2 + 2 / 7, 1 + 3 / 7, 1 / 7])
    assert scores[1] == pytest.approx([2 / 7, 1 + 3 / 7, 1 + 1 / 7])
    assert scores[2] == pytest.approx([2 / 7, 3 / 7, 1 / 7])


def test_the_two_forms_of_the_regression_are_one():
    rng = np.random.default_rng(0)
    met = csr_array((rng.random((6, 5)) > 0.5).astype(np.float32))
    crowd = Crowd(met, csr_array((5, 5)), np.zeros(5), np.zeros(5))
    few = rng.random((6, 4)).astype(np.float32)
    many = np.hstack([few / 2, few / 2, few / 2, few / 2])  # the same inner products
    rows = [
        linear_rows(Profiles(csr_array(table), None), crowd, 2.0, np.arange(6))
        for table in (few, many)
    ]
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-4)


def test_shuffled_profiles_are_the_same_ones_of_others():
    users = csr_array(np.diag(np.arange(1.0, 9.0)))
    moved = Profiles(users, None).shuffled(0).users.toarray()
    assert sorted(moved.sum(axis=1)) == list(range(1, 9))
    assert (moved != users.toarray()).any()


def test_a_ranking_by_popularity_alone_is_no_ranking_by_profiles():
    popular = BlendConfig(weights={"popular": 1.0, "recent": 0.5, "linear": 0.0})
    told = BlendConfig(weights=popular.weights, buckets=(Bucket(5, {"linked": 0.1}),))
    names = ("popular", "recent", "linear", "linked")
    assert not Scorer(1.0, popular, names, 0).uses_profiles
    assert Scorer(1.0, told, names, 0).uses_profiles


def test_every_target_is_shown_and_what_does_not_apply_says_why():
    portrait = {"psr@20": {"value": 0.95, "low": 0.9, "high": 1.0}, "segments": absent("No users.")}
    lines = lines_of(portrait)
    assert [line.target for line in lines] == list(TARGETS)
    by_label = {line.target.label: line for line in lines}
    assert by_label["PSR@20"].is_met
    assert by_label["segments over popularity"].why == "No users."
    text = as_markdown("small", {"user": portrait})
    assert "| PSR@20 | 0.95 (0.9 to 1) | ≥ 0.9 | yes |" in text
    assert "No users." in text


def test_a_figure_that_falls_short_is_not_met():
    line = lines_of({"psr@20": {"value": 0.6}})[0]
    assert not line.is_met
    assert line.reached == pytest.approx(2 / 3)
