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
from recommendations.engine.spreading import MOST_GIVEN, choose_spread
from recommendations.engine.validation import rolling_folds
from tests.recommendations.engine.worlds import drifting

ITEMS = 60


@pytest.fixture(scope="module")
def rehearsal():
    split = time_split(drifting())
    [fold] = rolling_folds(split.train, split.validation, origins=1, stride=1.0, most=200, seed=0)
    return Rehearsal(fold, None)


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
    blend, report = choose_spread(recent_alone(), rehearsal, None)
    assert (blend.least_stated, blend.relevance) == (0.3, 0.8)
    assert len(set(report["merits"].values())) == 1


def test_statements_that_cost_too_much_count_less(rehearsal):
    learned = recent_alone()
    blend, report = choose_spread(learned, rehearsal, misleading())
    merits = report["merits"]
    chosen = f"{blend.least_stated:g} {blend.relevance:g}"
    least = (1 - MOST_GIVEN) * merits["0 1"]
    assert blend.least_stated < 0.3
    assert merits[chosen] >= least
    before = list(merits)[: list(merits).index(chosen)]
    assert before
    assert all(merits[one] < least for one in before)
    assert replace(blend, least_stated=0.3, relevance=0.8) == learned.blend


def test_the_choice_is_the_same_every_time(rehearsal):
    first, again = (choose_spread(recent_alone(), rehearsal, misleading()) for _ in range(2))
    assert first == again
