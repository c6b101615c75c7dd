"""One more source is let into a blend only where users surely gain by it."""

import numpy as np
from scipy.sparse import csr_array

from core.arrays import as_floats
from recommendations.engine.adding import let_in
from recommendations.engine.blending import gather_slips
from recommendations.engine.validation import Cases

USERS, ITEMS = 120, 150


def slips_of(*sources):
    """Everybody met nothing and wants the item of their own number."""
    wanted = csr_array(np.eye(USERS, ITEMS, dtype=np.float32))
    cases = Cases(np.arange(USERS), csr_array((USERS, ITEMS), dtype=np.float32), wanted)
    return gather_slips(cases, sources)


def knowing(share, seed=0):
    """Put what they want high for that share of the users; of all else know nothing."""
    rng = np.random.default_rng(seed)
    scores = rng.random((USERS, ITEMS))
    known = np.flatnonzero(rng.random(USERS) < share)
    scores[known, known] += 1.0
    return as_floats(scores)


def test_what_adds_is_let_in_and_chance_is_not():
    names = ("neighbours", "trending", "new")
    slips = slips_of(knowing(0.3), knowing(0.6, seed=1), knowing(0.0, seed=2))
    found = let_in(slips, names, ("trending", "new"), np.arange(USERS))
    assert found.names == ["trending"]
    assert found.gates["trending"].is_open
    assert found.gates["trending"].low > 0
    assert not found.gates["new"].is_open


def test_of_two_that_say_the_same_the_first_alone_is_let_in():
    same = knowing(0.6, seed=1)
    slips = slips_of(knowing(0.3), same, same)
    names = ("neighbours", "trending", "segment")
    for asked in (("trending", "segment"), ("segment", "trending")):
        found = let_in(slips, names, asked, np.arange(USERS))
        assert found.names == [asked[0]]


def test_what_gains_at_one_moment_alone_is_not_let_in():
    """A sixth of all users gain a great deal, all of them at the same moment."""
    names, users = ("neighbours", "trending"), np.arange(USERS)
    lucky = np.zeros((USERS, ITEMS), dtype=np.float32)
    lucky[users[:20], users[:20]] = 1.0
    slips = slips_of(knowing(0.3), lucky)
    together = let_in(slips, names, ("trending",), users, moments=users // 20)
    assert not together.names
    assert together.gates["trending"].low < 0 < together.gates["trending"].value
    spread = let_in(slips, names, ("trending",), users, moments=users % 6)
    assert spread.names == ["trending"]
    assert spread.gates["trending"].value == together.gates["trending"].value


def test_who_asks_for_nothing_pays_nothing():
    found = let_in(slips_of(knowing(0.3)), ("neighbours",), (), np.arange(USERS))
    assert (found.names, found.gates, found.tries) == ([], {}, 0)


def test_one_user_alone_decides_nothing():
    slips = slips_of(knowing(0.3), knowing(0.6, seed=1))
    users = np.zeros(USERS, dtype=np.int64)
    found = let_in(slips, ("neighbours", "trending"), ("trending",), users)
    assert found.names == []
