import numpy as np
import pytest

from recommendations.engine.log import join, newest, positives, strongest
from recommendations.engine.splits import tied_share, time_split, user_split
from recommendations.engine.validation import rolling_folds
from tests.recommendations.engine.worlds import drifting, log_of


def pairs(log):
    return set(zip(log.users.tolist(), log.items.tolist(), log.weights.tolist(), strict=True))


def test_time_parts_follow_each_other():
    split = time_split(drifting())
    assert split.train.times.max() <= split.validation.times.min()
    assert split.validation.times.max() <= split.test.times.min()


def test_time_parts_hold_the_shares_that_were_asked_for():
    split = time_split(log_of(*[(0, item) for item in range(10)]))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [8, 1, 1]


def test_dislikes_go_by_the_same_moments_as_likings():
    rows = [(0, item, 1.0, item) for item in range(10)]
    split = time_split(log_of(*rows, (1, 0, -1.0, 3.5), (1, 1, -1.0, 8.5), (1, 2, -1.0, 99)))
    assert (1, 0, -1.0) in pairs(split.train)
    assert (1, 2, -1.0) in pairs(split.test)


def test_no_pair_is_both_learnt_from_and_tested_on():
    log = drifting()
    for split in (time_split(log), user_split(log)):
        parts = [pairs(positives(one)) for one in (split.train, split.validation, split.test)]
        assert not parts[0] & parts[1]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]


def test_buying_again_is_not_something_new():
    split = time_split(log_of(*[(0, item) for item in range(9)], (0, 0)))
    assert len(split.train) + len(split.validation) + len(split.test) == 9


def test_each_user_of_ten_gives_seven_one_and_two_in_order():
    split = user_split(log_of(*[(user, item) for item in range(10) for user in (0, 1)]))
    for user in (0, 1):
        parts = [
            part.items[part.users == user].tolist()
            for part in (split.train, split.validation, split.test)
        ]
        assert parts == [[0, 1, 2, 3, 4, 5, 6], [7], [8, 9]]


def test_users_with_four_likings_are_only_learnt_from():
    split = user_split(log_of(*[(0, item) for item in range(4)], *[(1, i) for i in range(5)]))
    assert (split.train.users == 0).sum() == 4
    assert set(split.test.users.tolist()) == {1}


def test_a_dislike_after_the_last_trained_liking_is_not_learnt_from():
    rows = [(0, item, 1.0, item) for item in range(10)]
    split = user_split(log_of(*rows, (0, 11, -1.0, 8.5), (0, 12, -1.0, 2.5)))
    assert (0, 11, -1.0) in pairs(split.test)
    assert (0, 12, -1.0) in pairs(split.train)


def test_an_undated_split_is_shuffled_by_the_seed():
    log = log_of(*[(0, item) for item in range(30)])
    first, same, other = (user_split(log, seed=seed, shuffle=True) for seed in (1, 1, 2))
    assert first.test.items.tolist() == same.test.items.tolist()
    assert first.test.items.tolist() != other.test.items.tolist()
    assert first.test.items.tolist() != list(range(24, 30))


def test_rehearsals_never_look_ahead_and_never_touch_the_test():
    split = time_split(drifting())
    known = pairs(join(split.train, split.validation))
    folds = rolling_folds(split.train, split.validation, origins=4, stride=0.5)
    assert len(folds) == 4
    ends = [fold.past.times.max() for fold in folds]
    assert ends == sorted(ends, reverse=True)
    for fold in folds:
        assert pairs(fold.past) <= known
        wanted = np.argwhere(fold.cases.wanted.toarray())
        for row, item in wanted:
            assert (fold.cases.users[row], item, 1.0) in known
            assert (fold.cases.users[row], item, 1.0) not in pairs(fold.past)


def test_each_rehearsal_ends_half_a_validation_before_the_next():
    split = time_split(log_of(*[(item % 7, item) for item in range(100)]))
    folds = rolling_folds(split.train, split.validation, origins=4, stride=0.5)
    assert [len(fold.past) for fold in folds] == [80, 75, 70, 65]
    assert [int(fold.cases.counts().sum()) for fold in folds] == [10, 10, 10, 10]


def test_a_look_before_a_purchase_does_not_hide_it():
    looks = [(0, 5, 0.1, 1), (0, 5, 1.0, 3), (0, 5, -0.4, 4), (0, 5, 1.0, 9), (1, 5, 0.1, 2)]
    found = strongest(log_of(*looks))
    assert found.users.tolist() == [1, 0, 0]
    assert found.weights.tolist() == pytest.approx([0.1, 1.0, -0.4])
    assert (found.times / 86_400).tolist() == [2, 3, 4]


def test_ties_are_shuffled_by_the_seed_and_nothing_else_is():
    log = log_of(*[(0, item, 1.0, item // 10) for item in range(30)])
    plain = user_split(log)
    first, same, other = (user_split(log, seed=seed, shuffle_ties=True) for seed in (1, 1, 2))
    assert (plain.name, first.name) == ("user", "user-shuffled-ties")
    assert first.test.items.tolist() == same.test.items.tolist()
    assert first.test.items.tolist() != other.test.items.tolist()
    assert set(first.test.items) != set(plain.test.items) == set(range(24, 30))
    assert set(first.test.items) <= set(range(20, 30))


def test_rows_are_tied_where_their_user_has_another_of_the_moment():
    """One user's first two are; another user's row of the same moment is not, nor a repetition."""
    log = log_of((0, 0, 1.0, 5), (0, 1, 1.0, 5), (0, 2, 1.0, 6), (1, 0, 1.0, 5), (0, 2, 1.0, 6))
    assert tied_share(log) == 0.5
    assert tied_share(log_of((0, 0, 1.0, 1), (0, 1, 1.0, 2))) == 0


def test_the_newest_rows_of_each_user_are_kept_where_they_stand():
    log = log_of((0, 0, 1.0, 3), (1, 1, 1.0, 1), (0, 2, 1.0, 1), (0, 3, 1.0, 2))
    assert newest(log, 2).items.tolist() == [0, 1, 3]
