"""What is masked: two labelled lists, one of which the rules were never fitted to."""

import re
from pathlib import Path

import pytest

from language.clean import clean, words_of
from language.mask import mask

CASES = Path(__file__).with_name("cases")


def judged(name: str) -> tuple[list[str], list[str], int]:
    """Return what was masked wrongly, what was missed, and how many cases hold something.

    In the file the private words stand between < and >.
    """
    wrong, missed, private = [], [], 0
    for line in (CASES / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        what, language, marked = line.split("\t")
        got, count = mask(re.sub("[<>]", "", marked), language)
        private += what != "none"
        if got == re.sub("<[^>]*>", f"[{what}]", marked):
            continue
        if count:
            wrong.append(got)
        if what != "none":
            missed.append(marked)
    return wrong, missed, private


def test_what_is_private_is_masked_to_the_letter_and_little_else():
    wrong, missed, private = judged("masked")
    assert private >= 90
    assert len(wrong) <= 2, wrong
    assert len(missed) <= 2, missed


def test_what_is_private_is_masked_in_other_languages_letters_and_messengers():
    wrong, missed, private = judged("masked_abroad")
    assert private >= 35
    assert not wrong
    assert not missed


def test_a_wide_text_keeps_its_letters_beside_what_is_masked():
    text = "全角ＡＢＣ，电话１３８００１３８０００，（括号）"
    assert mask(text, "zh") == ("全角ＡＢＣ，电话[phone]，（括号）", 1)


def test_the_rules_hold_on_sentences_that_they_were_not_fitted_to():
    wrong, missed, private = judged("masked_fresh")
    assert private >= 20
    assert 1 - len(missed) / private >= 0.7
    assert len(wrong) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "My daughter Cordelia cried.",
        "Lear would say: my daughter Cordelia Lear is honest.",
    ],
)
def test_names_that_the_item_itself_bears_are_public(text):
    known = words_of("King Lear", "A king divides his realm. His daughter Cordelia is honest.")
    assert clean(text).masked == 1
    assert clean(text, known).text == text


def test_chinese_names_that_the_item_bears_are_public():
    text = "我女儿李思思很喜欢。"
    assert clean(text).text == "我女儿[name]很喜欢。"
    assert clean(text, words_of("李思思的故事")).text == text


def test_numbers_that_check_are_masked_and_others_are_kept():
    assert mask("GB82 WEST 1234 5698 7654 32", "en") == ("[account]", 1)
    assert mask("GB82 WEST 1234 5698 7654 33", "en")[1] == 0
    assert mask("at 192.168.1.300", "en")[1] == 0


def test_what_is_masked_stays_masked():
    once, count = mask("My daughter Emily, call (650) 253-0000 or a.b@example.org", "en")
    assert count == 3
    assert mask(once, "en") == (once, 0)
