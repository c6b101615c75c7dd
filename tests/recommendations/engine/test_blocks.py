"""Links that are worked out a few rows at a time are those of the whole table."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, random_array

from recommendations.engine import blocks
from recommendations.engine.blocks import Walk, average_length, of_late, strongest_of
from recommendations.engine.links import row_length
from recommendations.engine.log import Log
from recommendations.engine.neighbours import NeighboursConfig, fit_neighbours, item_links

USERS, ITEMS = 60, 40
MODELS = ("rp3beta", "cosine", "sequence", "mix")


@pytest.fixture
def log():
    rng = np.random.default_rng(5)
    count = 1_200
    return Log(
        users=rng.integers(USERS, size=count),
        items=(rng.random(count) ** 2 * ITEMS).astype(np.int64),
        weights=rng.choice([1.0, -0.5], size=count).astype(np.float32),
        times=np.sort(rng.random(count)),
        n_users=USERS,
        n_items=ITEMS,
    )


def both(log, model):
    small = NeighboursConfig(model=model, ease_share=0.0, sequence_share=0.7, length=7)
    large = replace(small, dense_limit=ITEMS - 1)
    return small, large


@pytest.mark.parametrize("model", MODELS)
def test_rows_and_scores_are_those_of_the_table(log, model, monkeypatch):
    monkeypatch.setattr(blocks, "ROWS_AT_ONCE", 7)
    small, large = both(log, model)
    table, links = (item_links(log, one)[1] for one in (small, large))
    some = np.array([3, 0, 39])
    assert_allclose(links.rows(some).toarray(), table.toarray()[some], atol=1e-6)
    history = csr_array(
        random_array((5, ITEMS), density=0.2, rng=np.random.default_rng(1), dtype=np.float32)
    )
    assert_allclose(history @ links, (history @ table).toarray(), atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_the_same_neighbours_are_kept(log, model):
    whole, by_rows = (fit_neighbours(log, one) for one in both(log, model))
    assert whole.ids.tolist() == by_rows.ids.tolist()
    assert_allclose(whole.weights, by_rows.weights, rtol=1e-5)
    assert whole.model == by_rows.model


def test_only_the_wanted_rows_are_worked_out(log):
    _, large = both(log, "rp3beta")
    whole = fit_neighbours(log, large)
    some = fit_neighbours(log, large, items=np.array([2, 5]))
    assert some.ids[[2, 5]].tolist() == whole.ids[[2, 5]].tolist()
    assert set(np.delete(some.ids, [2, 5], axis=0).ravel().tolist()) == {-1}


def test_equal_weights_go_to_the_lower_item():
    rows = csr_array(np.array([[0.0, 2.0, 1.0, 1.0, 1.0, -3.0], [0, 0, 0, 0, 0, -1.0]]))
    ids, kept = strongest_of(rows, 3)
    assert ids.tolist() == [[1, 2, 3], [-1, -1, -1]]
    assert kept.tolist() == [[2.0, 1.0, 1.0], [0.0, 0.0, 0.0]]


def test_rows_are_as_long_as_in_the_table(log):
    links = Walk.of(of_late(log), 0.7, 0.4)
    table = csr_array(links.rows(np.arange(ITEMS)))
    assert average_length(links) == pytest.approx(row_length(table), rel=1e-5)


def test_of_a_busy_user_the_newest_likings_count(monkeypatch):
    monkeypatch.setattr(blocks, "MOST_OF_A_USER", 2)
    log = Log(
        users=np.zeros(4, dtype=np.int64),
        items=np.array([3, 0, 1, 2]),
        weights=np.array([1.0, 1.0, 1.0, -1.0], dtype=np.float32),
        times=np.array([1.0, 2.0, 3.0, 4.0]),
        n_users=1,
        n_items=4,
    )
    assert of_late(log).toarray().tolist() == [[1.0, 1.0, 0.0, 0.0]]
