"""Which words are one: measured on labelled pairs, with every word in one vocabulary."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.encode import Encoder
from language.synonyms import NEAR, Word, are_told_apart, sense_of, synonyms_of

CASES = Path(__file__).parents[1] / "catalog" / "cases" / "synonyms.tsv"


def pairs() -> list[list[str]]:
    return [line.split("\t") for line in CASES.read_text(encoding="utf-8").splitlines()]


def measured(vectors: np.ndarray | None, words: list[str]) -> tuple[float, float]:
    """Return precision and recall over the labelled pairs."""
    found = synonyms_of([Word(word, 1) for word in words], vectors)
    said = [(kind, found.get(a, a) == found.get(b, b)) for kind, a, b in pairs()]
    right = said.count(("same", True))
    return right / (right + said.count(("different", True))), right / (
        right + said.count(("same", False))
    )


def words_of_pairs() -> list[str]:
    return sorted({word for _, *both in pairs() for word in both})


def test_spelling_alone_joins_most_and_nothing_else():
    assert len(pairs()) >= 100
    precision, recall = measured(None, words_of_pairs())
    assert precision == 1
    assert recall >= 0.85


@pytest.mark.model
@pytest.mark.slow
def test_vectors_join_more_and_still_nothing_else(models):
    words = words_of_pairs()
    vectors = Encoder.load(models=models).encode(words, role="query")
    precision, recall = measured(vectors, words)
    assert precision == 1
    assert recall >= 0.93


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sci-Fi", "science fiction"),
        ("the detective story", "Detective Novels"),
        ("colour", "color"),
        ("悬疑", "悬疑小说"),
    ],
)
def test_spellings_share_a_sense(one, other):
    assert sense_of(one.casefold()) == sense_of(other.casefold())


@pytest.mark.parametrize(
    ("one", "other"),
    [("short story", "short film"), ("happy", "sad"), ("season 1", "season 2"), ("war", "战争")],
)
def test_what_only_looks_alike_is_told_apart(one, other):
    assert are_told_apart(one, other) or sense_of(one) != sense_of(other)


def test_the_fixed_one_stands_then_the_commonest_then_the_shorter():
    assert synonyms_of([Word("sci-fi", 9), Word("scifi", 2, fixed=True)]) == {"sci-fi": "scifi"}
    assert synonyms_of([Word("sci-fi", 2), Word("scifi", 9)]) == {"sci-fi": "scifi"}
    assert synonyms_of([Word("sci-fi", 2), Word("scifi", 2)]) == {"sci-fi": "scifi"}
    assert synonyms_of([Word("a b", 1, fixed=True), Word("ab", 1, fixed=True)]) == {}


def test_vectors_join_only_what_is_nearest_to_each_other_and_near():
    near = np.array([[1, 0], [NEAR + 0.01, 0]], dtype=np.float32)
    near[1, 1] = np.sqrt(1 - near[1, 0] ** 2)
    assert synonyms_of([Word("spying", 3), Word("espial", 1)], near) == {"espial": "spying"}
    far = np.array([[1, 0], [0.9, np.sqrt(0.19)]], dtype=np.float32)
    assert synonyms_of([Word("spying", 3), Word("espial", 1)], far) == {}
    assert synonyms_of([Word("happy end", 3), Word("sad end", 1)], near) == {}


@given(st.permutations(["sci-fi", "scifi", "science fiction", "noir", "film noir", "war", "peace"]))
def test_the_order_of_words_does_not_matter(words):
    assert synonyms_of([Word(word, len(word)) for word in words]) == {
        "sci-fi": "science fiction",
        "scifi": "science fiction",
        "noir": "film noir",
    }
