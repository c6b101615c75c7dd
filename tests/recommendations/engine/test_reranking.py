"""The ranker as it serves: trees without LightGBM, and values dealt out again."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from core.arrays import as_floats
from recommendations.engine import rehearsing
from recommendations.engine.arrange import Ranking, Shortlist, arrange
from recommendations.engine.blend import BlendConfig
from recommendations.engine.boosts import boosted
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig, histories
from recommendations.engine.learned import Learned, score_batch
from recommendations.engine.learning import Budget, learn
from recommendations.engine.log import join
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.ranker import Candidates, Search, choose_ranker
from recommendations.engine.reranking import FEATURES, Met, ServedRanker, describe
from recommendations.engine.served import served_lists
from recommendations.engine.sources import score_popular
from recommendations.engine.splits import user_split
from recommendations.engine.trees import Trees
from recommendations.engine.validation import Cases, merit
from tests.recommendations.engine.worlds import drifting, log_of

USERS, ITEMS = 160, 60
WIDTH = len(FEATURES)


def booster(rows=600, rounds=12, seed=0, **settings):
    """Trees that were learnt from random features, of which some matter."""
    rng = np.random.default_rng(seed)
    told = rng.normal(size=(rows, WIDTH)).round(2)
    label = told[:, 3] + told[:, 5] * told[:, 1] + rng.normal(size=rows) * 0.1
    knobs = {"num_leaves": 9, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1, **settings}
    return lightgbm.train(knobs, lightgbm.Dataset(told, label), rounds), as_floats(told)


def ranker_by(name, sign=1.0):
    """A ranker that goes by one feature alone."""
    rng = np.random.default_rng(1)
    told = rng.random(size=(2_000, WIDTH)) * 3
    label = sign * told[:, FEATURES.index(name)]
    knobs = {"num_leaves": 31, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1}
    trees = lightgbm.train(knobs, lightgbm.Dataset(told, label), 60)
    return ServedRanker.parse(trees.model_to_string(), {"rounds": 60})


def test_trees_say_what_lightgbm_says():
    model, told = booster()
    told[:5] = 0.0
    trees = Trees.parse(model.model_to_string(), width=WIDTH)
    assert_allclose(trees.rate(told), model.predict(told), rtol=1e-12, atol=1e-12)
    assert len(trees.rate(told[:0])) == 0


def test_a_tree_of_one_leaf_says_the_same_of_all():
    told = np.zeros((40, WIDTH))
    model = lightgbm.train({"verbose": -1}, lightgbm.Dataset(told, np.ones(40)), 2)
    found = Trees.parse(model.model_to_string(), width=WIDTH).rate(as_floats(told))
    assert_allclose(found, model.predict(told))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace("split_feature=", "split_feature=99 ", 1),
        lambda text: text.replace("left_child=", "left_child=0 ", 1),
        lambda text: text.replace("leaf_value=", "leaf_value=nan ", 1),
        lambda text: text.replace("threshold=", "threshold=x ", 1),
        lambda text: text.replace("leaf_value", "leaves"),
        lambda text: text.replace("decision_type=2", "decision_type=1", 1),
    ],
)
def test_trees_that_are_not_whole_are_refused(spoil):
    with pytest.raises(ValueError):  # noqa: PT011 - what NumPy says of "x" is its own
        Trees.parse(spoil(booster()[0].model_to_string()), width=WIDTH)


def test_trees_that_lead_back_or_ask_too_much_are_refused():
    text = booster()[0].model_to_string()
    with pytest.raises(ValueError, match="feature"):
        Trees.parse(text, width=2)
    first = next(line for line in text.splitlines() if line.startswith("left_child="))
    children = first.removeprefix("left_child=").split()
    looped = " ".join("0" if not one.startswith("-") else one for one in children)
    with pytest.raises(ValueError, match="back to itself"):
        Trees.parse(text.replace(first, f"left_child={looped}", 1), width=WIDTH)


def met(weights=(1.0, 0.5), links=((3, 5, -1), (5, 7, 2))):
    ids = np.array(links)
    strengths = as_floats(np.where(ids >= 0, 1.0, 0.0)) * as_floats([[0.4], [0.8]])
    return Met.of(as_floats(weights), as_floats([3.0, 1.0]), ids, strengths)


def test_what_joins_a_candidate_to_a_past():
    found = describe(
        np.array([2, 3, 5, 9]),
        as_floats([0.1, 0.9, 0.5, 0.7]),
        {"neighbours": as_floats([0.2, 0.4, 1.0, 0.0])},
        (as_floats([1.0, 2.0, 3.0, 0.0]), as_floats([0, 1, 0, 0])),
        met(),
        None,
    )
    assert found.places.tolist() == [1, 2, 0]  # 9 was never taken to: it stays where it is
    assert_allclose(found.values, [0.9, 0.5, 0.1])
    told = dict(zip(FEATURES, found.features.T, strict=True))
    assert_allclose(told["blend place"], [0, 1, 2])
    assert_allclose(told["neighbours"], [0.4, 1.0, 0.2])
    assert_allclose(told["neighbours place"], [1, 0, 2])
    assert_allclose(told["taste"], 0)
    assert_allclose(told["popularity"], np.log1p([2.0, 3.0, 1.0]), atol=1e-5)
    assert_allclose(told["items met"], np.log(2), atol=1e-5)
    # 3 by the first alone, .4; 5 by both, .4 and .5 * .8; 2 by the second, .4
    assert_allclose(told["strongest link"], [0.4, 0.4, 0.4], atol=1e-5)
    assert_allclose(told["second link"], [0.0, 0.4, 0.0], atol=1e-5)
    assert_allclose(told["share of items met that link"], [0.5, 1.0, 0.5])
    assert_allclose(told["part of the strongest link"], [1.0, 0.5, 1.0])


def test_ids_that_lie_far_apart_are_found_too():
    near, far = np.array([7, 3, 5]), np.array([7_000_000, 3, 5])
    assert_array_equal(met().to(near)[:, 1:], met().to(far)[:, 1:])
    assert_allclose(met().to(near), [[0, 0.4, 0.4], [0.4, 0, 0.4]])
    assert not met().to(far)[:, 0].any()


def test_who_took_to_nothing_is_served_by_the_blend():
    nothing = met(weights=(0.0, -1.0))
    rows = as_floats([1.0, 2.0])
    assert describe(np.array([1, 2]), rows, {}, (rows, rows), nothing, None) is None


@pytest.fixture(scope="module")
def world():
    """Everything that serves, and a ranker that would rather show what is not popular."""
    weights = {"neighbours": 1.0, "popular": 0.3, "recent": 0.2}
    choices = Learned.of_choices(
        NeighboursConfig("rp3beta", length=20),
        HistoryConfig(half_life_days=60, dislike=0.5),
        PopularityConfig(half_life_days=30),
        BlendConfig(weights=weights, pool=ITEMS),
        {},
        ranker=ranker_by("popularity", -1.0),
    )
    log = drifting()
    fitted = refit(choices, log)
    past = histories(log, fitted.history)
    barred = csr_array((np.ones(len(log)), (log.users, log.items)), shape=(USERS, ITEMS))
    return fitted, past, barred


def test_a_ranker_moves_items_and_keeps_the_scores(world):
    fitted, past, barred = world
    plain = score_batch(replace(fitted, ranker=None), past, barred=barred)
    dealt = score_batch(fitted, past, barred=barred)
    assert (plain != dealt).any()
    for row in range(USERS):
        is_open = np.ones(ITEMS, dtype=bool)
        is_open[barred.indices[barred.indptr[row] : barred.indptr[row + 1]]] = False
        assert_array_equal(np.sort(plain[row][is_open]), np.sort(dealt[row][is_open]))
        popular = fitted.popular[is_open]
        first = int(np.argmax(dealt[row][is_open]))
        assert popular[first] <= np.quantile(popular, 0.2)


def test_a_list_as_served_is_the_ranking_with_a_ranker_too(world):
    """Without content there is neither a floor for statements nor a spread."""
    fitted, past, barred = world
    lists = served_lists(fitted, past, barred=barred, length=10)
    scores = score_batch(fitted, past, barred=barred)
    scores[barred.nonzero()] = -np.inf
    for row in range(0, USERS, 7):
        best = np.sort(scores[row])[::-1][:10]
        assert_allclose(scores[row][lists[row]], best, atol=1e-6)


def shortlist_of(count):
    vectors = np.zeros((count, 1), dtype=np.float32)
    return Shortlist(np.arange(count), vectors, np.zeros(count, dtype=bool))


def arranged(said, *, factors=None, sources=("neighbours", "popular", "recent")):
    """Eight items that a ranker turns round, least popular first; `said` is what was said."""
    items = np.arange(8)
    falling = as_floats(np.linspace(1.0, 0.3, 8))
    scored = [score_popular(items, falling, source=name) for name in sources]
    scored.append(score_popular(items, as_floats(said), source="said"))
    config = BlendConfig(weights={"neighbours": 1.0, "popular": 0.1})
    ranking = Ranking(ranker_by("popularity", -1.0), met())
    return arrange(
        scored,
        shortlist_of(8),
        config,
        met=2,
        barred=np.array([0]),
        length=7,
        factors=factors,
        ranking=ranking,
    )


def test_what_is_said_moves_a_list_that_a_ranker_has_dealt_out():
    silent = arranged(np.zeros(8))
    assert silent.blended.items[silent.picks].tolist() == [7, 6, 5, 4, 3, 2, 1]
    found = arranged([0, 1, 0, 0, 0, 0, 0, 0])
    assert found.blended.items[found.picks[0]] == 1
    again = arranged(np.zeros(8))
    assert_array_equal(again.blended.scores, silent.blended.scores)


def test_parts_and_what_was_moved_add_up_to_the_score():
    for factors in (None, as_floats([1, 1, 2, 1, 0.5, 1, 3, 1])):
        blended = arranged([0, 0.5, 0, 0, 1, 0, 0, 0], factors=factors).blended
        assert (blended.moved != 0).any()
        assert_allclose(blended.parts.sum(axis=1) + blended.moved, blended.scores, atol=1e-6)
    plain = arranged(np.zeros(8)).blended
    raised = boosted(plain, np.arange(8), as_floats(np.full(8, 2.0)))
    assert_allclose(raised.moved, 2 * plain.moved)


def test_where_a_source_is_left_out_the_blend_decides():
    found = arranged(np.zeros(8), sources=("neighbours", "popular"))
    assert found.blended.items[found.picks].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert found.blended.moved is None


def keys_and_locks(seed=0):
    """Everybody takes to locks after their keys: one item leads on, and the common ones mislead."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(300):
        start = rng.uniform(0, 300)
        pairs = rng.permutation(20)[:6]
        keys, locks = 40 + 2 * pairs, 41 + 2 * pairs
        past = [*keys[:4], *rng.choice(20, 8, replace=False), locks[0]]
        rng.shuffle(past)
        taken = enumerate([*past, *keys[4:], *locks[1:4]])
        rows += [(user, int(item), 1.0, start + step) for step, item in taken]
    return log_of(*rows, users=300, items=80)


SMALL = Budget(users=300, origins=1, length=30, by_user=True)


@pytest.fixture(scope="module")
def split():
    return user_split(keys_and_locks())


@pytest.fixture(scope="module")
def taught(split):
    return learn(split.train, split.validation, budget=SMALL)


def test_a_ranker_serves_where_users_it_never_saw_gain_and_helps_on_the_test(split, taught):
    known = join(split.train, split.validation)
    cases, fitted = Cases.of(known, split.test), refit(taught, known)
    past = csr_array(histories(known, fitted.history)[cases.users])
    with_it = merit(cases, score_batch(fitted, past, barred=cases.met))
    without = merit(cases, score_batch(replace(fitted, ranker=None), past, barred=cases.met))
    assert with_it > 1.03 * without


def test_the_report_tells_of_the_ranker(taught):
    told = taught.report["ranker"]
    assert told["gate"]["is_open"]
    assert told["gate"]["low"] > 0
    assert (told["users"], told["lists"]) == (300, 600)
    assert told["settings"]["rounds"] == len(taught.ranker.trees.root)
    assert set(told["features"]) <= set(FEATURES)
    assert taught.tries > told["tried"] == SMALL.ranker.trials


def test_a_ranker_is_learnt_alike_twice(split, taught):
    again = learn(split.train, split.validation, budget=SMALL)
    assert again.ranker.text == taught.ranker.text
    assert again.report == taught.report


def test_without_leave_nobody_learns_a_ranker(split):
    learned = learn(split.train, split.validation, budget=replace(SMALL, may_rank=False))
    assert learned.ranker is None
    assert "ranker" not in learned.report


def test_where_the_next_is_drawn_by_chance_no_ranker_serves():
    rng = np.random.default_rng(0)
    rows = [(user, int(item)) for user in range(200) for item in rng.permutation(40)[:12]]
    split = user_split(log_of(*rows, users=200, items=40))
    learned = learn(split.train, split.validation, budget=replace(SMALL, users=200))
    assert learned.ranker is None
    assert not learned.report["ranker"]["gate"]["is_open"]


def test_too_few_lists_teach_nothing(split):
    learned = learn(split.train, split.validation, budget=replace(SMALL, users=100))
    assert learned.ranker is None
    assert "ranker" not in learned.report


def test_other_settings_must_surely_win():
    """Twelve tries on lists whose wanted items are drawn by chance: the usual settings stay."""
    rng = np.random.default_rng(0)
    shape = (900, 20)
    wanted = np.zeros(shape, dtype=bool)
    wanted[np.arange(900), rng.integers(0, 20, 900)] = True
    lists = Candidates(
        np.tile(np.arange(20), (900, 1)),
        np.ones(shape, dtype=bool),
        as_floats(rng.random((*shape, WIDTH))),
        wanted,
        np.ones(900, dtype=np.int64),
    )
    chosen = choose_ranker(
        lists,
        users=np.arange(900),
        trials=12,
        search=Search(rehearsing.USUAL, rehearsing.drawn, must_win=True),
    )
    assert chosen.settings == dict(rehearsing.USUAL)
    assert chosen.ranker is None
    assert chosen.tries == 12


def vogue_lists():
    """At each of three moments another feature names what everybody takes to then."""
    rng = np.random.default_rng(0)
    shape = (360, 20)
    when = np.arange(360) % 3
    told = as_floats(rng.random((*shape, WIDTH)))
    told[:, :, 3] = when[:, None] * 20 + np.arange(20)  # names item and moment
    chosen = rng.integers(0, 20, 3)
    wanted = np.zeros(shape, dtype=bool)
    wanted[np.arange(360), chosen[when]] = True
    places, ones = np.tile(np.arange(20), (360, 1)), np.ones(360, dtype=np.int64)
    return Candidates(places, np.ones(shape, dtype=bool), told, wanted, ones), when


def test_what_was_in_vogue_at_a_moment_is_judged_by_other_moments():
    """Other users of the same moments would seem to prove it; other moments do not."""
    lists, when = vogue_lists()
    search = Search(rehearsing.USUAL | {"min_data_in_leaf": 20}, rehearsing.drawn, must_win=True)
    asked = {"users": np.arange(360), "trials": 1, "search": search}
    assert choose_ranker(lists, **asked).gate.is_open
    assert not choose_ranker(lists, moments=when, **asked).gate.is_open
