"""Who a description is about, told from what people did."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from profiles.modelling.claims import Acts, Mentions
from recommendations.evaluation.portrait.wording import OTHERS, _picked, _Reader

NOBODY = Mentions(
    act=np.zeros(0, dtype=np.int64), tag=np.zeros(0, dtype=np.int64), polarity=np.zeros(0)
)


def acts_of(met: list[tuple[int, int]]) -> Acts:
    users, items = (np.array(column, dtype=np.int64) for column in zip(*met, strict=True))
    ones = np.ones(len(met))
    return Acts(
        id=np.arange(len(met), dtype=np.int64),
        user=users,
        item=items,
        signed=ones,
        fade=ones,
        age=np.zeros(len(met)),
        is_read=np.zeros(len(met), dtype=bool),
    )


def reader_of(users: int, usual: list[float]) -> _Reader:
    count = len(usual)
    return _Reader(
        users=users,
        item_tags=csr_array(np.eye(count)),
        usual=np.array(usual),
        is_stated=np.ones(count, dtype=bool),
    )


def test_much_activity_and_little_are_of_one_length_and_none_fits_nobody():
    met = [(0, 0), *[(1, item) for item in (0, 1, 2)]]
    standing = reader_of(3, [0.5, 0.3, 0.2]).standing(acts_of(met), NOBODY)
    assert np.linalg.norm(standing[:2], axis=1) == pytest.approx([1.0, 1.0])
    assert np.isnan(standing[2]).all()


def test_standing_is_worked_out_by_hand():
    """One of two acts each: user 0 all on tag 0, user 1 all on tag 1; q is .5 of either."""
    standing = reader_of(2, [0.5, 0.5]).standing(acts_of([(0, 0), (1, 1)]), NOBODY)
    half = 0.5**0.5
    assert standing == pytest.approx(np.array([[half, -half], [-half, half]]))


def test_the_rarer_tag_weighs_more():
    reader = reader_of(2, [0.5, 0.01])
    assert reader.weight(0) == pytest.approx(np.log(2))
    assert reader.weight(1) == pytest.approx(np.log(100))


def test_who_is_told_apart_is_picked_and_who_is_not_is_picked_by_chance():
    users = OTHERS + 2
    reader = reader_of(users, [1 / users] * users)
    standing = reader.standing(acts_of([(user, user) for user in range(users)]), NOBODY)
    apart = {user: [(user, 1)] for user in range(users)}
    rng = np.random.default_rng(0)
    assert _picked(apart, standing, reader, rng)["value"] == 1.0
    silent = {user: [] for user in range(users)}
    assert _picked(silent, standing, reader, rng)["value"] == pytest.approx(1 / 11, abs=1e-4)
