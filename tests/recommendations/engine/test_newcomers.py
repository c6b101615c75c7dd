import numpy as np
import pytest

from recommendations.engine.blend import BlendConfig
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Content, Learned
from recommendations.engine.log import Log, take
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.newcomers import choose_share, newcomers_of, with_newcomers
from recommendations.engine.popular import PopularityConfig

SHELF, TAKEN = 12, 6


def world(shelf: int = SHELF, *, users: int = 60) -> tuple[Log, Content]:
    """Two shelves, told by their texts; each reader keeps to one and takes six items of it."""
    rng = np.random.default_rng(0)
    rows = [
        (user, shelf * (user % 2) + item)
        for user in range(users)
        for item in rng.permutation(shelf)[:TAKEN]
    ]
    people, items = np.array(rows).T
    log = Log(
        users=people,
        items=items,
        weights=np.ones(len(rows), dtype=np.float32),
        times=np.arange(len(rows), dtype=np.float64),
        n_users=users,
        n_items=2 * shelf,
    )
    vectors = np.zeros((2 * shelf, 3), dtype=np.float32)
    vectors[:shelf, 0] = vectors[shelf:, 1] = 1.0
    return log, Content(vectors=vectors)


def fitted(log: Log) -> Learned:
    choices = Learned.of_choices(
        NeighboursConfig(model="rp3beta"),
        HistoryConfig(),
        PopularityConfig(),
        BlendConfig(weights={"neighbours": 1.0}),
        {},
    )
    return refit(choices, log)


def test_a_newcomer_is_linked_as_the_items_like_it_are():
    log, content = world()
    known = take(log, log.items != 0)
    assert newcomers_of(known).nonzero()[0].tolist() == [0]
    table = with_newcomers(fitted(known), known, content, 0.5).neighbours.table()
    plain = fitted(known).neighbours.table()
    near = plain[[1], :].toarray()[0]
    # Five of its shelf are equally near; what leads to them leads to it, half as strongly.
    lenders = [1, 2, 3, 4, 5]
    expected = 0.5 * plain[:, lenders].toarray().mean(axis=1)
    np.testing.assert_allclose(table[:, [0]].toarray()[1:, 0], expected[1:], rtol=1e-5)
    assert (expected[1:SHELF] > 0).all()
    assert not expected[SHELF:].any()
    np.testing.assert_allclose(
        table[[0], :].toarray()[0, 1:],
        plain[lenders].toarray().mean(axis=0)[1:],
        rtol=1e-5,
    )
    np.testing.assert_array_equal(table[[1], :].toarray()[0, 1:], near[1:])


def test_what_was_linked_before_is_linked_as_before_and_rows_stay_in_order():
    log, content = world()
    known = take(log, ~np.isin(log.items, [0, SHELF]))
    plain, lent = fitted(known), with_newcomers(fitted(known), known, content, 1.0)
    warm = np.setdiff1d(np.arange(2 * SHELF), [0, SHELF])
    np.testing.assert_array_equal(
        lent.neighbours.table()[warm][:, warm].toarray(),
        plain.neighbours.table()[warm][:, warm].toarray(),
    )
    assert (np.diff(lent.neighbours.weights, axis=1) <= 0).all()
    assert ((lent.neighbours.ids >= 0) == (lent.neighbours.weights > 0)).all()


@pytest.mark.parametrize("content", [None, Content()])
def test_without_texts_or_a_share_nothing_changes(content):
    log, texts = world()
    learned = fitted(log)
    assert with_newcomers(learned, log, content, 1.0) is learned
    assert with_newcomers(learned, log, texts, 0.0) is learned


def cut(log: Log) -> tuple[Log, Log]:
    last = np.array([row % TAKEN >= TAKEN - 2 for row in range(len(log))])
    return take(log, ~last), take(log, last)


def test_links_are_lent_where_texts_tell_who_takes_to_what_is_new():
    log, content = world(60, users=400)
    train, validation = cut(log)
    chosen = choose_share(fitted(train), train, validation, content)
    assert chosen["share"] > 0
    assert [one["share"] for one in chosen["tried"]] == [0.0, 0.25, 0.5, 1.0]


def test_nothing_is_lent_where_texts_mislead():
    log, content = world(60, users=400)
    train, validation = cut(log)
    mixed = np.random.default_rng(1).permutation(content.vectors)
    assert choose_share(fitted(train), train, validation, Content(vectors=mixed))["share"] == 0.0


def test_the_same_again_chooses_the_same():
    log, content = world(60, users=400)
    train, validation = cut(log)
    found = [choose_share(fitted(train), train, validation, content) for _ in range(2)]
    assert found[0] == found[1]
