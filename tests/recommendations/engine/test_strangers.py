"""Strangers are served what they say they like, and the best of it first."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from core.arrays import as_floats
from recommendations.engine.arrange import Shortlist, arrange
from recommendations.engine.blend import BlendConfig, Bucket, Strangers
from recommendations.engine.deciding import Rehearsal
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Learned, Portrayed
from recommendations.engine.log import Log, take
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.engine.sources import score_popular, score_tags, score_taste
from recommendations.engine.strangers import blend_for_strangers, favoured
from recommendations.engine.validation import Cases, Fold
from recommendations.engine.welcoming import choose_for_strangers

ITEMS = np.arange(6)
POPULAR = as_floats([60, 50, 40, 30, 20, 10])
GOTHIC, SEA = 7, 8
# Gothic: 1, 3, 5; sea: 3, 4; the most popular item bears neither.
INDPTR = np.array([0, 0, 1, 1, 3, 4, 5])
TAGS = np.array([GOTHIC, GOTHIC, SEA, SEA, GOTHIC])


def config(closeness=0.0, **weights):
    told = Strangers({"popular": 1.0, "recent": 0.0, "portrait": 0.0, **weights}, closeness)
    return BlendConfig(strangers=told)


def scored(statements, popular=POPULAR):
    told = score_tags(ITEMS, INDPTR, TAGS, as_floats(np.ones(5)), statements)
    return [told, replace(told, source="said"), score_popular(ITEMS, popular)]


def served(statements, config, *, met=0):
    bare = Shortlist(ITEMS, np.zeros((6, 1), np.float32), np.zeros(6, dtype=bool))
    plain = BlendConfig(
        weights=config.weights, buckets=config.buckets, relevance=1.0, strangers=config.strangers
    )
    found = arrange(
        scored(statements), bare, plain, met=met, barred=np.empty(0, np.int64), length=6
    )
    return found.blended.items[found.picks].tolist()


def test_the_most_popular_of_what_was_named_comes_first_and_the_rest_after_it():
    assert served({GOTHIC: 0.9, SEA: 0.9}, config())[:4] == [1, 3, 4, 5]


def test_the_nearer_a_list_is_kept_the_more_it_counts_to_bear_all_that_was_named():
    assert served({GOTHIC: 0.9, SEA: 0.9}, config(closeness=1.0))[:4] == [3, 1, 4, 5]


def test_what_a_stranger_dislikes_comes_last():
    assert served({GOTHIC: 0.9, SEA: -0.9}, config())[:2] == [1, 5]
    loved = as_floats([10, 20, 30, 40, 90, 50])
    found = blend_for_strangers(scored({GOTHIC: 0.9, SEA: -0.9}, loved), config())
    assert found.items[-1] == 4


def test_who_took_to_something_is_served_as_before():
    assert served({GOTHIC: 0.9, SEA: 0.9}, config(), met=1)[0] == 3


def test_a_part_is_kept_of_everything_and_half_of_favour_is_what_was_said():
    found = blend_for_strangers(scored({GOTHIC: 0.9}), config())
    assert found.parts.sum(axis=1) == pytest.approx(found.scores)
    first = dict(zip(found.sources, found.parts[0].tolist(), strict=True))
    assert first["popular"] == pytest.approx(50 / 60 / 2)
    assert first["said"] == pytest.approx(50 / 60 / 2 + 0.1)


def test_where_nothing_is_said_what_is_popular_leads_even_if_it_had_no_weight():
    nothing = {"popular": 0.0, "tags": 0.0, "neighbours": 1.0}
    told = config()
    unweighed = BlendConfig(
        weights=nothing, buckets=(Bucket(0, nothing),), strangers=told.strangers
    )
    found = blend_for_strangers([score_popular(ITEMS, POPULAR)], unweighed)
    assert found.items.tolist() == [0, 1, 2, 3, 4, 5]
    assert found.scores[0] > found.scores[1]


def test_a_strangers_own_words_count_even_where_no_taste_was_found_to():
    vectors = as_floats([[0.6, 0.8], [0.8, 0.6], [0, 1], [0, 1], [0, 1], [1, 0]])
    words = score_taste(ITEMS, vectors, as_floats([[1, 0]]), as_floats([1]))
    weights = {"popular": 1.0, "taste": 0.0}
    unweighed = BlendConfig(weights=weights, strangers=config().strangers)
    found = blend_for_strangers([words, score_popular(ITEMS, POPULAR)], unweighed)
    assert set(found.items[:3].tolist()) == {0, 1, 5}
    told = dict(zip(found.sources, found.parts[0].tolist(), strict=True))
    assert told["taste"] > told["popular"]


def test_beside_tags_own_words_are_one_more_favour():
    vectors = as_floats([[0, 1], [0, 1], [0, 1], [0, 1], [0, 1], [1, 0]])
    words = score_taste(ITEMS, vectors, as_floats([[1, 0]]), as_floats([1]))
    found = blend_for_strangers([*scored({GOTHIC: 0.9}), words], config())
    assert found.items[:3].tolist() == [5, 1, 3]


def test_a_blend_remembers_how_strangers_are_served():
    assert BlendConfig.from_json(config(0.5).as_json()) == config(0.5)
    old = {name: value for name, value in config().as_json().items() if name != "strangers"}
    assert BlendConfig.from_json(old).strangers is None


def test_strangers_are_asked_for_the_portrait_only_where_it_counts_for_them():
    assert config(portrait=1.0).asks("portrait", 0)
    assert not config().asks("portrait", 0)
    assert not config(portrait=1.0).asks("portrait", 1)


def test_what_bears_nothing_that_was_named_counts_a_thousandth():
    told = config().strangers
    found = favoured(as_floats([1.0, 0.0]), {"popular": as_floats([0.5, 1.0])}, told)
    assert found.tolist() == pytest.approx([0.6, 0.001])


def shelved_log(rng):
    """Two hundred readers of four shelves of thirty; of each shelf ten items are read by most."""
    rows = []
    for user in range(200):
        odds = np.where(np.arange(30) < 10, 5.0, 1.0)
        read = rng.choice(30, 12, replace=False, p=odds / odds.sum())
        rows += [(user, 30 * (user % 4) + item) for item in read]
    users, items = np.array(rows).T
    times = np.arange(len(rows), dtype=np.float64)
    return Log(users, items, np.ones(len(rows), np.float32), times, n_users=200, n_items=120)


def test_learning_finds_that_what_bears_more_of_what_is_named_serves_best():
    log = shelved_log(np.random.default_rng(0))
    is_last = np.arange(len(log)) % 12 >= 8
    past, future = take(log, ~is_last), take(log, is_last)
    shelves, well_read = np.arange(120) // 30, np.flatnonzero(np.arange(120) % 30 < 10)
    places = (np.append(np.arange(120), well_read), np.append(shelves, 4 + shelves[well_read]))
    borne = csr_array((np.ones(160, np.float32), places))
    stated = csr_array((200, 8), dtype=np.float32)
    rehearsal = Rehearsal(Fold(past, Cases.of(past, future)), Portrayed(stated, borne))
    told, report = choose_for_strangers(learned_by_default(), [rehearsal])
    assert told.closeness > 0
    best = max(report["tried"], key=lambda one: one["merit"])
    assert {**told.weights, "closeness": told.closeness} == {
        name: value for name, value in best.items() if name != "merit"
    }
    assert report["users"] == 200


def learned_by_default(blend=None):
    choices = (NeighboursConfig(), HistoryConfig(), PopularityConfig(window_share=0.2))
    return Learned.of_choices(*choices, blend or BlendConfig(), {})


def in_vogue(rng, strangers):
    """Twelve items that all readers know of old, of which they read on; and twenty that came of
    late, which is what new readers begin with."""
    rows = []
    for user in range(100):
        read = rng.permutation(12)
        rows += [(user, item, day < 8) for day, item in enumerate(read)]
    rows += [(100 + user, 12 + user % 20, True) for user in range(250)]
    new = range(350, 350 + strangers)
    rows += [(user, 12 + (user + step) % 20, False) for user in new for step in (0, 7)]
    users, items, is_past = (np.array(column) for column in zip(*rows, strict=True))
    ones, when = np.ones(len(rows), np.float32), np.arange(len(rows), dtype=np.float64)
    log = Log(users, items, ones, when, n_users=350 + strangers, n_items=32)
    past, future = take(log, is_past), take(log, ~is_past)
    return Rehearsal(Fold(past, Cases.of(past, future)), None)


LATELY = BlendConfig(weights={"recent": 1.0, "popular": 0.0})


@pytest.mark.parametrize(
    ("blend", "strangers", "as_others"),
    [
        (LATELY, 80, True),
        (LATELY, 20, False),  # too few to say so
        (BlendConfig(weights={"neighbours": 1.0}), 80, False),  # which say nothing to a stranger
    ],
)
def test_whether_who_said_nothing_is_served_as_others_is_told_by_real_strangers(
    blend, strangers, as_others
):
    rehearsal = in_vogue(np.random.default_rng(0), strangers)
    told, report = choose_for_strangers(learned_by_default(blend), [rehearsal])
    assert told.weights["popular"] > 0
    assert told.as_others == as_others
    assert report["silent"]["users"] == strangers
    assert ("merits" in report["silent"]) == as_others


def test_who_said_nothing_may_be_served_by_the_learnt_weights():
    recent = score_popular(ITEMS, POPULAR[::-1], source="recent")
    told = replace(config().strangers, as_others=True)
    learnt = BlendConfig(weights={"recent": 1.0}, strangers=told)
    spoken = [score_popular(ITEMS, POPULAR), recent]
    assert blend_for_strangers(spoken, learnt).items.tolist() == [5, 4, 3, 2, 1, 0]
    beside = replace(learnt, strangers=config().strangers)
    assert blend_for_strangers(spoken, beside).items.tolist() == [0, 1, 2, 3, 4, 5]
