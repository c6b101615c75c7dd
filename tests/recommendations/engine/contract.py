"""Laws that any recommender obeys. Subclass, say how to make one, and inherit the tests."""

import numpy as np

from recommendations.engine.log import matrix
from tests.recommendations.engine.worlds import log_of, two_towns


class RecommenderContract:
    def make(self):
        raise NotImplementedError

    def test_one_finite_score_for_each_user_and_item(self):
        log = two_towns()
        scores = self.make().fit(log).score(matrix(log)[:3])
        assert scores.shape == (3, 20)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()

    def test_a_user_does_not_depend_on_who_else_is_asked_about(self):
        log = two_towns()
        fitted = self.make().fit(log)
        together = fitted.score(matrix(log)[:5])
        alone = fitted.score(matrix(log)[2:3])
        np.testing.assert_allclose(alone[0], together[2], rtol=1e-5)

    def test_fitting_again_forgets_what_was_learnt_before(self):
        log, other = two_towns(), log_of((0, 1), (1, 1), (1, 2), users=20, items=20)
        twice = self.make().fit(other).fit(log).score(matrix(log)[:2])
        once = self.make().fit(log).score(matrix(log)[:2])
        np.testing.assert_array_equal(twice, once)


class PersonalContract(RecommenderContract):
    """Laws of those that tell users apart."""

    def test_the_one_item_left_in_town_comes_first(self):
        log = two_towns()
        met = matrix(log)
        scores = self.make().fit(log).score(met)
        scores[met.nonzero()] = -np.inf
        assert scores.argmax(axis=1).tolist() == list(range(20))
