from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from language.clauses import clauses, passages, sentences

PIECES = [
    *(
        "the",
        "plot",
        "drags",
        ",",
        "but",
        "acting",
        "is",
        "superb",
        ".",
        "Mr.",
        "—",
        "and it works",
    ),
    *("情节", "很好", "但是", "太慢", "，", "不过", "。", "…", "!"),
]


def quoted(text: str, language: str) -> list[str]:
    return [text[span.start : span.end] for span in clauses(text, language)]


def test_praise_and_complaint_in_one_sentence_come_apart():
    assert quoted("The plot is slow but the acting is superb.", "en") == [
        "The plot is slow",
        "but the acting is superb.",
    ]


def test_chinese_contrast_words_begin_a_clause():
    assert quoted("演技很好但是情节太慢，不过结尾感人。", "zh") == [
        "演技很好",
        "但是情节太慢",
        "不过结尾感人。",
    ]


def test_adjectives_before_their_noun_stay_together():
    assert quoted("He made a dark, moody picture, and it works.", "en") == [
        "He made a dark, moody picture",
        "and it works.",
    ]


def test_an_abbreviation_does_not_end_a_sentence():
    text = "Mr. Darcy is proud. J. Austen knew it."
    spans = sentences(text, "en")
    assert [text[span.start : span.end] for span in spans] == [
        "Mr. Darcy is proud.",
        "J. Austen knew it.",
    ]


def test_an_empty_text_has_no_clauses():
    assert clauses("", "en") == sentences("  ", "zh") == []


@given(st.lists(st.sampled_from(PIECES), max_size=25), st.sampled_from(["en", "zh"]))
def test_clauses_are_trimmed_ordered_and_lose_no_word(pieces, language):
    text = " ".join(pieces)
    spans = clauses(text, language)
    assert all(text[span.start : span.end].strip() == text[span.start : span.end] for span in spans)
    assert all(span.start < span.end for span in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
    letters = [c for c in text if c.isalnum()]
    kept = [c for span in spans for c in text[span.start : span.end] if c.isalnum()]
    assert kept == letters


@given(st.text(max_size=80), st.sampled_from(["en", "zh", "und"]))
def test_any_text_gives_spans_inside_it(text, language):
    assert all(0 <= s.start < s.end <= len(text) for s in clauses(text, language))


def test_a_sentence_too_long_to_be_read_at_a_glance_is_quoted_by_its_clauses():
    long = "The acting is superb, " + ", ".join(f"the reel {n} is dull" for n in range(12)) + "."
    text = f"A quiet film. {long}"
    found = [text[span.start : span.end] for span in passages(text, "en")]
    assert found[:3] == ["A quiet film.", "The acting is superb", "the reel 0 is dull"]
    assert passages("A quiet film. It ends.", "en") == sentences("A quiet film. It ends.", "en")


def test_what_is_too_long_and_has_no_clauses_stays_whole():
    text = "word " * 60 + "end."
    assert [(span.start, span.end) for span in passages(text, "en")] == [(0, len(text))]


@given(st.text(max_size=600), st.sampled_from(["en", "zh", "und"]))
def test_passages_stand_in_order_inside_any_text(text, language):
    spans = passages(text, language)
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
