"""Users like the one who asks, by tables of which a request reads some rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from recommendations.engine import company, placing
from recommendations.engine.blend import BlendConfig
from recommendations.engine.company import Company, CompanyConfig, has_room, nearest
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Learned, source_rows
from recommendations.engine.log import Log, matrix
from recommendations.engine.neighbourhood import NeighbourhoodConfig, UserNeighbourhood
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.placing import companies_for, height_of_company, without_unused
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.splits import user_split
from recommendations.engine.validation import user_folds
from tests.recommendations.engine.worlds import drifting, log_of, two_towns

# Of four users three took to item 0, two each to items 1 and 2, and one each to items 3 and 4.
ROWS = [(0, 0), (0, 1), (1, 0), (1, 2), (1, 3), (2, 1), (2, 4), (3, 0), (3, 2)]


def past_of(weights, items=5):
    row = np.zeros((1, items), dtype=np.float32)
    for item, weight in weights.items():
        row[0, item] = weight
    return csr_array(row)


def test_a_score_by_hand():
    found = Company.of(log_of(*ROWS), CompanyConfig(most=2, lengthen=1.0))
    rare = np.log1p(4 / np.array([3, 2, 2, 1, 1]))
    lengths = [np.sqrt((rare[list(own)] ** 2).sum()) for own in ((0, 1), (0, 2, 3), (1, 4), (0, 2))]
    # users 0 and 3 are as long, and 3 was seen last
    assert found.people.tolist() == [3, 0, 2, 1]
    alike = [rare[2] ** 2 / (lengths[3] + 1.0), 0.0, 0.0, rare[2] ** 2 / (lengths[1] + 1.0)]
    scores = found.score(past_of({2: 1.0}))[0]
    expected = np.array([alike[0] + alike[3], 0, alike[0] + alike[3], alike[3], 0]) / alike[0]
    assert_allclose(scores, expected, rtol=1e-5)
    alone = Company.of(log_of(*ROWS), CompanyConfig(most=1, lengthen=1.0)).score(past_of({2: 1.0}))
    assert alone[0, 3] == 0.0 < scores[3]


def test_it_is_the_neighbourhood_that_peers_are_measured_by():
    log = drifting()
    past = matrix(log)
    found = Company.of(log, CompanyConfig(most=160)).score(past)
    peer = UserNeighbourhood(NeighbourhoodConfig(most=160)).fit(log).score(past)
    assert (peer.max(axis=1) > 0).all()
    unmet = 1.0 - past.toarray()
    found, peer = found * unmet, peer * unmet
    found, peer = (one / one.sum(axis=1, keepdims=True) for one in (found, peer))
    assert_allclose(found, peer, atol=1e-5)


def test_how_users_and_items_are_numbered_changes_nothing(monkeypatch):
    monkeypatch.setattr(company, "MOST_TAKERS", 7)
    monkeypatch.setattr(company, "MOST_MET", 6)
    log, rng = drifting(), np.random.default_rng(1)
    users, items = rng.permutation(log.n_users), rng.permutation(log.n_items)
    order = rng.permutation(len(log))
    other = Log(
        users=users[log.users[order]],
        items=items[log.items[order]],
        weights=log.weights[order],
        times=log.times[order],
        n_users=log.n_users,
        n_items=log.n_items,
    )
    config = CompanyConfig(most=10)
    first = Company.of(log, config).score(matrix(log))
    second = Company.of(other, config).score(matrix(other))
    assert_allclose(second[np.ix_(users, items)], first, atol=1e-5)


def test_of_many_takers_those_of_the_shortest_past_are_kept(monkeypatch):
    monkeypatch.setattr(company, "MOST_TAKERS", 2)
    rows = [(u, i) for u in range(5) for i in range(u + 2)]
    found = Company.of(log_of(*rows), CompanyConfig())
    assert found.people.tolist() == [0, 1, 2, 3, 4]
    assert np.diff(found.taken.indptr).max() == 2
    assert found.taken[[0]].indices.tolist() == [0, 1]


def test_of_a_long_past_the_newest_is_kept(monkeypatch):
    monkeypatch.setattr(company, "MOST_MET", 2)
    log = log_of((0, 0, 1.0, 1.0), (0, 1, 1.0, 3.0), (0, 2, 1.0, 2.0), (1, 0), (1, 1))
    found = Company.of(log, CompanyConfig())
    assert found.rows[found.people.tolist().index(0)].nonzero()[0].tolist() == [1, 2]


def test_who_took_to_one_item_or_disliked_all_has_no_seat():
    rows = [(0, 0), (0, 1), (1, 0), (2, 0, -1.0, 0.0), (2, 1, -1.0, 0.0), (3, 1), (3, 2)]
    assert sorted(Company.of(log_of(*rows), CompanyConfig()).people.tolist()) == [0, 3]


def test_a_dislike_parts_from_those_who_took_to_it():
    found = Company.of(log_of(*ROWS), CompanyConfig())
    liked = found.score(past_of({0: 1.0}))[0]
    torn = found.score(past_of({0: 1.0, 1: -0.9}))[0]
    assert liked[1] > 0 == torn[1]
    assert torn[3] > 0


def test_nobody_is_like_who_met_nothing():
    found = Company.of(log_of(*ROWS), CompanyConfig())
    assert not found.score(csr_array((2, 5), dtype=np.float32)).any()


def test_level_users_are_taken_by_seat_and_who_is_unlike_never():
    seats, near = nearest(np.array([5, 2, 9, 7]), np.array([1.0, 1.0, -1.0, 2.0]), 2)
    assert seats.tolist() == [7, 2]
    assert near.tolist() == [1.0, 0.5]
    assert not len(nearest(np.array([1]), np.array([-1.0]), 2)[0])


def test_too_many_users_are_not_compared(monkeypatch):
    log = two_towns()
    split = user_split(log, seed=0)
    folds = user_folds(split.train, split.validation)
    assert len(companies_for(folds)) > 1
    monkeypatch.setattr(placing, "MOST_TRIED", 10)
    assert len(companies_for(folds)) == 1
    monkeypatch.setattr(company, "MOST_MEMBERS", 19)
    assert not has_room(log)
    assert not companies_for(folds)
    fitted = refit(choices(), log)
    assert fitted.company is None
    assert not source_rows(fitted, matrix(log))["company"].any()


def choices(weight=1.0):
    return Learned.of_choices(
        NeighboursConfig("cosine"),
        HistoryConfig(),
        PopularityConfig(),
        BlendConfig(weights={"company": weight}),
        {},
        more=("company",),
        compared=CompanyConfig(most=9),
    )


def test_it_is_asked_beside_the_other_sources_and_left_out_where_it_does_not_count():
    log = two_towns()
    fitted = refit(choices(), log)
    past = histories(log, HistoryConfig())
    assert_allclose(source_rows(fitted, past)["company"], fitted.company.score(past))
    assert without_unused(fitted).compared == CompanyConfig(most=9)
    unused = without_unused(choices(weight=0.0))
    assert (unused.compared, unused.more) == (None, ())


@pytest.mark.parametrize("config", [CompanyConfig(most=9), CompanyConfig(most=9, lengthen=10.0)])
def test_likeness_foretells_what_a_town_likes(config):
    split = user_split(two_towns(), seed=0)
    folds = user_folds(split.train, split.validation)
    assert height_of_company(folds, HistoryConfig(), config) > 0.5
