"""Every model obeys the laws of recommenders, and each one its own."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from recommendations.engine.autoencoders import (
    Autoencoder,
    AutoencoderConfig,
    collective_weights,
    damp,
    relaxed_weights,
)
from recommendations.engine.ease import ease_weights
from recommendations.engine.factors import Factors, FactorsConfig, fold_in
from recommendations.engine.graph import GraphConfig, GraphFilter
from recommendations.engine.inverse import inverse_of
from recommendations.engine.log import matrix
from recommendations.engine.neighbourhood import NeighbourhoodConfig, UserNeighbourhood
from recommendations.engine.prior import TextPrior
from recommendations.engine.sequential import (
    LastSolved,
    Sequential,
    SequentialConfig,
    Solved,
    prefixes,
)
from recommendations.engine.text_taste import TextTaste
from tests.recommendations.engine.contract import PersonalContract, RecommenderContract
from tests.recommendations.engine.worlds import log_of, two_towns

TOWNS = np.eye(2, dtype=np.float32)[np.arange(20) % 2]
PERSONAL = {
    "relaxed": lambda: Autoencoder(AutoencoderConfig(ridge=1.0, limit=0.3)),
    "unbound": lambda: Autoencoder(AutoencoderConfig(ridge=1.0, limit=1.0)),
    "damped": lambda: Autoencoder(
        AutoencoderConfig(ridge=0.1, limit=1.0, user_damping=0.5, item_damping=0.3)
    ),
    "dropout": lambda: Autoencoder(AutoencoderConfig(ridge=1.0, dropout=0.3)),
    "collective": lambda: Autoencoder(AutoencoderConfig(ridge=1.0, text_share=1.0), TOWNS),
    "graph": lambda: GraphFilter(GraphConfig(rank=4)),
    "users": lambda: UserNeighbourhood(NeighbourhoodConfig(most=9)),
    "factors": lambda: Factors(FactorsConfig(dimensions=2, ridge=0.5)),
    "text": lambda: TextTaste(TOWNS),
    "unordered": lambda: Sequential(SequentialConfig(whole=1.0, ridge=1.0)),
}


@pytest.fixture(params=PERSONAL)
def make(request):
    return PERSONAL[request.param]


class TestPersonal(PersonalContract):
    @pytest.fixture(autouse=True)
    def _of(self, make):
        self.make = make


class TestSequential(RecommenderContract):
    def make(self):
        return Sequential(SequentialConfig(ridge=1.0, text_ridge=1.0), TOWNS)


def test_who_met_nothing_gets_finite_scores(make):
    nobody = csr_array((2, 20), dtype=np.float32)
    assert np.isfinite(make().fit(two_towns()).score(nobody)).all()


def test_a_user_who_was_not_in_the_fit_is_told_apart(make):
    stranger = csr_array(([1.0, 1.0], ([0, 0], [3, 7])), shape=(1, 20), dtype=np.float32)
    scores = make().fit(two_towns()).score(stranger)[0]
    unmet = [item for item in range(20) if item not in (3, 7)]
    odd = min(scores[item] for item in unmet if item % 2)
    assert odd > max(scores[item] for item in unmet if not item % 2)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_an_inverse_times_its_table_is_one(kind):
    rows = np.random.default_rng(0).normal(size=(30, 12))
    table = (rows.T @ rows + np.eye(12)).astype(kind)
    assert_allclose(inverse_of(table.copy()) @ table, np.eye(12), atol=1e-4)


def test_a_table_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="ridge is too small"):
        inverse_of(np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_no_limit_and_no_dropout_is_ease():
    met = matrix(two_towns())
    assert_allclose(relaxed_weights(met, 2.0), ease_weights(met, 2.0), atol=1e-5)


def test_without_a_bound_users_are_regressed_on_users():
    met = matrix(log_of((0, 0), (0, 1), (1, 1), (1, 2), (2, 0), (2, 3), (3, 3), items=4))
    rows = met.toarray()
    # each user from all users: W = XX' inverse(XX' + r), scores W X
    expected = rows @ rows.T @ np.linalg.inv(rows @ rows.T + 2.0 * np.eye(4)) @ rows
    found = met @ relaxed_weights(met, 2.0, limit=1.0)
    unmet = rows == 0
    assert_allclose(found[unmet], expected[unmet], atol=1e-5)


def test_damping_divides_by_powers_of_both_counts():
    damped, scale = damp(matrix(log_of((0, 0), (0, 1), (1, 0))), 1.0, 0.5)
    root = np.sqrt(2)
    assert_allclose(damped.toarray(), [[1 / (2 * root), 1 / 2], [1 / root, 0]], rtol=1e-6)
    assert_allclose(scale, [1 / root, 1], rtol=1e-6)


def test_dropout_weighs_what_is_met_often():
    met = matrix(log_of((0, 0), (0, 1), (1, 0)))
    # gram [[2, 1], [1, 1]]; dropout 1/2 adds its diagonal once more, the ridge adds 1:
    # the inverse of [[5, 1], [1, 3]] is [[3, -1], [-1, 5]] / 14, and B_ij = -P_ij / P_jj
    found = relaxed_weights(met, 1.0, dropout=0.5)
    assert_allclose(found, [[0, 1 / 5], [1 / 3, 0]], rtol=1e-5)


def test_text_links_an_item_that_nobody_met():
    met = matrix(log_of((0, 0), (1, 1), items=3))
    vectors = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
    links = collective_weights(met, vectors, 1.0, 1.0)
    assert links[0, 2] > 0.1
    assert links[1, 2] == pytest.approx(0.0, abs=1e-6)


def test_a_text_prior_is_ease_on_its_dimensions():
    vectors = np.random.default_rng(2).normal(size=(9, 3)).astype(np.float32)
    expected = ease_weights(csr_array(vectors.T), 0.5)
    prior = TextPrior.of(vectors, 0.5)
    assert_allclose(prior.after(np.eye(9, dtype=np.float32)), expected, atol=1e-4)
    table = np.arange(81, dtype=np.float32).reshape(9, 9)
    assert_allclose(prior.diagonal_after(table), (table @ expected).diagonal(), atol=1e-3)


def test_prefixes_fade_with_every_step():
    before, after = prefixes(log_of((0, 2), (0, 0), (0, 1), (1, 1)), 2.0)
    fade = np.exp(-0.5)
    assert_allclose(before.toarray(), [[0, 0, 1], [1, 0, fade]], rtol=1e-6)
    assert_allclose(after.toarray(), [[1, 0, 0], [0, 1, 0]])


def test_nobody_with_a_second_item_has_no_prefixes():
    before, after = prefixes(log_of((0, 0), (1, 1)), 2.0)
    assert before.shape == after.shape == (0, 2)


def test_scores_are_those_of_the_links_laid_out():
    log = log_of(*[(user, (user + step) % 6) for user in range(6) for step in range(3)])
    prior = TextPrior.of(np.random.default_rng(3).normal(size=(6, 2)).astype(np.float32), 1.0)
    solved = Solved.of(log, SequentialConfig(ridge=2.0))
    links = solved.links(prior, 2.0)
    history = csr_array(np.array([[1, 0, 0.5, 0, 0, 0]], dtype=np.float32))
    scores, unmet = solved.score(history, prior, 2.0), [1, 3, 4, 5]
    assert_allclose(scores[0, unmet], (history @ links)[0, unmet], rtol=1e-4, atol=1e-5)


def test_what_always_follows_comes_first():
    log = log_of(*[(user, (user + step) % 6) for user in range(12) for step in range(3)])
    model = Sequential(SequentialConfig(ridge=1.0, whole=0.1)).fit(log)
    last = csr_array(([1.0], ([0], [4])), shape=(1, 6), dtype=np.float32)
    scores = model.score(last)[0]
    scores[4] = -np.inf
    assert scores.argmax() == 5


def test_the_same_sequences_are_solved_once():
    solve, log = LastSolved(), two_towns()
    first = solve(log, SequentialConfig(ridge=1.0, text_share=0.0))
    assert solve(log, SequentialConfig(ridge=1.0, text_share=2.0)) is first
    assert solve(log, SequentialConfig(ridge=2.0)) is not first
    assert solve(two_towns(), SequentialConfig(ridge=2.0)) is not first


def test_a_user_is_folded_in_by_hand():
    vectors = np.array([[1.0], [2.0]], dtype=np.float32)
    asked = csr_array(([0.5], ([0], [1])), shape=(1, 2), dtype=np.float32)
    # (1 + 4 + 1 + 10 * .5 * 4) p = (1 + 10 * .5) * 2
    assert_allclose(fold_in(asked, vectors, trust=10.0, ridge=1.0), [[12 / 26]], rtol=1e-6)


@pytest.mark.parametrize("dimensions", [2, 8, 40])
def test_a_short_past_folds_in_as_a_long_one_does(dimensions):
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(30, dimensions)).astype(np.float32)
    past = csr_array(np.where(rng.random((4, 30)) < 0.3, rng.random((4, 30)), 0), dtype=np.float32)
    found = fold_in(past, vectors, trust=10.0, ridge=3.0)
    for row, weights in enumerate(past.toarray()):
        table = (vectors.T * (1.0 + 10.0 * weights)) @ vectors + 3.0 * np.eye(dimensions)
        wanted = vectors.T @ np.where(weights > 0, 1.0 + 10.0 * weights, 0.0)
        assert_allclose(table @ found[row], wanted, atol=1e-3)


def test_the_graph_filter_by_hand():
    # x = [1, 1] of the first user, [1, 0] of the second; items are met by 2 and 1 users
    log = log_of((0, 0), (0, 1), (1, 0))
    model = GraphFilter(GraphConfig(rank=1, ideal=0.0)).fit(log)
    asked = csr_array(([1.0], ([0], [0])), shape=(1, 2), dtype=np.float32)
    # R = [[1/2, 1/sqrt 2], [1/sqrt 2, 0]]; row 0 of R'R = [1/4 + 1/2, 1/(2 sqrt 2)]
    assert_allclose(model.score(asked), [[0.75, 1 / (2 * np.sqrt(2))]], rtol=1e-5)


def test_the_most_alike_users_are_asked_and_no_others():
    log = log_of((0, 0), (0, 1), (1, 0), (1, 2), (1, 3), (2, 4), items=5)
    asked = csr_array(([1.0, 1.0], ([0, 0], [0, 1])), shape=(1, 5), dtype=np.float32)
    both = UserNeighbourhood(NeighbourhoodConfig(most=2)).fit(log).score(asked)[0]
    nearest = UserNeighbourhood(NeighbourhoodConfig(most=1)).fit(log).score(asked)[0]
    assert both[2] == both[3] > 0
    assert nearest[2] == nearest[4] == 0
    assert nearest[1] > 0
