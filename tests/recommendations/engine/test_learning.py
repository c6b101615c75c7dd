from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from core.arrays import as_floats, unit_rows
from core.errors import InvalidError
from recommendations.engine.blend import PLACES, BlendConfig, Bucket, blend
from recommendations.engine.condense import condense
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig, histories, histories_of, history_of
from recommendations.engine.learned import Content, Learned, score_batch, source_rows
from recommendations.engine.learning import Budget, learn
from recommendations.engine.log import join, last_moment, take
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig, popularity
from recommendations.engine.served import scores_of, served_lists
from recommendations.engine.shortlist import best_of
from recommendations.engine.sources import (
    score_neighbours,
    score_popular,
    score_tags,
    score_taste,
)
from recommendations.engine.splits import time_split, user_split
from recommendations.engine.tastes import tastes_of
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


def shortlisted(learned, past, content, barred):
    """Ask every source about one user as a request does, and keep what the shortlists name."""
    everything, tags = np.arange(ITEMS), content.tags
    [taste] = tastes_of(csr_array(laid_out(past)), content.vectors)
    stated = (laid_out(past) @ tags).ravel()
    scored = [
        score_neighbours(
            past, learned.neighbours.ids[past.items], learned.neighbours.weights[past.items]
        ),
        score_popular(everything, learned.popular),
        score_popular(everything, learned.recent, source="recent"),
        score_taste(
            everything,
            content.vectors,
            as_floats([one.vector for one in taste]),
            as_floats([one.weight for one in taste]),
        ),
        score_tags(everything, tags.indptr, tags.indices, tags.data, dict(enumerate(stated))),
    ]
    named = [best_of(one.items, one.scores, barred=barred, most=PLACES) for one in scored]
    items = np.unique(np.concatenate(named))
    return [cut_down(one, items) for one in scored]


def laid_out(past):
    row = np.zeros((1, ITEMS), dtype=np.float32)
    row[0, past.items] = past.weights
    return row


def cut_down(scored, items):
    kept = np.isin(scored.items, items)
    columns = ("items", "scores", "carriers", "shares")
    return replace(scored, **{name: getattr(scored, name)[kept] for name in columns})


@pytest.mark.parametrize("days_ago", [0, 2_000])
def test_a_shortlist_is_scored_like_the_whole_catalogue(everything, content, days_ago):
    log = drifting()
    log = replace(log, times=log.times - days_ago * 86_400.0 * (log.users % 2))
    users = np.arange(0, USERS, 9)
    met = csr_array((np.ones(len(log)), (log.users, log.items)), shape=(USERS, ITEMS))
    past = histories(log, everything.history)[users]
    batch = score_batch(everything, past, content, barred=met[users])
    for row, user in enumerate(users):
        own = take(log, log.users == user)
        one = condense(history_of(own.items, own.weights, own.times, everything.history))
        scored = shortlisted(everything, one, content, np.unique(own.items))
        liked = int((one.weights > 0).sum())
        blended = blend(scored, everything.blend, met=liked)
        assert_allclose(blended.scores, batch[row][blended.items], atol=1e-5)


def test_barred_items_are_given_some_finite_score(everything, content):
    past = csr_array((1, ITEMS), dtype=np.float32)
    barred = csr_array(np.ones((1, ITEMS)))
    assert np.isfinite(score_batch(everything, past, content, barred=barred)).all()


def test_lists_as_served_hold_nothing_barred_and_no_item_twice(everything, content):
    log = drifting()
    past = histories(log, everything.history)[:7]
    barred = csr_array((np.ones(len(log)), (log.users, log.items)), shape=(USERS, ITEMS))[:7]
    lists = served_lists(everything, past, content, barred=barred, length=10)
    assert lists.shape == (7, 10)
    for row, items in enumerate(lists):
        assert len(set(items)) == 10
        assert not barred[[row]].toarray()[0][items].any()
    scores = scores_of(lists, ITEMS)
    assert np.argsort(-scores, axis=1)[:, :10].tolist() == lists.tolist()


def test_a_list_as_served_is_the_ranking_but_for_statements_and_spread(everything):
    """Without content there are neither, so the two must be the same."""
    log = drifting()
    past = histories(log, everything.history)
    barred = csr_array((np.ones(len(log)), (log.users, log.items)), shape=(USERS, ITEMS))
    lists = served_lists(everything, past, barred=barred, length=10)
    scores = score_batch(everything, past, barred=barred)
    scores[barred.nonzero()] = -np.inf
    for row in range(0, USERS, 11):
        best = np.sort(scores[row])[::-1][:10]
        assert_allclose(scores[row][lists[row]], best, atol=1e-6)


def test_learning_twice_chooses_the_same(world):
    first, second = (learn(world.train, world.validation, budget=SMALL) for _ in range(2))
    assert first.blend == second.blend
    assert first.neighbours.config == second.neighbours.config
    assert first.recent_config == second.recent_config
    assert first.report == second.report


def test_what_is_learnt_beats_popularity_where_tastes_differ(world):
    learned = learn(world.train, world.validation, budget=SMALL)
    known = join(world.train, world.validation)
    fitted, cases = refit(learned, known), Cases.of(known, world.test)
    past = histories(known, fitted.history)[cases.users]
    popular = np.tile(popularity(known, now=last_moment(known)), (len(cases), 1))
    assert merit(cases, score_batch(fitted, past, barred=cases.met)) > 1.5 * merit(
        cases, as_floats(popular)
    )


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
    ours = merit(cases, score_batch(fitted, past, barred=cases.met))
    assert ours > 0.95 * max(found.values())
    assert ours > 1.5 * found[None]
    of_late = learned.blend.weights["recent"] + learned.blend.weights["trending"]
    assert of_late > learned.blend.weights["popular"]


def test_refitting_keeps_the_choices_and_forgets_the_rows(everything):
    half = take(drifting(), np.arange(900))
    again = refit(everything, half)
    assert again.blend == everything.blend
    assert again.neighbours.config == everything.neighbours.config
    assert again.popular.sum() < everything.popular.sum()


def test_some_histories_are_those_of_all():
    log, config = drifting(), HistoryConfig(half_life_steps=2, half_life_days=9, dislike=0.5)
    users = np.array([7, 3, 90])
    expected = histories(log, config)[users].toarray()
    assert np.count_nonzero(expected)
    assert_allclose(histories_of(log, users, config).toarray(), expected, atol=0)


def test_nothing_to_validate_on_is_refused():
    log = log_of((0, 0), (0, 1))
    with pytest.raises(InvalidError, match="nothing to validate"):
        learn(log, log)


def test_the_report_names_everything_that_was_tried(world):
    split = user_split(drifting())
    learned = learn(split.train, split.validation, budget=replace(SMALL, origins=1))
    tried = [one["choice"] for one in learned.report["tried"]]
    ways = ("walk(", "ease(", "damped(", "next(", "cosine(", "dropout(", "graph(")
    for name in ("PopularityConfig", *ways, "HistoryConfig"):
        assert any(name in one for one in tried)
    assert all(0 <= one["merit"] <= 1 for one in learned.report["tried"])
    assert learned.report["blend"]["all"] > 0


def test_all_sources_cover_the_same_table(everything, content):
    past = histories(drifting(), everything.history)[:4]
    rows = source_rows(everything, past, content)
    assert {one.shape for one in rows.values()} == {(4, ITEMS)}
