"""Factors are chosen by what they foretell, and kept only where they count."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from recommendations.engine import placing
from recommendations.engine.blend import BlendConfig, Bucket
from recommendations.engine.deciding import Rehearsal, choose_blend
from recommendations.engine.factors import FactorsConfig
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Learned, score_batch, source_rows
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.placing import height_of_factors, settings_for, without_unused
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.validation import Cases, Fold
from tests.recommendations.engine.worlds import log_of

SMALL = FactorsConfig(dimensions=4, trust=10.0, ridge=1.0, sweeps=6)


def shelves(seed=0, users=120, shelf=15):
    """Users of four shelves who met half of theirs in any order, and then some more of it."""
    rng = np.random.default_rng(seed)
    past, later = [], []
    for user in range(users):
        items = rng.permutation(shelf) + shelf * (user % 4)
        past += [(user, int(item), 1.0, float(day)) for day, item in enumerate(items[:6])]
        later += [(user, int(item), 1.0, 100.0) for item in items[6:9]]
    size = {"users": users, "items": 4 * shelf}
    return log_of(*past, **size), log_of(*later, **size)


def rehearsal(past, later):
    return Fold(past, Cases.of(past, later))


def choices(model="sequence", **how):
    """What follows what says nothing in `shelves` beyond the few who met the same two in turn."""
    return Learned.of_choices(
        NeighboursConfig(model, length=5),
        HistoryConfig(),
        PopularityConfig(),
        BlendConfig(),
        {},
        factors=SMALL,
        **how,
    )


def test_factors_count_where_they_foretell_more_than_all_else():
    past, later = shelves()
    decided = choose_blend(choices(), [Rehearsal(rehearsal(past, later), None)], None, pool=50)
    assert decided.blend.uses("factors")
    without = choose_blend(
        replace(choices(), factors=None), [Rehearsal(rehearsal(past, later), None)], None, pool=50
    )
    assert not without.blend.uses("factors")
    assert decided.merits["all"] > 1.05 * without.merits["all"]


def test_too_much_ridge_foretells_less():
    fold = rehearsal(*shelves())
    good = height_of_factors([fold], HistoryConfig(), SMALL)
    assert good > 0.3
    flat = height_of_factors([fold], HistoryConfig(), replace(SMALL, ridge=1e4))
    assert flat < good / 2


def test_a_large_log_is_fitted_with_what_usually_serves(monkeypatch):
    fold = rehearsal(*shelves())
    assert len(settings_for([fold])) > 1
    monkeypatch.setattr(placing, "MOST_TRIED", 10)
    [only] = settings_for([fold])
    assert only.sweeps < placing.SETTINGS[0].sweeps


@pytest.mark.parametrize("place", ["all", "bucket"])
def test_factors_that_count_for_some_users_are_kept(place):
    weights = {"all": {"factors": 0.5}}.get(place, {})
    buckets = () if place == "all" else (Bucket(5, {"factors": 0.1}),)
    blend = BlendConfig(weights=weights, buckets=buckets)
    kept = replace(choices(), blend=blend)
    assert without_unused(kept).factors is kept.factors
    assert without_unused(replace(kept, blend=BlendConfig())).factors is None


def test_what_is_scored_for_many_is_the_blend_of_the_sources():
    fold = rehearsal(*shelves())
    blend = BlendConfig(weights={"factors": 1.0}, scales={"factors": "max"})
    fitted = refit(replace(choices(), blend=blend), fold.past)
    past = histories(fold.past, HistoryConfig())[:7]
    barred = csr_array(past != 0)
    rows = source_rows(fitted, past)["factors"]
    scores = score_batch(fitted, past, barred=barred)
    opened = np.where(barred.toarray(), -np.inf, rows)
    expected = np.clip(opened / opened.max(axis=1, keepdims=True), -1, 1)
    is_open = np.isfinite(opened)
    assert_allclose(scores[is_open], expected[is_open], rtol=1e-5)
    assert "factors" not in source_rows(replace(fitted, factors=None), past)
