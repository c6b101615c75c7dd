from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from recommendations.engine.causal import (
    CausalConfig,
    CausalTransformer,
    batches,
    optimiser,
    sequences_of,
)
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.log import Log
from recommendations.engine.sequence import Network

RING = 12
QUICK = CausalConfig(
    length=8, width=16, blocks=1, heads=1, dropout=0.0, epochs=30, batch=32, rate=1e-2
)


def log_of(sequences: list[list[int]], *, n_items: int) -> Log:
    users = np.repeat(np.arange(len(sequences)), [len(one) for one in sequences])
    items = np.concatenate(sequences)
    times = np.concatenate([np.arange(len(one)) for one in sequences])
    return Log(
        users=users.astype(np.int64),
        items=items.astype(np.int64),
        weights=np.ones(len(items), dtype=np.float32),
        times=times.astype(np.float64),
        n_users=len(sequences),
        n_items=n_items,
    )


def walks_around(ring: int, count: int = 150) -> list[list[int]]:
    """Walk five steps around a ring of items, from every place of it."""
    return [[(start + step) % ring for step in range(5)] for start in range(count)]


@pytest.fixture(scope="module")
def around() -> CausalTransformer:
    return CausalTransformer(QUICK).fit(log_of(walks_around(RING), n_items=RING))


def in_order(*items: int) -> csr_array:
    """A history whose last item is the newest."""
    log = log_of([list(items)], n_items=RING)
    return histories(log, HistoryConfig(half_life_steps=2.0))


def test_what_always_comes_next_is_awaited(around):
    found = [int(around.score(in_order(one, (one + 1) % RING)).argmax()) for one in range(RING)]
    assert found == [(one + 2) % RING for one in range(RING)]


def test_the_order_counts_and_not_only_the_items(around):
    onward = around.score(in_order(3, 4))[0]
    back = around.score(in_order(4, 3))[0]
    assert onward.argmax() == 5
    assert not np.allclose(onward, back)


def test_nobody_is_scored_from_nothing_or_from_dislikes(around):
    nothing = csr_array((1, RING), dtype=np.float32)
    disliked = csr_array(([-1.0], ([0], [4])), shape=(1, RING), dtype=np.float32)
    assert not around.score(nothing).any()
    assert not around.score(disliked).any()


def test_a_user_is_scored_alike_alone_and_among_others(around):
    short, long = in_order(3, 4), in_order(1, 2, 3, 4, 5)
    table = csr_array(np.vstack([short.toarray(), long.toarray()]))
    together = around.score(table)
    np.testing.assert_allclose(together[0], around.score(short)[0], atol=1e-5)
    np.testing.assert_allclose(together[1], around.score(long)[0], atol=1e-5)


def test_the_same_seed_gives_the_same_network(around):
    again = CausalTransformer(QUICK).fit(log_of(walks_around(RING), n_items=RING))
    np.testing.assert_array_equal(again.score(in_order(3, 4)), around.score(in_order(3, 4)))


def test_drawn_negatives_teach_the_same_order():
    drawn = CausalTransformer(replace(QUICK, most_whole=0, negatives=6)).fit(
        log_of(walks_around(RING), n_items=RING)
    )
    found = [int(drawn.score(in_order(one, (one + 1) % RING)).argmax()) for one in range(RING)]
    assert found == [(one + 2) % RING for one in range(RING)]


def test_drawn_negatives_stand_for_all_others():
    """However often an item is drawn, the loss is on average that of holding all against one."""
    walks = [*walks_around(RING), *([[0, 1]] * 400)]  # two items are drawn far more often
    whole = CausalTransformer(replace(QUICK, epochs=1)).fit(log_of(walks, n_items=RING))
    [batch] = batches([np.arange(1, 7)], 1, np.random.default_rng(0))
    with torch.no_grad():
        right = float(whole._loss(batch, None, 5))
        rng, some = np.random.default_rng(0), replace(QUICK, most_whole=0, negatives=4_000)
        whole.config = some
        drawn = [float(whole._loss(batch, whole._drawn(rng), 5)) for _ in range(20)]
    assert np.mean(drawn) == pytest.approx(right, abs=0.01)


def test_a_loss_in_pieces_is_the_loss(around, monkeypatch):
    monkeypatch.setattr("recommendations.engine.causal.CELLS_AT_ONCE", 5 * RING * 7)
    pieces = CausalTransformer(QUICK).fit(log_of(walks_around(RING), n_items=RING))
    np.testing.assert_allclose(pieces.losses, around.losses, rtol=1e-3)


def test_a_fit_ends_where_it_is_told_to():
    log = log_of(walks_around(RING), n_items=RING)
    short = CausalTransformer(QUICK).fit(log, progress=lambda epoch, _: epoch == 3)
    assert len(short.losses) == 3


@pytest.mark.parametrize("items", [1, 3, 8, 11])
def test_numpy_awaits_what_torch_does(items):
    """Two blocks of two heads, left as they began, for what is learnt is not the question."""
    config = replace(QUICK, blocks=2, heads=2, epochs=1)
    fitted = CausalTransformer(config).fit(log_of(walks_around(RING), n_items=RING))
    network, vectors = fitted.served()
    order = [number % RING for number in range(items)]
    scores = fitted.score(in_order(*order))[0]
    awaited = network.awaited(vectors[order])
    np.testing.assert_allclose(vectors @ awaited, scores, atol=1e-4)
    again = Network.laid_out(network.flat(), **network.sizes)
    np.testing.assert_array_equal(again.awaited(vectors[order]), awaited)
    with pytest.raises(ValueError, match="numbers"):
        Network.laid_out(network.flat()[1:], **network.sizes)


def test_an_item_nobody_met_is_placed_by_its_text():
    """Item 12 has the text of item 5 and no past: it is awaited where item 5 is."""
    texts = np.vstack([np.eye(RING), np.eye(RING)[5]]).astype(np.float32)
    told = CausalTransformer(QUICK, vectors=texts)
    told.fit(log_of(walks_around(RING), n_items=RING + 1))
    history = csr_array(np.hstack([in_order(3, 4).toarray(), np.zeros((1, 1), np.float32)]))
    scores = told.score(history)[0]
    assert scores[12] > np.delete(scores, [5, 12]).max()


def test_only_the_newest_of_a_long_past_are_kept():
    (kept,) = sequences_of(log_of([[0, 1, 2, 3, 4]], n_items=5), most=3)
    assert kept.tolist() == [3, 4, 5]


def test_a_long_past_is_cut_into_windows_that_share_their_ends():
    log = log_of([list(range(8)), [0]], n_items=8)
    found = [one.tolist() for one in sequences_of(log, most=4, windows=9)]
    assert found == [[5, 6, 7, 8], [2, 3, 4, 5], [1, 2]]
    assert [one.tolist() for one in sequences_of(log, most=4, windows=2)] == found[:2]


@pytest.mark.parametrize("sequences", [0, 1, 19, 40])
def test_however_few_steps_there_are_the_rate_climbs_and_falls(sequences):
    steps = optimiser(torch.nn.Linear(1, 1), replace(QUICK, epochs=1, batch=1), sequences)
    rates = []
    for _ in range(sequences):
        rates.append(steps.adam.param_groups[0]["lr"])
        steps.take([steps.parameters[0].sum])
    assert all(0 < rate <= QUICK.rate for rate in rates)
    if sequences > 1:
        assert max(rates) == QUICK.rate > rates[-1]
