"""What texts say of items is a prior of what comes next, as far as validation lets it."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from core.arrays import unit_rows
from recommendations.engine.blend import BlendConfig
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.fitting import refit
from recommendations.engine.head import TEXT_RIDGE, Following
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Content, Learned
from recommendations.engine.learning import Budget, learn
from recommendations.engine.linking import LEAST_GAIN
from recommendations.engine.members import TEXTS, Trial, choose_members
from recommendations.engine.neighbours import NeighboursConfig, fit_neighbours
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.sequential import Sequential, SequentialConfig
from recommendations.engine.shortlist import centred
from recommendations.engine.splits import user_split
from recommendations.engine.validation import user_folds
from tests.recommendations.engine.worlds import drifting, log_of

USERS, ITEMS, TOPICS = 150, 300, 6
NEXT_ALONE = NeighboursConfig("mix", walk_share=0.0, ease_share=0.0, next_share=1.0, length=30)


def topical(seed=0):
    """Users of one topic each, who take to ten of its fifty items: few share much."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(USERS):
        own = rng.permutation(np.arange(user % TOPICS, ITEMS, TOPICS))[:10]
        rows += [(user, int(item), 1.0, float(step)) for step, item in enumerate(own)]
    return log_of(*rows, users=USERS, items=ITEMS)


def texts(seed=0):
    """Texts that tell the topic, each in words of its own."""
    rng = np.random.default_rng(seed)
    topic = np.eye(TOPICS)[np.arange(ITEMS) % TOPICS]
    own = rng.normal(0, 0.15, (ITEMS, 2 * TOPICS))
    own[:, :TOPICS] += topic
    return unit_rows(own.astype(np.float32))


def chosen(vectors):
    split = user_split(topical())
    fold = user_folds(split.train, split.validation)[0]
    tried = {}
    found = choose_members(
        [Trial.of(fold, 1_000, vectors)],
        NeighboursConfig(length=30, dense_limit=1_000),
        HistoryConfig(),
        tried.__setitem__,
    )
    ways = [config for config, _ in found]
    return ways, {name: height for name, height in tried.items() if name.startswith("next(")}


def test_the_model_is_drawn_to_texts_as_the_sequential_model_is():
    log, items = drifting(), np.arange(60)
    vectors = unit_rows(np.random.default_rng(2).normal(size=(60, 5)).astype(np.float32))
    vectors[7] = 0.0
    middled = centred(vectors, np.asarray(vectors.any(axis=1)))
    config = SequentialConfig(
        fading=3.0, whole=0.4, ridge=5.0, text_ridge=TEXT_RIDGE, text_share=0.3
    )
    whole = Sequential(config, middled).fit(log).links()
    solved = Following.of(log, items, ridge=5.0, fading=3.0, whole=0.4, vectors=vectors)
    assert_allclose(solved.links(0.3).links, whole, atol=1e-5)
    assert not np.allclose(solved.links(0.0).links, whole, atol=1e-3)


def test_what_comes_next_is_drawn_to_texts_that_tell_where_there_are_any():
    (plain, told), tried = chosen(texts())
    assert plain.next_text == 0.0
    assert told.next_text in TEXTS
    assert max(tried.values()) > 1.05 * max(
        height for name, height in tried.items() if name.endswith("next_text=0)")
    )
    [silent], asked = chosen(None)
    assert silent == plain
    assert len(tried) == len(asked) + len(TEXTS)


def test_without_texts_a_fit_does_without():
    log, drawn = topical(), replace(NEXT_ALONE, next_text=0.3)
    plain = fit_neighbours(log, NEXT_ALONE)
    assert_array_equal(fit_neighbours(log, drawn).weights, plain.weights)
    assert_array_equal(fit_neighbours(log, NEXT_ALONE, vectors=texts()).weights, plain.weights)
    assert not np.allclose(fit_neighbours(log, drawn, vectors=texts()).weights, plain.weights)


def test_what_is_fitted_and_what_is_rehearsed_know_the_texts():
    split, content = user_split(topical()), Content(vectors=texts())
    config = replace(NEXT_ALONE, next_text=0.3)
    choices = Learned.of_choices(config, HistoryConfig(), PopularityConfig(), BlendConfig(), {})
    known = fit_neighbours(split.train, config, vectors=content.vectors)
    fitted = refit(choices, split.train, content=content)
    assert_array_equal(fitted.neighbours.weights, known.weights)
    rehearsal = Rehearsal(user_folds(split.train, split.validation)[0], None, content)
    assert_array_equal(rehearsal.fitted(choices).neighbours.weights, known.weights)


def test_texts_have_a_say_in_links_where_the_blend_with_all_else_is_better():
    split, content = user_split(topical()), Content(vectors=texts())
    budget = Budget(users=50, length=30, by_user=True, may_feel=False, may_rank=False)
    learned = learn(split.train, split.validation, content=content, budget=budget)
    blends = {
        one["choice"]: one["merit"]
        for one in learned.report["tried"]
        if one["choice"].startswith("blend(")
    }
    assert len(blends) == 2
    without = blends.pop("blend(next_text=0)")
    [(told, merit)] = blends.items()
    chosen = told if merit > LEAST_GAIN * without else "blend(next_text=0)"
    assert chosen == f"blend(next_text={learned.neighbours.config.next_text:g})"
    assert learned.report["mix"]["shares"]["next"] == learned.neighbours.config.next_share
