from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from core.arrays import as_floats, unit_rows
from core.errors import InvalidError
from recommendations.engine.blend import BlendConfig, Bucket
from recommendations.engine.history import HistoryConfig, histories, history_of
from recommendations.engine.learned import (
    Content,
    Learned,
    rank_user,
    score_batch,
    score_user,
    source_rows,
)
from recommendations.engine.learning import Budget, last_moment, learn, refit
from recommendations.engine.log import join, take
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig, popularity
from recommendations.engine.splits import time_split, user_split
from recommendations.engine.validation import Cases, merit
from tests.recommendations.engine.worlds import drifting, log_of

SMALL = Budget(users=200, origins=2, length=30)
USERS, ITEMS = 160, 60


@pytest.fixture(scope="module")
def world():
    return time_split(drifting())


@pytest.fixture(scope="module")
def content():
    rng = np.random.default_rng(5)
    return Content(
        vectors=unit_rows(as_floats(rng.normal(size=(ITEMS, 8)))),
        tags=csr_array((rng.random((ITEMS, 6)) < 0.4).astype(np.float32)),
    )


@pytest.fixture(scope="module")
def everything(content):
    """A model in which every source, scale and bucket has a part."""
    weights = {"neighbours": 1.0, "popular": 0.3, "recent": 0.4, "taste": 0.5, "tags": 0.6}
    blend = BlendConfig(
        weights=weights,
        pool=ITEMS,
        scales={"popular": "rank", "taste": "rank"},
        buckets=(Bucket(0, weights | {"popular": 1.0}), Bucket(5, weights | {"tags": 0.1})),
    )
    choices = Learned.of_choices(
        NeighboursConfig("mix", ridge=5.0, sequence_share=0.5, length=20),
        HistoryConfig(half_life_days=60, dislike=0.5),
        PopularityConfig(half_life_days=30, others=((None, 0.1),)),
        blend,
        {},
    )
    return refit(choices, drifting())


@pytest.mark.parametrize("days_ago", [0, 2_000])
def test_many_users_at_once_are_scored_like_one_at_a_time(everything, content, days_ago):
    log = drifting()
    log = replace(log, times=log.times - days_ago * 86_400.0 * (log.users % 2))
    users = np.arange(0, USERS, 9)
    batch = score_batch(everything, histories(log, everything.history)[users], content)
    for row, user in enumerate(users):
        own = take(log, log.users == user)
        past = history_of(own.items, own.weights, own.times, everything.history)
        blended = rank_user(everything, past, content)
        one = np.zeros(ITEMS, dtype=np.float32)
        one[blended.items] = blended.scores
        assert_allclose(batch[row], one, atol=1e-5)


def test_a_stranger_is_scored_the_same_both_ways(everything, content):
    empty = log_of(users=1, items=ITEMS)
    past = history_of(empty.items, empty.weights, empty.times, everything.history)
    blended = rank_user(everything, past, content)
    batch = score_batch(everything, csr_array((1, ITEMS), dtype=np.float32), content)
    assert_allclose(batch[0][blended.items], blended.scores, atol=1e-5)


def test_every_source_speaks_for_one_user(everything, content):
    own = drifting()
    own = take(own, own.users == 3)
    past = history_of(own.items, own.weights, own.times, everything.history)
    names = [one.source for one in score_user(everything, past, content)]
    assert names == ["neighbours", "popular", "recent", "taste", "tags"]


def test_learning_twice_chooses_the_same(world):
    first, second = (learn(world.train, world.validation, budget=SMALL) for _ in range(2))
    assert first.blend == second.blend
    assert first.neighbours.config == second.neighbours.config
    assert first.recent_config == second.recent_config
    np.testing.assert_array_equal(first.neighbours.ids, second.neighbours.ids)
    assert first.report == second.report


def test_what_is_learnt_beats_popularity_where_tastes_differ(world):
    learned = learn(world.train, world.validation, budget=SMALL)
    known = join(world.train, world.validation)
    fitted, cases = refit(learned, known), Cases.of(known, world.test)
    past = histories(known, fitted.history)[cases.users]
    popular = np.tile(popularity(known, now=last_moment(known)), (len(cases), 1))
    assert merit(cases, score_batch(fitted, past)) > 1.5 * merit(cases, as_floats(popular))


def vogue():
    """Everyone takes to this week's items whoever they are; the past tells nothing."""
    rng = np.random.default_rng(2)
    rows = []
    for week in range(40):
        users = rng.choice(300, 25, replace=False)
        for user in users:
            item = week // 2 if rng.random() < 0.7 else week // 2 + 1
            rows.append((int(user), item, 1.0, week * 7.0 + rng.random()))
    return log_of(*rows, users=300, items=22)


def test_where_only_the_vogue_counts_recent_popularity_leads():
    split = time_split(vogue())
    learned = learn(split.train, split.validation, budget=replace(SMALL, origins=3))
    known = join(split.train, split.validation)
    fitted, cases = refit(learned, known), Cases.of(known, split.test)
    past = histories(known, fitted.history)[cases.users]
    found = {
        share: merit(cases, as_floats(np.tile(row, (len(cases), 1))))
        for share in (0.02, 0.05, 0.1, None)
        for row in [popularity(known, now=last_moment(known), window_share=share)]
    }
    ours = merit(cases, score_batch(fitted, past))
    assert ours > 0.95 * max(found.values())
    assert ours > 1.5 * found[None]
    assert learned.blend.weights["recent"] > learned.blend.weights["popular"]


def test_refitting_keeps_the_choices_and_forgets_the_rows(everything):
    half = take(drifting(), np.arange(900))
    again = refit(everything, half)
    assert again.blend == everything.blend
    assert again.neighbours.config == everything.neighbours.config
    assert again.popular.sum() < everything.popular.sum()


def test_nothing_to_validate_on_is_refused():
    log = log_of((0, 0), (0, 1))
    with pytest.raises(InvalidError, match="nothing to validate"):
        learn(log, log)


def test_the_report_names_everything_that_was_tried(world):
    split = user_split(drifting())
    learned = learn(split.train, split.validation, budget=replace(SMALL, origins=1))
    tried = [one["choice"] for one in learned.report["tried"]]
    for name in ("PopularityConfig", "rp3beta", "'ease'", "'mix'", "HistoryConfig"):
        assert any(name in one for one in tried)
    assert all(0 <= one["merit"] <= 1 for one in learned.report["tried"])
    assert learned.report["blend"]["all"] > 0


def test_all_sources_cover_the_same_table(everything, content):
    past = histories(drifting(), everything.history)[:4]
    rows = source_rows(everything, past, content)
    assert {one.shape for one in rows.values()} == {(4, ITEMS)}
