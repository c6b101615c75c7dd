"""A rehearsal is fitted once for all that is chosen one after the other."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array

from recommendations.engine.blend import BlendConfig
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Learned, Portrayed
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.splits import time_split
from recommendations.engine.stated import LinksConfig
from recommendations.engine.validation import rolling_folds
from tests.recommendations.engine.worlds import drifting

USERS, ITEMS = 160, 60


@pytest.fixture
def rehearsal():
    split = time_split(drifting())
    [fold] = rolling_folds(split.train, split.validation, origins=1)
    stated = csr_array(np.eye(3, dtype=np.float32)[np.arange(USERS) % 3])
    return Rehearsal(fold, Portrayed(stated, csr_array((ITEMS, 3), dtype=np.float32)))


def choices():
    return Learned.of_choices(
        NeighboursConfig("cosine", length=20),
        HistoryConfig(),
        PopularityConfig(half_life_days=30),
        BlendConfig(),
        {},
    )


def test_it_is_what_a_refit_on_its_past_gives(rehearsal):
    found = rehearsal.fitted(choices())
    again = refit(choices(), rehearsal.fold.past, portrayed=rehearsal.portrayed)
    assert_array_equal(found.neighbours.ids, again.neighbours.ids)
    assert_array_equal(found.recent, again.recent)
    assert_array_equal(found.links.weights, again.links.weights)


def test_a_blend_or_how_the_past_fades_fits_nothing_anew(rehearsal):
    learned = choices()
    first = rehearsal.fitted(learned)
    blend, history = BlendConfig(weights={"recent": 1.0}), HistoryConfig(half_life_steps=2.0)
    again = rehearsal.fitted(replace(learned, blend=blend, history=history, report={"a": 1}))
    assert again.neighbours is first.neighbours
    assert again.links is first.links
    assert (again.blend, again.history, again.report) == (blend, history, {"a": 1})


def test_other_links_are_fitted_and_neighbours_kept(rehearsal):
    learned = choices()
    first = rehearsal.fitted(learned)
    other = rehearsal.fitted(replace(learned, links=replace(learned.links, config=LinksConfig(99))))
    assert other.links.config.ridge == 99
    assert other.links.weights.max() < first.links.weights.max()
    assert other.neighbours is first.neighbours


def test_other_neighbours_and_another_recency_are_fitted(rehearsal):
    learned = choices()
    first = rehearsal.fitted(learned)
    near = replace(learned.neighbours, config=NeighboursConfig("sequence", length=20))
    assert rehearsal.fitted(replace(learned, neighbours=near)).neighbours.model == "sequence"
    older = rehearsal.fitted(replace(learned, recent_config=PopularityConfig()))
    assert not np.array_equal(older.recent, first.recent)
