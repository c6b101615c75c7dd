"""Tastes are learnt from by the same scores that a request is served by."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from core.arrays import as_floats, unit_rows
from profiles.modelling.taste import TasteConfig, directions_of
from recommendations.engine.blend import BlendConfig
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Content, Learned
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.served import served_lists
from recommendations.engine.sources import score_taste
from recommendations.engine.tastes import taste_rows
from tests.recommendations.engine.worlds import log_of

SHELF, ITEMS = 20, 60


@pytest.fixture(scope="module")
def vectors():
    """Three shelves of items in a narrow cone, as encoders lay texts out; the last has no text."""
    rng = np.random.default_rng(3)
    shelves = np.eye(8)[1:4].repeat(SHELF, axis=0)
    laid = 2.0 * np.eye(8)[0] + shelves + rng.normal(0.0, 0.1, size=(ITEMS, 8))
    laid[-1] = 0.0
    return unit_rows(as_floats(laid))


def history_of(**likes):
    """One user who took to so many items of the shelves, and turned from so many of the last."""
    row = np.zeros((1, ITEMS), dtype=np.float32)
    for shelf, count in enumerate((likes["most"], likes["few"])):
        row[0, shelf * SHELF : shelf * SHELF + count] = 1.0
    row[0, ITEMS - likes.get("disliked", 0) :] = -1.0 if "disliked" in likes else 0.0
    return csr_array(row)


def test_what_is_learnt_from_is_what_a_request_is_served_by(vectors):
    past = [history_of(most=9, few=3), history_of(most=2, few=0), history_of(most=9, few=3)]
    past[2] = past[2] + history_of(most=0, few=0, disliked=4)
    rows = taste_rows(csr_array(np.vstack([one.toarray() for one in past])), vectors)
    for row, one in zip(rows, past, strict=True):
        items = one.indices[vectors[one.indices].any(axis=1)]
        weights = one.toarray()[0, items].astype(np.float64)
        drawn = directions_of(vectors[items], weights, TasteConfig())
        asked = score_taste(
            np.arange(ITEMS),
            vectors,
            as_floats([taste.vector for taste in drawn]),
            as_floats([taste.weight for taste in drawn]),
        )
        assert_allclose(row, asked.scores, atol=1e-6)
    assert len(np.unique(rows[0].round(3))) > 2


def test_one_who_took_to_nothing_with_a_text_scores_nothing(vectors):
    assert not taste_rows(csr_array((1, ITEMS), dtype=np.float32), vectors).any()


def test_a_taste_that_a_quarter_of_the_likings_speak_for_reaches_the_list(vectors):
    by_taste = BlendConfig(weights={"taste": 1.0}, pool=ITEMS, relevance=1.0, least_stated=0.0)
    past, nobody = history_of(most=9, few=3), log_of(items=ITEMS)
    choices = Learned.of_choices(
        NeighboursConfig(), HistoryConfig(), PopularityConfig(), by_taste, {}
    )
    learned = refit(choices, nobody)
    [shown] = served_lists(learned, past, Content(vectors=vectors), barred=past, length=10)
    shelves = shown // SHELF
    assert set(shelves.tolist()) == {0, 1}
    assert 2 <= (shelves == 1).sum() <= 8
