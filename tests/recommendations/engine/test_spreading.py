"""How far a list is spread out, and how much inferred statements count, is chosen on validation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from recommendations.engine.blend import BlendConfig
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Content, Learned
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.splits import time_split
from recommendations.engine.spreading import MOST_GIVEN, choose_spread, costs_little
from recommendations.engine.validation import rolling_folds
from tests.recommendations.engine.worlds import drifting

ITEMS = 60


def rehearsed(log):
    split = time_split(log)
    [fold] = rolling_folds(split.train, split.validation, origins=1, stride=1.0, most=200, seed=0)
    return Rehearsal(fold, None)


@pytest.fixture(scope="module")
def rehearsal():
    return rehearsed(drifting())


def recent_alone():
    return Learned.of_choices(
        NeighboursConfig(length=20),
        HistoryConfig(),
        PopularityConfig(half_life_days=30),
        BlendConfig(weights={"recent": 1.0}, pool=ITEMS),
        {},
    )


def misleading():
    """Tags that have nothing to do with what anybody takes to."""
    tag = np.random.default_rng(1).integers(6, size=ITEMS)
    return Content(tags=csr_array(np.eye(6, dtype=np.float32)[tag]))


def test_where_nothing_is_lost_statements_count_and_lists_are_spread_out(rehearsal):
    blend, report = choose_spread(recent_alone(), [rehearsal], None)
    assert (blend.least_stated, blend.relevance) == (0.3, 0.8)
    assert len(set(report["merits"].values())) == 1


def test_statements_that_cost_too_much_count_less(rehearsal):
    learned = recent_alone()
    blend, report = choose_spread(learned, [rehearsal], misleading())
    merits = report["merits"]
    chosen = f"{blend.least_stated:g} {blend.relevance:g}"
    least = (1 - MOST_GIVEN) * merits["0 1"]
    assert blend.least_stated < 0.3
    assert merits[chosen] >= least
    assert replace(blend, least_stated=0.3, relevance=0.8) == learned.blend


def test_what_costs_too_much_at_one_moment_is_not_taken_for_what_another_gains(rehearsal):
    """Tags tell tastes apart at one moment, and at the other, where items are mixed up, nothing."""
    log, mixed = drifting(), np.random.default_rng(2).permutation(ITEMS)
    content = Content(tags=csr_array(np.eye(3, dtype=np.float32)[np.arange(ITEMS) % 3]))
    other = rehearsed(replace(log, items=mixed[log.items]))
    alone, _ = choose_spread(recent_alone(), [rehearsal], content)
    both, report = choose_spread(recent_alone(), [rehearsal, other], content, by_user=True)
    assert alone.least_stated == 0.3
    assert both.least_stated < 0.3
    assert len(report["users"]) == 2
    # Of moments that lie half a validation apart, every other one is asked.
    assert choose_spread(recent_alone(), [rehearsal, other], content)[0] == alone


def test_what_is_lost_is_counted_over_all_users_however_few_they_are():
    plain = np.full(10, 0.1)
    lost = np.where(np.arange(10) < 1, 0.09, 0.1)  # one user loses a tenth: 1 % in all
    assert costs_little(lost, plain)
    assert not costs_little(0.97 * plain, plain)


def test_the_choice_is_the_same_every_time(rehearsal):
    first, again = (choose_spread(recent_alone(), [rehearsal], misleading()) for _ in range(2))
    assert first == again
