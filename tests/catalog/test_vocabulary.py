"""Which words are worth a tag."""

import pytest

from catalog.keys import key_of
from catalog.texts import encoding_text
from catalog.vocabulary import attribute_words, given_words, phrase_words, worth_a_tag


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Sci-Fi ", "sci-fi"),
        ("slow_burn  thriller", "slow burn thriller"),
        ("Tragedies.", "tragedies"),
        ("《武侠》", "武侠"),
        ("Ｄｒａｍａ", "drama"),
        ("科幻小說", "科幻小说"),
        ("...", ""),
    ],
)
def test_spellings_of_one_tag_share_a_key(name, key):
    assert key_of(name) == key


def test_an_item_speaks_by_title_tags_and_text_and_says_its_title_once():
    assert encoding_text("Emma", "A match-maker errs.", ["comedy"]) == (
        "Emma. comedy. A match-maker errs"
    )
    assert encoding_text("Emma", "emma is a novel.", []) == "emma is a novel"
    assert encoding_text("", "", []) == ""


def test_attributes_that_name_a_category_are_words_and_others_are_not():
    attributes = {
        "director": "Ann Lee|Bo Chen",
        "genres": ["noir", 7],
        "rating": "R",
        "runtime": "104 minutes",
        "released": "Oct 9, 1971",
        "year": 1971,
        "作者": "曹雪芹",
        "brand": "N/A",
        "cover": "https://img.example.com/one.jpg",
        "currency": "USD",
    }
    names = [word.name for word in attribute_words(1, attributes)]
    assert names == ["Ann Lee", "Bo Chen", "noir", "曹雪芹"]


def test_what_fills_a_field_is_no_tag():
    sent = ["noir", "n/a", "Unknown", "https://img.example.com/one.jpg", "见标题", "…"]
    assert [word.key for word in given_words(1, sent)] == ["noir"]
    found = [("yes", 0.9), ("lighthouse", 0.8)]
    assert [word.key for word in phrase_words(1, found)] == ["lighthouse"]


def worth(*phrases_of_items, items=20, known=frozenset()):
    words = [
        word
        for item_id, phrases in enumerate(phrases_of_items)
        for word in phrase_words(item_id, [(phrase, 0.5) for phrase in phrases])
    ]
    return {word.key for word in worth_a_tag(words, items=items, known=known)}


def test_a_phrase_needs_three_items_and_at_most_a_fifth_of_them():
    rare, fair, common = ["rare"], ["fair"], ["common"]
    assert worth(rare, rare, fair, fair, fair, fair, *[common] * 5) == {"fair"}


def test_a_phrase_that_is_a_tag_already_is_kept_however_rare():
    assert worth(["rare"], known=frozenset({"rare"})) == {"rare"}


def test_an_attribute_that_one_item_has_compares_it_with_nothing():
    words = [
        *attribute_words(1, {"author": "Shared"}),
        *attribute_words(2, {"author": "Shared"}),
        *attribute_words(3, {"author": "Alone"}),
    ]
    assert {word.key for word in worth_a_tag(words, items=10, known=frozenset())} == {"shared"}
