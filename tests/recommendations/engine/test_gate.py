from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.arrays import as_floats
from recommendations.engine.blend import BlendConfig
from recommendations.engine.deciding import FEELINGS, Rehearsal, choose_feeling
from recommendations.engine.fitting import refit
from recommendations.engine.gate import is_sure, judge
from recommendations.engine.history import HistoryConfig, histories, history_of, tempered
from recommendations.engine.learned import Learned
from recommendations.engine.log import join, take
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.validation import Cases, Fold
from tests.recommendations.engine.worlds import log_of


def test_a_gate_opens_where_nearly_everybody_gains():
    without = np.full(50, 0.2)
    gained = without + np.where(np.arange(50) % 10, 0.1, -0.1)
    gate = judge(gained, without)
    assert gate.is_open
    assert gate.value == pytest.approx(0.4)  # nine gain .1 for one that loses it: .08 of .2
    assert 0 < gate.low < gate.value < gate.high
    assert gate.users == 50


def test_a_gate_stays_shut_where_as_many_lose():
    without = np.full(50, 0.2)
    gained = without + np.where(np.arange(50) % 2, 0.1, -0.1)
    gate = judge(gained, without)
    assert not gate.is_open
    assert gate.low < 0 < gate.high


def test_a_gain_is_sure_beyond_so_many_standard_errors():
    without = np.zeros(4)
    gained = np.array([0.0, 0.0, 2.0, 2.0])  # mean 1, deviation 1, and so an error of 1/2
    assert is_sure(gained, without, 1.9)
    assert not is_sure(gained, without, 2.1)


def test_a_gate_stays_shut_where_nothing_was_measured():
    assert not judge(np.empty(0), np.empty(0)).is_open
    assert not judge(np.zeros(5), np.zeros(5)).is_open


def test_words_that_agree_leave_a_strength_and_others_take_it_back():
    config = HistoryConfig(feeling=0.5, dislike=1.0)
    said = as_floats([1, 1, 1, 1, -1])
    felt = as_floats([1.0, -1.0, 0.0, np.nan, 1.0])
    # agreement 1, -1, 0, none written, -1: nothing, half, a quarter, nothing, half taken back
    assert_allclose(tempered(said, config, felt=felt), [1, 0.5, 0.75, 1, -0.5])
    assert_allclose(tempered(said, replace(config, feeling=0.0), felt=felt), said)


def test_words_turn_a_strength_round_where_they_weigh_more_than_it():
    config = HistoryConfig(feeling=1.5, dislike=1.0)
    assert_allclose(tempered(as_floats([1.0]), config, felt=as_floats([-1.0])), [-0.5])
    ignored = replace(config, dislike=0.0)
    assert_allclose(tempered(as_floats([1.0]), ignored, felt=as_floats([-1.0])), [0.0])


def test_one_history_is_weighed_as_all_are():
    log = log_of((0, 0), (0, 1), (0, 2), items=3)
    log = replace(log, felt=as_floats([1.0, -0.5, np.nan]))
    config = HistoryConfig(half_life_steps=2.0, feeling=1.0)
    one = history_of(log.items, log.weights, log.times, config, felt=log.felt)
    row = histories(log, config).toarray()[0]
    assert_allclose(row[one.items], one.weights, rtol=1e-6)


def test_feelings_stay_with_their_rows():
    first = replace(log_of((0, 0), (0, 1)), felt=as_floats([0.5, -0.5]))
    both = join(first, log_of((1, 0)))
    assert_allclose(take(both, np.array([2, 1])).felt, [np.nan, -0.5])


def opinions(*, are_true):
    """Everybody praises half of what they took to, of their own town, and pans the other half.

    What they take to next is of the town that they praised, where words are true.
    """
    rng = np.random.default_rng(4)
    rows, felt, later = [], [], []
    for user in range(120):
        town = user % 2
        for _ in range(4):
            rows += [(user, 2 * int(rng.integers(0, 15)) + town)]
            rows += [(user, 2 * int(rng.integers(0, 15)) + 1 - town)]
            felt += [1.0, -1.0] if are_true else rng.choice([-1.0, 1.0], 2).tolist()
        later += [(user, 2 * int(rng.integers(0, 15)) + town) for _ in range(3)]
    past = replace(log_of(*rows, users=120, items=30), felt=as_floats(felt))
    return past, log_of(*later, users=120, items=30)


def townsmen():
    """Readers of one town each, from whom it is learnt what goes with what."""
    return [(u, i) for u in range(120, 160) for i in range(30) if (u + i) % 2 == 0 and (u + i) % 3]


def neighbourly(past):
    """A ranking by neighbours alone, fitted on users of one town each."""
    choices = Learned.of_choices(
        NeighboursConfig("cosine", length=30),
        HistoryConfig(),
        PopularityConfig(),
        BlendConfig(weights={"neighbours": 1.0}),
        {},
    )
    return refit(choices, past)


@pytest.mark.parametrize("are_true", [True, False])
def test_words_weigh_where_they_foretell_and_nowhere_else(are_true):
    past, future = opinions(are_true=are_true)
    readers = log_of(*townsmen(), users=160, items=30)
    past = join(replace(past, n_users=160), readers)
    cases = Cases.of(past, replace(future, n_users=160))
    learned = neighbourly(past)
    feeling, gate = choose_feeling(learned, [Rehearsal(Fold(past, cases), None)], None)
    assert gate is not None
    assert gate.is_open == are_true
    assert feeling in FEELINGS


def test_where_nothing_was_written_nobody_asks():
    past, future = opinions(are_true=True)
    cases = Cases.of(past, future)
    silent = replace(past, felt=None)
    learned = neighbourly(silent)
    assert choose_feeling(learned, [Rehearsal(Fold(silent, cases), None)], None) == (0.0, None)
