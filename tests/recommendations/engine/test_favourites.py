"""What a group took to more than everybody, and who stands in which group."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from recommendations.engine.blend import BlendConfig
from recommendations.engine.favourites import Favourites, Groups
from recommendations.engine.fitting import refit
from recommendations.engine.history import HistoryConfig
from recommendations.engine.learned import Content, Learned, source_rows
from recommendations.engine.log import matrix
from recommendations.engine.neighbours import NeighboursConfig
from recommendations.engine.popular import PopularityConfig
from recommendations.queries.grouping import Grouper
from tests.recommendations.engine.worlds import log_of, two_towns

ALL_TIME = PopularityConfig()


def test_what_a_group_took_to_more_than_everybody_by_hand():
    # users 0 and 1, users 2 and 3: all like item 0, the first group item 1, the second item 2
    log = log_of(*((u, 0) for u in range(4)), (0, 1), (1, 1), (2, 2), (3, 2), items=4)
    found = Favourites.of(log, Groups(np.array([0, 0, 1, 1]), 2), ALL_TIME)
    assert found.ids[:, 0].tolist() == [1, 2]
    assert (found.ids[:, 1:] == -1).all()  # item 0 is no more theirs than everybody's
    # half of the group's likings and a quarter of all: twice that, of late being all time
    assert_allclose(found.weights[:, 0], [0.5, 0.5], rtol=1e-6)


def test_what_counts_of_late_counts_beside_what_counted_ever():
    rows = [(u, 1, 1.0, 0.0) for u in (0, 1)] + [(u, 2, 1.0, 90.0) for u in (0, 1)]
    rows += [(u, 3, 1.0, day) for u in (2, 3) for day in (0.0, 90.0)]
    found = Favourites.of(
        log_of(*rows), Groups(np.array([0, 0, 1, 1]), 2), PopularityConfig(half_life_days=10.0)
    )
    assert found.ids[0, :2].tolist() == [2, 1]


def test_what_one_member_alone_took_to_is_nobodys_favourite():
    log = log_of((0, 0), (1, 0), (0, 1), (2, 2), (3, 2), items=3)
    found = Favourites.of(log, Groups(np.array([0, 0, 1, 1]), 2), ALL_TIME)
    assert 1 not in found.ids


def test_who_stands_in_no_group_gets_nothing_and_tells_nothing():
    log = log_of(*((u, u // 2) for u in range(6)), items=3)
    labels = np.array([0, 0, 1, 1, -1, -1])
    found = Favourites.of(log, Groups(labels, 2, lambda past: labels), ALL_TIME)
    scores = found.score(csr_array((6, 3), dtype=np.float32))
    assert scores[0].argmax() == 0
    assert scores[2].argmax() == 1
    assert not scores[4:].any()
    assert 2 not in found.ids


def test_groups_known_by_their_members_alone_place_nobody_else():
    found = Favourites.of(log_of((0, 0), (1, 0)), Groups(np.array([0, 0]), 1), ALL_TIME)
    with pytest.raises(ValueError, match="members alone"):
        found.score(csr_array((1, 1), dtype=np.float32))


def test_users_are_parted_by_the_company_they_keep_and_others_placed_with_them():
    log = two_towns(40)
    groups = Grouper(2)(log)
    assert groups.count == 2
    even, odd = groups.labels[0], groups.labels[1]
    assert even != odd
    assert groups.labels.tolist() == [even, odd] * 20
    stranger = csr_array(([1.0, -1.0], ([0, 0], [5, 4])), shape=(2, 40), dtype=np.float32)
    assert groups.place(stranger).tolist() == [odd, -1]


def test_of_many_likings_some_users_are_parted_and_the_rest_told_nothing_of():
    log = two_towns(40)
    groups = Grouper(2, likings=400)(log)
    assert 0 < (groups.labels >= 0).sum() < 40
    assert (groups.place(matrix(log)) >= 0).all()


def test_too_few_users_are_not_parted():
    assert Grouper(8)(two_towns(10)).count == 0


def test_a_group_speaks_for_the_item_its_user_has_not_met():
    choices = Learned.of_choices(
        NeighboursConfig("cosine"), HistoryConfig(), ALL_TIME, BlendConfig(), {}, more=("segment",)
    )
    log = two_towns(40)
    fitted = refit(choices, log, content=Content(group=Grouper(2)))
    rows = source_rows(fitted, matrix(log)[:2])["segment"]
    assert rows[0, 0] > 0
    assert rows[0, 1] == 0
    assert rows[1, 1] > 0
    assert not source_rows(refit(choices, log), matrix(log)[:2])["segment"].any()
