"""Dense models of the items that several users met, and the mixture of all ways to link items."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from recommendations.engine import members
from recommendations.engine.autoencoders import Autoencoder, AutoencoderConfig
from recommendations.engine.graph import Filtered, GraphConfig, GraphFilter
from recommendations.engine.head import Following, Head, Solved, head_of
from recommendations.engine.history import HistoryConfig
from recommendations.engine.links import cosine_weights
from recommendations.engine.log import matrix
from recommendations.engine.members import Trial, choose_members
from recommendations.engine.neighbours import (
    ItemLinks,
    NeighboursConfig,
    fit_neighbours,
    item_links,
    length_of,
)
from recommendations.engine.sequential import Sequential, SequentialConfig
from recommendations.engine.splits import user_split
from recommendations.engine.validation import Fold, user_folds
from tests.recommendations.engine.contract import PersonalContract
from tests.recommendations.engine.worlds import drifting, log_of, two_towns

# Ways of the smallest choice that a workspace may have, and of one with dense models.
BY_SIZE = (("walk", "sequence"), ("walk", "sequence", "ease", "damped", "next"))
LINKED = Head(
    items=np.array([1, 3]),
    links=np.array([[0.0, 2.0], [-1.0, 0.0]], dtype=np.float32),
    n_items=5,
)


class TestDenseMixture(PersonalContract):
    def make(self):
        shares = {"ease_share": 1.0, "damped_share": 0.5, "next_share": 0.5}
        shares |= {"cosine_share": 0.2, "dropout_share": 0.3, "graph_share": 0.4}
        return ItemLinks(
            NeighboursConfig("mix", ridge=1.0, damped_ridge=0.5, next_ridge=1.0, **shares)
        )


def test_items_that_one_user_met_are_no_part_of_the_head():
    log = log_of((0, 1), (1, 1), (0, 2), (0, 3), (2, 3), (1, 4, -1.0), (2, 4, -1.0), items=6)
    assert head_of(matrix(log), 2).tolist() == [1, 3]
    assert head_of(matrix(log), 1) is None
    assert head_of(matrix(log_of((0, 1), (0, 2))), 9) is None


def test_a_head_scores_as_the_whole_table_would():
    table = np.zeros((5, 5), dtype=np.float32)
    table[1, 3], table[3, 1] = 2.0, -1.0
    history = csr_array(np.array([[1.0, 0.5, 0, 0, 1], [0, 1, 0, 2, 0]], dtype=np.float32))
    assert_allclose(history @ LINKED, history.toarray() @ table)
    rows = np.array([4, 3, 0, 1])
    assert_allclose(LINKED.rows(rows).toarray(), table[rows])
    assert LINKED.length() == pytest.approx(1.0)  # the root of (4 + 1) / 5


def test_a_head_is_solved_as_the_whole_catalogue_is():
    log = drifting()
    met = matrix(log)
    items = head_of(met, 100)
    config = AutoencoderConfig(ridge=2.0, limit=0.5, user_damping=0.25, item_damping=0.3)
    whole = Autoencoder(config).fit(log).links
    solved = Solved.of(met, items, 2.0, users=0.25, by_item=0.3).links(0.5)
    assert len(items) == log.n_items
    assert_allclose(solved.links, whole, atol=1e-5)
    following = SequentialConfig(fading=3.0, whole=0.4, ridge=5.0)
    assert_allclose(
        Following.of(log, items, ridge=5.0, fading=3.0, whole=0.4).links().links,
        Sequential(following).fit(log).links(),
        atol=1e-5,
    )


def test_dropout_of_the_head_is_that_of_the_whole_catalogue():
    log = drifting()
    whole = Autoencoder(AutoencoderConfig(ridge=2.0, dropout=0.5)).fit(log).links
    items = head_of(matrix(log), 100)
    assert_allclose(
        Solved.of(matrix(log), items, 2.0, dropout=0.5).links(0.0).links, whole, atol=1e-5
    )


@pytest.mark.parametrize(("rank", "ideal"), [(4, 0.5), (9, 2.0), (4, 0.0)])
def test_the_links_of_a_graph_score_as_its_filter_does(rank, ideal):
    log = drifting()
    met = matrix(log)
    links = Filtered.of(met, 9).links(rank, ideal)
    assert not links.diagonal().any()
    history = csr_array(met[:9] * np.float32(0.5))
    scores = GraphFilter(GraphConfig(rank=rank, ideal=ideal)).fit(log).score(history)
    is_open = history.toarray() == 0
    assert_allclose((history @ links)[is_open], scores[is_open], atol=2e-3)


def test_a_mixture_adds_its_models_at_one_length():
    log = drifting()
    shares = {
        "walk_share": 0.5,
        "ease_share": 0.2,
        "damped_share": 1.0,
        "next_share": 0.7,
        "sequence_share": 0.1,
        "cosine_share": 0.4,
        "dropout_share": 0.3,
        "graph_share": 0.6,
    }
    lone = {
        name: item_links(
            log, NeighboursConfig("mix", **{"walk_share": 0, "ease_share": 0, name: 1})
        )[1]
        for name in shares
    }
    mixed = item_links(log, NeighboursConfig("mix", **shares))[1]
    history = matrix(log)[:7]
    expected = 0
    for name, share in shares.items():
        scores = history @ lone[name]
        scores = scores if isinstance(scores, np.ndarray) else scores.toarray()
        expected = expected + share * scores / length_of(lone[name])
    assert_allclose(history @ mixed, expected, atol=1e-4)


def test_each_share_is_that_of_its_way():
    log, met = drifting(), matrix(drifting())
    own = {
        "cosine_share": cosine_weights(met, 7.0).toarray(),
        "dropout_share": Autoencoder(AutoencoderConfig(ridge=3.0, dropout=0.4)).fit(log).links,
        "graph_share": Filtered.of(met, 5).links(5, 0.7),
    }
    settings = {"shrink": 7.0, "dropout_ridge": 3.0, "dropout": 0.4}
    settings |= {"graph_rank": 5, "graph_ideal": 0.7, "walk_share": 0.0, "ease_share": 0.0}
    for share, expected in own.items():
        links = item_links(log, NeighboursConfig("mix", **settings, **{share: 1.0}))[1]
        scores = met[:9] @ links
        scores = scores if isinstance(scores, np.ndarray) else scores.toarray()
        assert_allclose(scores, met[:9] @ expected / length_of(expected), atol=1e-4)


def test_a_catalogue_too_large_for_a_table_can_have_dense_models_of_its_head():
    log = two_towns(20)
    rare = replace(log, n_items=log.n_items + 500)
    shares = {"walk_share": 0.0, "ease_share": 1.0}
    small = fit_neighbours(log, NeighboursConfig("mix", **shares)).table().toarray()
    large = fit_neighbours(rare, NeighboursConfig("mix", dense_limit=100, **shares)).table()
    # the same links, on the scale of rows of which 500 are empty
    scale = np.sqrt(rare.n_items / log.n_items)
    assert_allclose(large.toarray()[:20, :20], small * scale, atol=1e-4)
    assert large.nnz == np.count_nonzero(small)


def test_a_mixture_of_dense_models_alone_falls_back_on_walks():
    config = NeighboursConfig("mix", walk_share=0.0, ease_share=1.0, length=5, dense_limit=10)
    found = fit_neighbours(two_towns(20), config)
    walks = fit_neighbours(two_towns(20), replace(config, model="rp3beta"))
    assert found.ids.tolist() == walks.ids.tolist()


def chosen(split, *, dense_limit=100):
    fold = user_folds(split.train, split.validation)[0]
    base, tried = NeighboursConfig(length=30, dense_limit=dense_limit), {}
    [(config, weighed)] = choose_members(
        [Trial.of(fold, dense_limit)], base, HistoryConfig(), tried.__setitem__
    )
    return config, weighed, tried


def test_each_way_is_tuned_and_the_sum_is_no_worse_than_the_best():
    config, weighed, tried = chosen(user_split(drifting()))
    assert config.model == "mix"
    assert list(weighed.alone) == [*BY_SIZE[1], "cosine", "dropout", "graph"]
    for way, knob in (("cosine", "shrink"), ("dropout", "dropout"), ("graph", "graph_ideal")):
        own = {name: height for name, height in tried.items() if name.startswith(f"{way}(")}
        assert f"{knob}={getattr(config, knob):g}" in max(own, key=own.__getitem__)
    best = max((height, name) for name, height in tried.items() if name.startswith("ease("))
    assert weighed.alone["ease"] == pytest.approx(best[0], abs=1e-6)
    assert f"ridge={config.ridge:g}, limit={config.limit:g}" in best[1]
    assert weighed.merit > 0.9 * max(weighed.alone.values())


def test_dense_ways_are_left_out_where_they_are_not_affordable():
    config, weighed, _ = chosen(user_split(drifting()), dense_limit=10)
    assert tuple(weighed.alone) == BY_SIZE[0]
    assert config.ease_share == config.damped_share == config.next_share == 0


def test_of_many_likings_fewer_ways_are_tried(monkeypatch):
    split = user_split(drifting())
    trial = Trial.of(user_folds(split.train, split.validation)[0], 100)
    monkeypatch.setattr(members, "MOST_FOR_ALL", trial.known.met.nnz)
    assert set(members.ways_for([trial])) == set(members.WAYS)
    monkeypatch.setattr(members, "MOST_FOR_ALL", trial.known.met.nnz - 1)
    config, weighed, _ = chosen(split)
    assert tuple(weighed.alone) == BY_SIZE[1]
    assert config.cosine_share == config.dropout_share == config.graph_share == 0


def test_a_fit_that_was_stored_before_links_as_it_did():
    """What a fit of the first version had, and no more."""
    stored = {"model": "mix", "walk_share": 0.4, "ease_share": 1.0, "ridge": 30.0, "length": 30}
    config = NeighboursConfig(**stored)
    log, links = drifting(), item_links(drifting(), config)[1]
    walks = item_links(log, replace(config, ease_share=0.0))[1]
    eases = item_links(log, replace(config, walk_share=0.0))[1]
    history = matrix(log)[:7]
    assert_allclose(history @ links, (history @ walks).toarray() + history @ eases, atol=1e-4)


def test_a_longer_view_hides_the_end_of_each_users_row():
    # users 0 and 1 with ten likings each: seven to learn from, one to validate on, two to test on
    log = log_of(
        *[(user, 10 * user + step, 1.0, step) for user in (0, 1) for step in range(10)],
        (0, 25, -1.0, 4.5),
        items=30,
    )
    split = user_split(log)
    views = user_folds(split.train, split.validation)

    def seen(fold: Fold, user: int) -> tuple[list[int], list[int]]:
        row = fold.cases.users.tolist().index(user)
        own = fold.past.items[(fold.past.users == user) & (fold.past.weights > 0)]
        return sorted(own.tolist()), sorted(fold.cases.relevant(row).tolist())

    assert seen(views[0], 0) == (list(range(7)), [7])
    assert seen(views[1], 0) == (list(range(6)), [6, 7])
    assert seen(views[1], 1) == ([10, 11, 12, 13, 14, 15], [16, 17])
    # what was disliked before the cut is known
    assert (views[1].past.weights < 0).sum() == 1
