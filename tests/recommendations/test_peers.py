"""Peers: linear models agree with the engine's own, and each is searched within its budget."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from recommendations.engine.autoencoders import relaxed_weights
from recommendations.engine.log import Log, matrix
from recommendations.engine.validation import Cases
from recommendations.evaluation.linear import Linear, LinearConfig
from recommendations.evaluation.peers import PEERS, peers_of, search_peer
from tests.recommendations.engine.worlds import drifting


def world(n_users, n_items):
    """Likings at random; the last item was met by nobody, the last user met nothing."""
    rng = np.random.default_rng(0)
    pairs = np.argwhere(rng.random((n_users - 1, n_items - 1)) < 0.2)
    size = len(pairs)
    ones = np.ones(size, dtype=np.float32)
    return Log(pairs[:, 0], pairs[:, 1], ones, np.arange(size, dtype=float), n_users, n_items)


@pytest.mark.parametrize("size", [(40, 25), (25, 40)])
@pytest.mark.parametrize("knobs", [{}, {"limit": 0.4}, {"dropout": 0.5}, {"limit": 1.0}])
def test_linear_peers_score_as_their_table_of_links_would(size, knobs):
    """With fewer items than users, and the other way round, where no table is laid out."""
    log = world(*size)
    links = relaxed_weights(matrix(log), 7.0, **knobs)
    past = csr_array(matrix(log)[:9] * np.float32(0.5))
    scores = Linear(LinearConfig(7.0, **knobs)).fit(log).score(past)
    np.testing.assert_allclose(scores, past @ links, atol=2e-5)
    assert not scores[:, -1].any()


def test_no_more_is_tried_than_is_allowed_and_the_best_is_kept():
    log = drifting()
    half = len(log) // 2
    parts = [
        Log(*(getattr(log, name)[part] for name in ("users", "items", "weights", "times")), 160, 60)
        for part in (slice(half), slice(half, None))
    ]
    cases = Cases.of(*parts)
    found = search_peer("ease", PEERS["ease"], parts[0], cases, tries=5)
    again = search_peer("ease", PEERS["ease"], parts[0], cases, tries=5)
    assert len(found.merits) == 5
    assert found.merits == again.merits
    assert found.merits[found.setting.label] == max(found.merits.values())
    first = search_peer("ease", PEERS["ease"], parts[0], cases, tries=1)
    assert list(first.merits) == list(found.merits)[:1]
    with pytest.raises(ValueError, match="at least one"):
        search_peer("ease", PEERS["ease"], parts[0], cases, tries=0)


def test_dense_peers_need_few_users_or_few_items():
    dense = {"ease", "rlae", "edlae"}
    assert set(peers_of(world(30, 40), dense_limit=30)) == set(PEERS)
    assert set(peers_of(world(30, 40), dense_limit=29)) == set(PEERS) - dense
