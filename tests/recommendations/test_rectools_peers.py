import numpy as np
import pytest
from scipy.sparse import csr_array

pytest.importorskip("rectools", reason="RecTools is put beside the project by hand")

from recommendations.engine.log import Log, matrix
from recommendations.evaluation.rectools_peers import GRIDS, RecToolsModel, names_for

# As many directions as there are camps; with all of them a history would lead back to itself.
TRIED = {name: GRIDS[name][-1] for name in GRIDS} | {"rectools-pure-svd": {"factors": 2}}


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
    model = RecToolsModel(name, TRIED[name]).fit(two_camps)
    met = csr_array((np.ones(2, np.float32), ([0, 0], [0, 1])), shape=(1, 11))
    scores = model.score(met)
    assert scores.shape == (1, 11)
    assert np.isfinite(scores).all()
    assert scores[0, 2:5].min() > scores[0, 5:10].max()


@pytest.mark.parametrize("name", GRIDS)
def test_a_peer_says_nothing_of_somebody_without_a_past(name, two_camps):
    model = RecToolsModel(name, TRIED[name]).fit(two_camps)
    assert not model.score(csr_array((1, 11), dtype=np.float32)).any()


def test_strangers_are_scored_as_the_library_scores_its_own_users(two_camps):
    model = RecToolsModel("rectools-pure-svd", {"factors": 3}).fit(two_camps)
    own = csr_array(matrix(two_camps)[:2])
    theirs = model.learnt.user_factors[:2] @ model.learnt.item_factors.T
    scores = model.score(own)[:, model.places]
    assert scores == pytest.approx(theirs, abs=1e-4)


def test_a_table_of_all_pairs_is_for_small_catalogues_alone():
    assert "rectools-ease" in names_for(15_000)
    assert "rectools-ease" not in names_for(15_001)
