import numpy as np
import pytest
from scipy.sparse import csr_array

pytest.importorskip("lenskit", reason="LensKit comes with the extra `peers`")

from recommendations.engine.log import Log
from recommendations.evaluation.lenskit_peers import GRIDS, LensKitModel


@pytest.fixture(scope="module")
def two_camps() -> Log:
    """Items 0 to 4 go together, and so do 5 to 9; item 10 was met by nobody."""
    rng = np.random.default_rng(0)
    pairs = [(user, 5 * (user % 2) + item) for user in range(60) for item in rng.permutation(5)[:4]]
    users, items = np.array(pairs, dtype=np.int64).T
    size = len(pairs)
    return Log(users, items, np.ones(size, np.float32), np.arange(size, dtype=float), 60, 11)


@pytest.mark.parametrize("name", GRIDS)
def test_a_peer_keeps_to_the_camp_of_a_stranger(name, two_camps):
    model = LensKitModel(name, GRIDS[name][-1]).fit(two_camps)
    met = csr_array((np.ones(2, np.float32), ([0, 0], [0, 1])), shape=(1, 11))
    scores = model.score(met)
    assert scores.shape == (1, 11)
    assert np.isfinite(scores).all()
    assert scores[0, 2:5].min() > scores[0, 5:10].max()


@pytest.mark.parametrize("name", GRIDS)
def test_a_peer_says_nothing_of_somebody_without_a_past(name, two_camps):
    model = LensKitModel(name, GRIDS[name][-1]).fit(two_camps)
    assert not model.score(csr_array((1, 11), dtype=np.float32)).any()
