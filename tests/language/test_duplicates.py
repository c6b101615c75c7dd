"""Near-duplicates: copies with touches are found, and what two people wrote is not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.duplicates import bands_of, is_duplicate, shingles_of, similarity
from likeness.demo.library import load_reviews

REVIEW = (
    "The plot drags in the middle and then runs, but the writing is beautiful from the first page "
    "to the last, and the captain is somebody that I will not forget."
)
PINNED = 973572036730641000  # the first band of REVIEW, as it once came out
CHINESE = "情节在中间拖沓，后面又太赶，但是从第一页到最后一页文笔都很美，船长这个人物我不会忘记。"


def found(one: str, other: str) -> bool:
    """Return whether the two would be compared, and then be found alike."""
    share = set(bands_of(one)) & set(bands_of(other))
    return bool(share) and is_duplicate(shingles_of(one), shingles_of(other))


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        (REVIEW, REVIEW.upper().replace(",", "")),
        (REVIEW, "Highly recommended! " + REVIEW),
        (REVIEW, REVIEW.replace("captain", "sailor")),
        (CHINESE, CHINESE.replace("，", ",")),
        (CHINESE, "强烈推荐！" + CHINESE),
        (CHINESE, CHINESE.replace("船长", "水手")),
    ],
)
def test_a_copy_with_touches_is_found(text, copy):
    assert found(text, copy)


def test_another_opinion_of_the_same_book_is_no_copy():
    other = "I was bored by the captain, though the pages about whales and the sea are wonderful."
    assert not found(REVIEW, other)
    assert similarity(shingles_of(REVIEW), shingles_of(other)) < 0.2


def test_texts_too_short_to_tell_are_never_copies():
    assert (
        bands_of("Great product, works as described!") == bands_of("很好看") == bands_of("") == []
    )
    assert similarity(shingles_of("Great!"), shingles_of("Great!")) == 0


def test_similarity_is_the_share_of_shingles_in_common():
    # Of Chinese, every two characters in a row: abcd..., 20 in one and 21 in the other.
    short, long = (
        "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往",
        "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋",
    )
    assert similarity(shingles_of(short), shingles_of(long)) == pytest.approx(19 / 20)


def test_bands_are_the_same_on_every_machine():
    bands = bands_of(REVIEW)
    assert len(bands) == 20
    assert all(-(2**63) <= band < 2**63 for band in bands)
    assert bands[0] == bands_of(f"  {REVIEW} ")[0] == PINNED


@given(st.text(max_size=300))
def test_any_text_has_bands_or_none(text):
    assert len(bands_of(text)) in {0, 20}


def edited(text: str, rng: random.Random, share: float) -> str:
    """Return the text with a share of its words, or Chinese characters, left out."""
    is_han = not text.isascii() and " " not in text
    parts = list(text) if is_han else text.split()
    kept = [part for part in parts if rng.random() >= share]
    return ("" if is_han else " ").join(kept)


def test_recall_of_edited_copies_and_precision_among_real_opinions():
    rng = random.Random(7)
    texts = [review.text for review in load_reviews() if bands_of(review.text)]
    assert len(texts) >= 300
    lightly = [found(text, edited(text, rng, 0.05)) for text in texts]
    assert sum(lightly) / len(texts) >= 0.95
    pairs = [(a, b) for a in texts[:150] for b in texts[150:300]]
    assert not any(found(a, b) for a, b in pairs)
