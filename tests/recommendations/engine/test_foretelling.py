"""A sequence model counts in a ranking only where the order of a past surely tells more."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from core.arrays import as_floats
from recommendations.engine.blend import BlendConfig, Bucket
from recommendations.engine.causal import CausalConfig, CausalTransformer
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.foretelling import Weighed, choose_sequence
from recommendations.engine.history import HistoryConfig, histories_of
from recommendations.engine.learned import Content, Learned, score_batch
from recommendations.engine.log import Log, take
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.ranker import Ranker
from recommendations.engine.reranking import FEATURES, ServedRanker
from recommendations.engine.sequence import (
    Foreteller,
    likelihoods,
    newest_liked,
    score_sequence,
)
from recommendations.engine.served import served_lists
from recommendations.engine.validation import Cases, Fold

GROUPS = 6
ITEMS = 4 * GROUPS
FIRST, ASKED = 240, 240
QUICK = CausalConfig(
    length=6, width=16, blocks=1, heads=1, dropout=0.0, epochs=25, batch=64, rate=1e-2
)


def log_of(rows: list[tuple[int, int, float]]) -> Log:
    users, items, times = (np.array(column) for column in zip(*rows, strict=True))
    return Log(
        users=users.astype(np.int64),
        items=items.astype(np.int64),
        weights=np.ones(len(rows), dtype=np.float32),
        times=times.astype(np.float64),
        n_users=FIRST + ASKED,
        n_items=ITEMS,
    )


def way(user: int, *, tells: bool = True) -> list[int]:
    """Of four items whoever takes the first before the second takes to the third, else the fourth.

    Where the order tells nothing, seven of ten take to the third.
    """
    first = 4 * (user % GROUPS)
    turned = (user // GROUPS) % 2
    ends = turned if tells else int((user // GROUPS // 2) % 10 >= 7)
    pair = [first + 1, first] if turned else [first, first + 1]
    return [*pair, first + 2 + ends]


def world(*, tells: bool = True) -> tuple[Log, Fold]:
    """Whole ways on days 0 to 2, and then users who are on their third step on day 12."""
    ways = [way(user, tells=tells) for user in range(FIRST + ASKED)]
    earlier = [(user, item, day) for user in range(FIRST) for day, item in enumerate(ways[user])]
    asked = range(FIRST, FIRST + ASKED)
    begun = [(user, ways[user][day], 10 + day) for user in asked for day in (0, 1)]
    past = log_of([*earlier, *begun])
    future = log_of([(user, ways[user][2], 12) for user in asked])
    return past, Fold(past, Cases.of(past, future))


def taught(past: Log) -> Foreteller:
    network, vectors = CausalTransformer(QUICK).fit(take(past, past.times < 10)).served()
    return Foreteller("model", network, vectors, before=10.0)


@pytest.fixture(scope="module")
def foreteller() -> Foreteller:
    return taught(world()[0])


def choices() -> Learned:
    return Learned.of_choices(
        NeighboursConfig(length=20), HistoryConfig(), PopularityConfig(), BlendConfig(), {}
    )


def test_order_that_tells_opens_the_gate(foreteller):
    _, fold = world()
    found = choose_sequence(choices(), [Rehearsal(fold, None)], Content(), foreteller)
    assert found.gate.is_open
    assert found.gate.users == ASKED
    assert found.figures["added"] > found.figures["today"]
    told = found.as_json()
    assert told["share"] == found.best.share > 0


def test_order_that_tells_nothing_leaves_it_closed():
    past, fold = world(tells=False)
    found = choose_sequence(choices(), [Rehearsal(fold, None)], Content(), taught(past))
    assert not found.gate.is_open


def test_nobody_is_judged_by_what_the_model_knows_already(foreteller):
    past, fold = world()
    early = Fold(take(past, past.times < 10), fold.cases)
    assert foreteller.rows(early.past, fold.cases.users) is None
    rehearsals = [Rehearsal(early, None)]
    assert choose_sequence(choices(), rehearsals, Content(), foreteller) is None


def test_no_weight_is_judged_by_users_who_chose_it(foreteller, monkeypatch):
    """What one half of the users learns is told to the other half alone."""
    seen = []

    def best(table):
        seen.append(table.shape[1])
        return Weighed(1.0, "max")

    monkeypatch.setattr("recommendations.engine.foretelling._best", best)
    _, fold = world()
    choose_sequence(choices(), [Rehearsal(fold, None)], Content(), foreteller)
    assert sorted(seen) == [ASKED // 2, ASKED // 2, ASKED]


def ranker_of(seed: int) -> ServedRanker:
    """One that would rank by whatever a seed draws."""
    drawn = np.random.default_rng(seed)
    told = as_floats(drawn.random((2_000, len(FEATURES))))
    knobs = {"num_leaves": 7, "min_data_in_leaf": 20, "verbose": -1, "num_threads": 1}
    trees = lightgbm.train(knobs, lightgbm.Dataset(told, told @ drawn.normal(size=len(FEATURES))))
    return ServedRanker.parse(trees.model_to_string(), {"rounds": 10, "min_data_in_leaf": 20})


def test_a_ranker_that_has_learnt_from_the_judges_does_not_judge(foreteller):
    """Others stand in for it, the same ones whatever it has learnt."""
    _, fold = world()
    found = [
        choose_sequence(
            replace(choices(), ranker=ranker_of(seed)),
            [Rehearsal(fold, None)],
            Content(),
            foreteller,
        )
        for seed in (1, 2)
    ]
    assert found[0].as_json() == found[1].as_json()
    assert found[0].gate.users == ASKED


@pytest.mark.parametrize("moments", [1, 2])
def test_stand_ins_learn_from_the_other_half_at_the_other_moment(foreteller, monkeypatch, moments):
    seen, fit = [], Ranker.fit

    def learnt(lessons, settings):
        seen.append(len(lessons.wanted))
        return fit(lessons, settings)

    monkeypatch.setattr(Ranker, "fit", learnt)
    _, fold = world()
    learned = replace(choices(), ranker=ranker_of(1))
    rehearsals = [Rehearsal(fold, None) for _ in range(moments)]
    choose_sequence(learned, rehearsals, Content(), foreteller)
    assert seen == [ASKED // 2] * 2 * moments


def test_lists_and_scores_of_the_catalogue_heed_it_alike(foreteller):
    past, fold = world()
    users, met = fold.cases.users, fold.cases.met
    learned = Rehearsal(fold, None).fitted(choices())
    learned = replace(learned, blend=Weighed(1.0, "max").within(learned.blend), sequence="model")
    learned = replace(learned, blend=replace(learned.blend, relevance=1.0))
    told = foreteller.rows(past, users)
    history = histories_of(past, users, learned.history)
    scores = score_batch(learned, history, barred=met, foretold=told)
    lists = served_lists(learned, history, barred=met, length=1, foretold=told)
    scores[met.nonzero()] = -np.inf
    assert lists[:, 0].tolist() == scores.argmax(axis=1).tolist()
    wanted = [int(fold.cases.relevant(row)[0]) for row in range(len(users))]
    assert np.mean(lists[:, 0] == wanted) > 0.95
    without = score_batch(learned, history, barred=met)
    without[met.nonzero()] = -np.inf
    assert np.mean(without.argmax(axis=1) == wanted) < 0.7


def test_a_share_is_one_of_the_weightiest_other_source():
    blend = BlendConfig(weights={"a": 0.5, "b": 0.2}, buckets=(Bucket(5, {"a": 0.1, "b": 2.0}),))
    given = Weighed(0.5, "rank").within(blend)
    assert given.weights["sequence"] == 0.25
    assert given.buckets[0].weights["sequence"] == 1.0
    assert given.scales["sequence"] == "rank"
    again = Weighed(1.0, "max").within(given)
    assert (again.weights["sequence"], again.buckets[0].weights["sequence"]) == (0.5, 2.0)


def test_an_item_without_a_place_has_score_nought_and_all_others_more():
    vectors = np.array([[1.0, 0.0], [0.0, 0.0], [-90.0, 0.0]], dtype=np.float32)
    awaited = np.array([1.0, 0.0], dtype=np.float32)
    scores = likelihoods(vectors, awaited)
    assert scores[1] == 0.0
    assert scores[0] == pytest.approx(np.e)
    assert scores[2] >= 0.0
    scored = score_sequence(np.array([4, 5, 6]), vectors, awaited)
    np.testing.assert_array_equal(scored.scores, scores)


def test_the_newest_likings_in_order_of_time():
    log = log_of([(1, 3, 5.0), (0, 1, 1.0), (1, 2, 4.0), (1, 9, 6.0), (2, 8, 1.0)])
    log.weights[3] = -1.0
    found = newest_liked(log, np.array([1, 2, 7]), 1)
    assert [one.tolist() for one in found] == [[3], [8], []]
    assert newest_liked(log, np.array([1]), 9)[0].tolist() == [2, 3]
