"""What several reviews say speaks for an item; what one says does not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.keys import key_of
from catalog.said import LEAST_SAYING, MOST_SAID, Saying, is_silent, may_be_said, said_by_several

PHRASES = ("warm tone", "Warm  Tone", "rosewood", "nickel strings")


def saying(user, piece, *phrases, item=1):
    return Saying(item, user, piece, [(phrase, 0.5) for phrase in phrases])


def names(found, item=1):
    return [name for name, *_ in found.get(item, ())]


def test_two_users_with_reviews_of_their_own_speak_for_an_item():
    found = said_by_several([saying(1, 10, "warm tone", "rosewood"), saying(2, 20, "warm tone")])
    assert found == {1: [("warm tone", 0.5, "said")]}


@pytest.mark.parametrize(
    "sayings",
    [
        [saying(1, 10, "warm tone")],
        [saying(1, 10, "warm tone"), saying(1, 11, "warm tone")],
        [saying(1, 10, "warm tone"), saying(2, 10, "warm tone")],
        [saying(1, 10, "warm tone"), saying(2, 20, "warm tone", item=2)],
    ],
    ids=["one review", "one user twice", "a copy by another", "two items"],
)
def test_what_is_not_said_twice_independently_is_not_kept(sayings):
    assert said_by_several(sayings) == {}


def test_the_commonest_come_first_and_the_rest_goes():
    many = [f"phrase {number:02}" for number in range(MOST_SAID + 5)]
    sayings = [saying(user, user, *many) for user in (1, 2)]
    sayings.append(saying(3, 3, many[-1]))
    found = names(said_by_several(sayings))
    assert found == [many[-1], *many[: MOST_SAID - 1]]


def test_the_spelling_of_one_is_not_shown():
    found = said_by_several([saying(1, 1, "Warm Tone"), saying(2, 2, "WARM tone")])
    assert names(found) == ["warm tone"]


def test_the_spelling_of_most_and_the_best_trust_are_kept():
    sayings = [
        Saying(1, 1, 1, [("Warm Tone", 0.7)]),
        Saying(1, 2, 2, [("warm tone", 0.4)]),
        Saying(1, 3, 3, [("warm tone", 0.5)]),
    ]
    assert said_by_several(sayings) == {1: [("warm tone", 0.7, "said")]}


SAYINGS = st.builds(
    Saying,
    st.integers(1, 2),
    st.integers(1, 3),
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from(PHRASES), st.sampled_from([0.3, 0.7])), max_size=3),
)


@given(st.lists(SAYINGS, max_size=12), st.randoms(use_true_random=False))
def test_no_review_can_be_told_from_an_item_and_no_order_matters(sayings, rng: random.Random):
    found = said_by_several(sayings)
    moved = list(sayings)
    rng.shuffle(moved)
    assert said_by_several(moved) == found
    for item, kept in found.items():
        for user in (1, 2, 3):
            others = [each for each in sayings if each.item == item and each.user != user]
            said = {name for each in others for name, _ in each.phrases}
            assert {name for name, *_ in kept} <= said | {key_of(name) for name in said}
    assert LEAST_SAYING == 2


def test_items_with_a_text_or_tags_speak_for_themselves():
    assert is_silent("", [])
    assert not is_silent("A guitar.", [])
    assert not is_silent("", ["guitar"])


def test_sensitive_words_of_a_reviewer_speak_for_nothing():
    assert may_be_said("rosewood fretboard")
    assert not may_be_said("depression")
    assert not may_be_said("...")
