"""How telling a word is of a text: against how near it usually is."""

import numpy as np
import pytest

from core.arrays import unit_rows
from language.telling import LEAST_TEXTS, diverse, standing

TEXTS = unit_rows(np.random.default_rng(3).normal(size=(40, 16)).astype(np.float32))


def test_standing_is_counted_in_standard_deviations():
    texts = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], dtype=np.float32)
    word = np.array([[1, 0]], dtype=np.float32)
    # Cosines 1, 0, 0, 0: mean 1/4, standard deviation sqrt(3)/4.
    found = standing(word, texts, np.array([0, 0]), np.array([0, 1]))
    assert found.tolist() == pytest.approx([round(3 / np.sqrt(3), 1), round(-1 / np.sqrt(3), 1)])


def test_a_word_that_is_near_to_everything_tells_nothing():
    word = unit_rows(TEXTS.mean(axis=0, keepdims=True) + TEXTS[:1] * 0.01)
    own = TEXTS[7:8]
    both = np.concatenate([word, own])
    near, told = standing(both, TEXTS, np.array([0, 1]), np.array([7, 7]))
    assert told > 3
    assert abs(near) < told


def test_texts_in_another_language_are_not_compared_with():
    shift = np.zeros((1, 16), dtype=np.float32)
    shift[0, 0] = 3
    texts = np.concatenate([TEXTS, unit_rows(TEXTS + shift)])
    languages = ["en"] * 40 + ["zh"] * 40
    word = texts[50:51]
    pair = (np.array([0]), np.array([50]))
    alone = standing(word, texts[40:], np.array([0]), np.array([10]))
    assert standing(word, texts, *pair, languages) == alone
    few = ["en"] * 40 + ["zh"] * (LEAST_TEXTS - 1) + ["und"] * (41 - LEAST_TEXTS)
    assert standing(word, texts, *pair, few) == alone, "small groups are compared together"
    assert standing(word, texts, *pair) != alone


def test_no_two_alike_are_chosen_while_another_is_as_telling():
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert diverse([5.0, 4.9, 4.0], vectors, limit=2) == [0, 2]
    assert diverse([5.0, 4.9, 0.0], vectors, limit=3) == [0, 1, 2]
    assert diverse([], np.zeros((0, 2), dtype=np.float32), limit=3) == []
