from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from core.arrays import as_floats
from recommendations.engine.blend import BlendConfig
from recommendations.engine.fitting import refit
from recommendations.engine.history import histories
from recommendations.engine.learned import Content, Portrayed, score_batch, source_rows
from recommendations.engine.learning import Budget, learn
from recommendations.engine.log import join
from recommendations.engine.sources import score_links
from recommendations.engine.splits import user_split
from recommendations.engine.stated import LinksConfig, fit_links, no_links
from recommendations.engine.validation import Cases, merit
from tests.recommendations.engine.worlds import log_of

USERS, ITEMS, TASTES = 160, 80, 4


def table(rows, shape):
    return csr_array(np.array(rows, dtype=np.float32).reshape(shape))


def test_a_tag_leads_to_what_users_of_whom_it_is_stated_took_to():
    """Three users of tag 0 took to item 0 and three of tag 1 to item 1; nothing bears a tag."""
    log = log_of(*((u, 0) for u in range(3)), *((u, 1) for u in range(3, 6)), items=3)
    stated = table([[1, 0]] * 3 + [[0, 1]] * 3, (6, 2))
    links = fit_links(stated, csr_array((3, 2)), log, LinksConfig(ridge=1.0, beta=0.0))
    # each column: 3 users of one statement, 3 of whom took to the item: 3 / (3 + ridge)
    raised = np.log(3) + 1e-6
    own = np.sqrt(raised) * 3 / 4
    assert_allclose(links.table(3).toarray(), [[own, 0, 0], [0, own, 0]], rtol=1e-5)


def test_a_tag_stated_of_too_few_leads_nowhere():
    log = log_of((0, 0), (1, 0), (2, 1), (3, 1), (4, 1), items=2)
    stated = table([[1, 0]] * 2 + [[0, 1]] * 3, (5, 2))
    links = fit_links(stated, csr_array((2, 2)), log, LinksConfig(least_users=3))
    assert (links.ids[0] == -1).all()
    assert links.ids[1].tolist() == [1, -1]


def test_what_is_popular_anyway_is_damped():
    """Item 0 is everybody's, item 1 only that of those of whom the tag is stated."""
    log = log_of(*((u, 0) for u in range(8)), *((u, 1) for u in range(4)), items=2)
    stated = table([[1]] * 4 + [[0]] * 4, (8, 1))
    plain = fit_links(stated, csr_array((2, 1)), log, LinksConfig(beta=0.0)).table(2).toarray()
    damped = fit_links(stated, csr_array((2, 1)), log, LinksConfig(beta=0.5)).table(2).toarray()
    assert plain[0, 0] == pytest.approx(plain[0, 1])
    assert damped[0, 1] == pytest.approx(damped[0, 0] * np.sqrt(2))


def test_the_strongest_links_are_kept():
    log = log_of(*((u, i) for i in range(5) for u in range(3 + i)), items=5)
    stated = table([[1]] * 7, (7, 1))
    links = fit_links(stated, csr_array((5, 1)), log, LinksConfig(beta=0.0, length=2))
    assert links.ids.tolist() == [[4, 3]]


def test_statements_are_added_up_and_share_the_credit():
    ids = np.array([[5, 7], [7, -1]])
    weights = as_floats([[1.0, 2.0], [4.0, 0.0]])
    scored = score_links(np.array([11, 12]), as_floats([1.0, 0.5]), ids, weights)
    assert scored.items.tolist() == [5, 7]
    assert scored.scores.tolist() == [1.0, 4.0]  # 7: 1 * 2 and .5 * 4
    assert scored.carriers.tolist() == [[11, -1], [11, 12]]
    assert scored.shares.tolist() == [[1.0, 0.0], [0.5, 0.5]]


def test_a_disliked_tag_speaks_against_what_it_leads_to():
    ids, weights = np.array([[3], [3]]), as_floats([[1.0], [1.0]])
    scored = score_links(np.array([1, 2]), as_floats([0.4, -0.9]), ids, weights)
    assert_allclose(scored.scores, [-0.5])
    assert scored.carriers.tolist() == [[1, -1]]  # only what speaks for it carries it


def tastes(seed=3):
    """Users of four tastes, who first try half of everything and then keep to their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(USERS):
        own = np.arange(user % TASTES, ITEMS, TASTES)
        tried = rng.choice(ITEMS, 4, replace=False).tolist() + rng.choice(own, 4).tolist()
        rows += [(user, item, 1.0, float(step)) for step, item in enumerate(rng.permutation(tried))]
        rows += [(user, item, 1.0, 9.0) for item in rng.choice(own, 4, replace=False).tolist()]
    return log_of(*rows, users=USERS, items=ITEMS)


def portray(log, users):
    """Everybody says what their taste is; items bear no tags."""
    stated = np.zeros((USERS, TASTES), dtype=np.float32)
    stated[np.arange(USERS), np.arange(USERS) % TASTES] = 1.0
    return Portrayed(csr_array(stated), csr_array((ITEMS, TASTES), dtype=np.float32))


def strangers(log, users):
    """The same statements, each made of another user."""
    found = portray(log, users)
    return found.of(np.random.default_rng(1).permutation(USERS))


SMALL = Budget(users=USERS, origins=1, length=30)


def learnt(drawn):
    split = user_split(tastes())
    content = Content(portray=drawn)
    learned = learn(split.train, split.validation, content=content, budget=SMALL)
    known = join(split.train, split.validation)
    cases = Cases.of(known, split.test)
    portrayed = drawn(known, cases.users)
    fitted = refit(learned, known, portrayed=portrayed)
    past = csr_array(histories(known, fitted.history)[cases.users])
    own = portrayed.of(cases.users)
    return learned, merit(
        cases, score_batch(fitted, past, content, barred=cases.met, portrayed=own)
    )


def test_a_true_portrait_is_let_in_and_helps_and_a_strangers_is_not():
    true, found = learnt(portray)
    false, without = learnt(strangers)
    assert true.report["gates"]["portrait"]["is_open"]
    assert true.blend.uses("portrait")
    assert not false.report["gates"]["portrait"]["is_open"]
    assert not false.blend.uses("portrait")
    assert found > 1.05 * without


def test_links_that_were_never_fitted_say_nothing():
    split = user_split(tastes())
    learned = learn(split.train, split.validation, budget=SMALL)
    fitted = refit(learned, split.train)
    assert len(fitted.links.ids) == 0
    portrayed = portray(split.train, np.arange(0)).of(np.arange(3))
    rows = source_rows(
        replace(fitted, links=no_links()), csr_array((3, ITEMS)), portrayed=portrayed
    )
    assert not rows["portrait"].any()


def test_a_blend_says_whether_it_uses_a_source():
    assert BlendConfig(weights={"portrait": 0.5}).uses("portrait")
    assert not BlendConfig(weights={"portrait": 0.0}).uses("portrait")
    assert not BlendConfig(weights={}).uses("portrait")
